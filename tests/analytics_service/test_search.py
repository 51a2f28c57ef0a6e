"""Search: which words find what, for whom, and how soon."""

import asyncio
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from common.events.contracts.data_users_changed import UsersChanged
from common.testing.cluster import MigratedDatabase
from common.testing.people import add_person, add_tenant
from tests.analytics_service.conftest import Service

_USERS = [
    ("C-17", "Café Ölmühle GmbH", "anna.kessels@muehle.example", "+49 30 555-0147", None),
    ("C-18", "Straßenbau Łódź", "jan@strasse.example", None, "(402) 555 0111"),
    ("C-19", "שלום מסחר", "rtl@x.example", None, None),
    ("50%_off\\'; drop", None, None, None, None),
    ("C-20", "Kesselring", None, None, None),
    ("C-21", "Gift 🎁 Shop", None, None, None),
]


@pytest.fixture
async def filled(service: Service) -> Service:
    """Fill a company with some entries of every kind."""
    write = service.stored.writer
    await write.executemany(
        "insert into data.users (tenant_id, user_id, buying_company_name, email, cell_phone, office_phone)"
        " values ($1, $2, $3, $4, $5, $6)",
        [(service.tenant_id, *user) for user in _USERS],
    )
    for location in (("N", "Nordkessel", "Café City", "NE"), ("S", "South", "Kesselstadt", None)):
        await write.execute(
            "insert into data.locations (tenant_id, location_id, location_name, city, state)"
            " values ($1, $2, $3, $4, $5)",
            service.tenant_id,
            *location,
        )
    await write.execute(
        "insert into data.product (tenant_id, product_id, product_name, category)"
        " values ($1, 'P-7', 'Kessel 200 l', 'Heating')",
        service.tenant_id,
    )
    await write.execute(
        "insert into data.campaign (tenant_id, name, platform, external_id)"
        " values ($1, 'Kessel Sommer', 'meta', '12023')",
        service.tenant_id,
    )
    await tell_of(service, *(user[0] for user in _USERS))
    return service


async def tell_of(service: Service, *user_ids: str) -> None:
    batch_id = uuid4()
    await service.publish_and_wait(UsersChanged(user_ids=[*user_ids], batch_id=batch_id), batch_id)


async def found(service: Service, q: str, who: str = "admin", **params: Any) -> list[tuple[str, str]]:
    answer = await service.get("/analytics/search", who, q=q, **params)
    assert answer.status_code == 200, answer.text
    page = answer.json()
    assert page["total"] >= len(page["data"])
    scores = [entry["score"] for entry in page["data"]]
    assert scores == sorted(scores, reverse=True)
    return [(entry["kind"], entry["id"]) for entry in page["data"]]


async def test_words_are_found_by_their_beginning_ignoring_case_and_accents(
    filled: Service, database: MigratedDatabase
) -> None:
    for q, user_id in {
        "CAFE": "C-17",
        "cafe olm": "C-17",
        "olmühle café": "C-17",
        "Kessels@muehle": "C-17",
        "strassenb": "C-18",
        "STRASSE": "C-18",
        "lodz": "C-18",
        "שלום": "C-19",
        "🎁": "C-21",
        "50%": "50%_off\\'; drop",
        "off'; drop": "50%_off\\'; drop",
        "+49 (30) 5550": "C-17",
        "4025550111": "C-18",
        "c-19": "C-19",
    }.items():
        assert (await found(filled, q, kinds="users"))[:1] == [("users", user_id)], q
    for q in ("esslering", "afé", "%", "_", "a & !b | (c", "kessels | jan", "\\", "'", ":*", "<->", "zz"):
        assert await found(filled, q) == [], q
    # Exact matches come first, then by how much of the word was given; ties go by kind and id.
    everything = await found(filled, "Kessel")
    assert everything[0][0] == "campaigns"
    assert everything[1] == ("products", "P-7")
    assert set(everything[2:]) == {("users", "C-17"), ("locations", "S"), ("users", "C-20")}
    assert await found(filled, "kessel", limit=2) == everything[:2]
    assert await found(filled, "kessel", kinds="locations,products") == [("products", "P-7"), ("locations", "S")]
    page = (await filled.get("/analytics/search", q="lodz")).json()
    assert page == {
        "data": [
            {
                "kind": "users",
                "id": "C-18",
                "title": "Straßenbau Łódź",
                "subtitle": "jan@strasse.example · (402) 555 0111",
                "score": 1.0,
            }
        ],
        "total": 1,
    }

    # An invalid parameter is named.
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"q": " "}, "q"),
        ({"q": "x" * 201}, "q"),
        ({"q": "a\0b"}, "q"),
        ({}, "q"),
        ({"q": "a", "kinds": "users,people"}, "kinds"),
        ({"q": "a", "limit": 0}, "limit"),
        ({"q": "a", "limit": 10**9}, "limit"),
    ]
    for params, field in wrong:
        refused = await filled.get("/analytics/search", **params)
        assert refused.status_code == 422, params
        assert refused.json()["errors"][0]["field"] == field

    # A rep is refused, or finds only their own branches and no customers.
    assert (await filled.get("/analytics/search", "rep of N", q="kessel")).status_code == 403
    filled.people["reader"] = await add_person(
        database.superuser_dsn, filled.tenant_id, "rep", branch_codes=["N"], permissions=["analytics:read"]
    )
    assert await found(filled, "nordkessel", "reader") == [("locations", "N")]
    assert await found(filled, "kessel", "reader", kinds="users,locations") == []
    assert await found(filled, "lodz", "stranger") == []

    # A changed contact is found by its new words, a deleted one by none.
    write = filled.stored.writer
    await write.execute("update data.users set buying_company_name = 'Neubau' where user_id = 'C-18'")
    await write.execute("delete from data.users where user_id = 'C-17'")
    await tell_of(filled, "C-17", "C-18", "C-18")
    assert await found(filled, "lodz") == []
    assert await found(filled, "neubau strasse") == [("users", "C-18")]
    assert await found(filled, "anna") == []
    kept = "select count(*) from analytics.user_search_word where user_id = 'C-17'"
    assert await write.fetchval(kept) == 0


async def test_vowel_signs_and_other_forms_of_a_letter_make_no_difference(service: Service) -> None:
    """In both directions: stored with them and typed without, and typed with them and stored without."""
    write = service.stored.writer
    names = {
        "ar": "شَرِكَة الأَمَل للتجـارة",
        "ar-plain": "مؤسسة الرحمن",
        "he": "שָׁלוֹם בֵּית־סֵפֶר",
        "he-plain": "חברה",
        "el": "ΣΊΣΥΦΟΣ",
        "el-small": "Οδυσσέας",
    }
    await write.executemany(
        "insert into data.users (tenant_id, user_id, buying_company_name) values ($1, $2, $3)",
        [(service.tenant_id, *user) for user in names.items()],
    )
    await write.executemany(
        "insert into data.product (tenant_id, product_id, product_name) values ($1, $2, $3)",
        [(service.tenant_id, *product) for product in names.items()],
    )
    await tell_of(service, *names)
    for q, name in {
        "شركة": "ar",
        "شرك": "ar",
        "للتجارة": "ar",
        "للتج": "ar",
        "الامل": "ar",
        "الرَّحمٰن": "ar-plain",
        "مـؤسـسة": "ar-plain",
        "שלום": "he",
        "שלו": "he",
        "בית־ספר": "he",
        "ספר": "he",
        "חֶבְרָה": "he-plain",
        "σίσυφος": "el",
        "σισυφοσ": "el",
        "σίσ": "el",
        "ΟΔΥΣΣΈΑΣ": "el-small",
        "οδυσ": "el-small",
        "Οδυς": "el-small",
    }.items():
        assert await found(service, q) == [("products", name), ("users", name)], q
    for q in ("\u0640", "\u064e", "\u05b8", "\u05be"):
        assert await found(service, q) == [], q


async def test_among_more_users_than_are_compared_exact_matches_come_first(
    database: MigratedDatabase,
) -> None:
    tenant_id = await add_tenant(database.superuser_dsn)
    connection = await asyncpg.connect(database.superuser_dsn)
    try:
        # 2,600 users: all but the last have longer words, and 1,300 have two that begin with it.
        await connection.execute(
            "insert into data.users (tenant_id, user_id, buying_company_name)"
            " select $1::uuid, 'A-' || i, concat('Kesselbau', case when i % 2 = 0 then ' Kesselei' || i end)"
            " from generate_series(1, 2600) as i union all select $1::uuid, 'Z', 'Der Kessel'",
            tenant_id,
        )
        for first in range(0, 2601, 700):
            await connection.execute(
                "select analytics.index_users($1, array("
                "select user_id from data.users where tenant_id = $1 order by user_id offset $2 limit 700))",
                tenant_id,
                first,
            )
        asked = "select * from analytics.search($1, $2, array['users'], 5)"
        rows = await connection.fetch(asked, tenant_id, "kessel")
        assert (rows[0]["id"], rows[0]["score"], rows[0]["total"]) == ("Z", 1, 1000)
        for q, total in (("kesselei", 1000), ("kesselei1", 555), ("kesselbau kesselei1", 555), ("der kessel", 1)):
            assert (await connection.fetch(asked, tenant_id, q))[0]["total"] == total, q
    finally:
        await connection.close()


async def test_no_words_remain_of_a_user_deleted_while_they_are_written(
    database: MigratedDatabase,
) -> None:
    tenant_id = await add_tenant(database.superuser_dsn)
    early, late, writer = [await asyncpg.connect(database.superuser_dsn) for _ in range(3)]
    index = "select analytics.index_users($1, array['ann'])"
    waiting = "select exists (select from pg_locks where not granted and pid = $1)"
    try:
        await writer.execute("insert into data.users (tenant_id, user_id) values ($1, 'ann')", tenant_id)
        async with asyncio.timeout(30):
            async with early.transaction():
                await early.execute(index, tenant_id)
                await writer.execute("delete from data.users where tenant_id = $1", tenant_id)
                last = asyncio.ensure_future(late.execute(index, tenant_id))
                while not await writer.fetchval(waiting, late.get_server_pid()):
                    assert not last.done(), "it saw nothing to remove yet"
                    await asyncio.sleep(0.01)
            await last
        for table in ("user_search", "user_search_word"):
            count = f"select count(*) from analytics.{table} where tenant_id = $1"
            assert await writer.fetchval(count, tenant_id) == 0, table
    finally:
        for connection in (early, late, writer):
            await connection.close()


async def test_the_words_of_products_campaigns_and_branches_are_normalized_like_the_search_text(
    filled: Service,
) -> None:
    signs = " Café شَرِكَة للتجـارة בֵּית־סֵפֶר ΣΊΣΥΦΟΣ σίσυφος"
    for table, column in (("product", "product_name"), ("campaign", "name"), ("locations", "location_name")):
        await filled.stored.writer.execute(f"update data.{table} set {column} = {column} || $1", signs)
    differing = """
        select search_text from data.product
        where search_text <> analytics.search_text(concat(product_id, ' ', product_name, ' ', category))
        union all
        select search_text from data.campaign
        where search_text <> analytics.search_text(concat(name, ' ', platform, ' ', external_id))
        union all
        select search_text from data.locations
        where search_text <> analytics.search_text(concat(location_id, ' ', location_name, ' ', city, ' ', state))
    """
    assert await filled.stored.writer.fetch(differing) == []


async def test_mistyped_words_are_found_where_the_database_has_pg_trgm(
    filled: Service, database: MigratedDatabase
) -> None:
    assert await found(filled, "olmuhel") == []
    superuser = await asyncpg.connect(database.superuser_dsn)
    try:
        if not await superuser.fetchval("select 1 from pg_available_extensions where name = 'pg_trgm'"):
            pytest.skip("this server has no pg_trgm")
        await superuser.execute("create extension pg_trgm")
    finally:
        await superuser.close()
    assert await found(filled, "olmuhel") == [("users", "C-17")]
    assert await found(filled, "anna kessesl") == [("users", "C-17")]
    assert await found(filled, "heatnig") == [("products", "P-7")]
    # Only three words are looked up, because each is compared with all words there are.
    assert await found(filled, "c anna kessesl muehle") == [("users", "C-17")]
    assert await found(filled, "anna kessesl muehle olmuhel") == []
    assert await found(filled, "qqqqqqqq") == []
    # Of many users, too many to compare the words of all.
    await filled.stored.writer.execute(
        "insert into data.users (tenant_id, user_id, buying_company_name)"
        " select $1, 'user' || n, 'Annals ' || n from generate_series(1, 600) as g (n)",
        filled.tenant_id,
    )
    await tell_of(filled, *(f"user{n}" for n in range(1, 601)))
    assert await found(filled, "olmuhel") == [("users", "C-17")]
    assert await found(filled, "usre444") == [("users", "user444")]
    assert await found(filled, "heatnig") == [("products", "P-7")]


async def test_words_that_one_slip_leads_to_are_found_wherever_it_is(filled: Service) -> None:
    async def undone(typed: str) -> set[str]:
        statement = "select words_one_slip_away from analytics.words_one_slip_away($1, $2)"
        return {row[0] for row in await filled.stored.writer.fetch(statement, filled.tenant_id, typed)}

    for typed, word in {
        "enna": "anna",  # another letter
        "anno": "anna",
        "nna": "anna",  # a missing one
        "kesselrng": "kesselring",
        "kesselringg": "kesselring",  # one too many
        "xanna": "anna",
        "kesselrnig": "kesselring",  # two exchanged
        "nana": "anna",
        "ksselri": "kesselring",  # (its beginning alone)
        "שלןם": "שלום",
    }.items():
        assert word in await undone(typed), typed
    assert "anna" not in await undone("naan")


async def test_of_words_that_begin_alike_each_beginning_has_its_share(filled: Service) -> None:
    async def alike(typed: str, most: int) -> list[str]:
        statement = "select words_that_begin_alike from analytics.words_that_begin_alike($1, $2, $3)"
        return [row[0] for row in await filled.stored.writer.fetch(statement, filled.tenant_id, typed, most)]

    assert set(await alike("kestrel", 100)) == {"kessels", "kesselring"}
    assert set(await alike("ekssels", 100)) == {"kessels", "kesselring"}
    assert len(await alike("kestrel", 1)) == 1
    assert await alike("zzz", 100) == []
