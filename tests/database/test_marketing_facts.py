"""Marketing's tables against the same counted otherwise, on random histories that change under them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import date
from secrets import token_hex
from uuid import uuid4

import asyncpg
import pytest

from common.testing.cluster import MigratedDatabase
from services.analytics_service.domain.recount.facts import marketing_facts
from services.analytics_service.store.marketing_tables import COLUMNS, read_stored_marketing
from services.analytics_service.store.raw_marketing import read_raw_marketing
from tests.analytics_service.marketing_histories import MarketingHistories
from tests.analytics_service.stored import as_analytics, refresh, reused_connections


@asynccontextmanager
async def histories_of(database: MigratedDatabase, seed: int, zone: str) -> AsyncGenerator[MarketingHistories]:
    writer = await asyncpg.connect(database.superuser_dsn)
    try:
        histories = MarketingHistories(seed, writer, uuid4())
        await histories.begin(zone)
        async with reused_connections(database):
            yield histories
    finally:
        await writer.close()


@pytest.mark.parametrize(
    ("seed", "zone"), [(1, "America/New_York"), (2, "Asia/Kolkata"), (3, "Europe/Berlin"), (4, "Asia/Ho_Chi_Minh")]
)
async def test_every_row_equals_a_recount_while_the_rows_change(
    database: MigratedDatabase, seed: int, zone: str
) -> None:
    seen: set[str] = set()
    async with histories_of(database, seed, zone) as histories:
        for _ in range(14):
            for _ in range(histories.random.choice((1, 1, 2, 6))):
                await histories.change()
            async with as_analytics(database, histories.tenant_id) as connection:
                assert await refresh(connection, histories.tenant_id)
                counted = marketing_facts(await read_raw_marketing(connection, histories.tenant_id))
                assert await read_stored_marketing(connection, histories.tenant_id) == counted
            seen |= {table for table, rows in counted.items() if rows}
    assert seen == set(COLUMNS)


async def test_a_full_rebuild_changes_nothing(database: MigratedDatabase) -> None:
    async with histories_of(database, 9, "America/New_York") as histories:
        for _ in range(30):
            await histories.change()
        async with as_analytics(database, histories.tenant_id) as connection:
            await refresh(connection, histories.tenant_id)
            kept = await read_stored_marketing(connection, histories.tenant_id)
        async with as_analytics(database, histories.tenant_id) as connection:
            await refresh(connection, histories.tenant_id, rebuild=True)
            assert await read_stored_marketing(connection, histories.tenant_id) == kept


async def test_texts_that_nearly_mean_the_same_stop_no_refresh(database: MigratedDatabase) -> None:
    """Ids that are others' names, accounts with slashes, letters that fold to two, sources longer than a key may be."""
    async with histories_of(database, 11, "America/New_York") as histories:
        tenant_id, execute = histories.tenant_id, histories.writer.execute
        for lead, source, product, name in (
            ("1", "google", "Pump", None),
            ("2", "google", None, "Pump"),
            ("3", token_hex(2000), None, None),
            ("4", "ΠΡΟΣΦΟΡΕΣ", None, None),
            ("5", "İNDİRİM", None, None),
        ):
            await execute(
                "insert into data.lead (tenant_id, lead_id, created_day, utm_source, utm_campaign, product_id,"
                " product_name) values ($1, $2, '2024-03-01', $3, $3, $4, $5)",
                *(tenant_id, lead, source, product, name),
            )
        for account, campaign in (("acme", "eu/Spring"), ("acme/eu", "spring")):
            await execute(
                "insert into data.ad_performance (tenant_id, platform, account_id, campaign_id, day, campaign_name,"
                " spend) values ($1, 'google', $2, $3, '2024-03-01', $3, 1)",
                *(tenant_id, account, campaign),
            )
        for external_id, name in ((None, "17"), ("17", "Sale")):
            await execute(
                "insert into data.campaign (tenant_id, platform, account_id, external_id, name)"
                " values ($1, 'shopee', 'a1', $2, $3)",
                *(tenant_id, external_id, name),
            )
        await execute(
            "insert into analytics.dirty_key (tenant_id, lead_days, ad_days, campaigns) values ($1, $2, $2, true)",
            *(tenant_id, [date(2024, 3, 1)]),
        )
        async with as_analytics(database, tenant_id) as connection:
            assert await refresh(connection, tenant_id)
            counted = marketing_facts(await read_raw_marketing(connection, tenant_id))
            assert await read_stored_marketing(connection, tenant_id) == counted
    assert counted["campaign"]["shopee", "a1/17"] == ("a1", "17", "17")
    assert (len(counted["campaign"]), len(counted["v6_product_performance"])) == (3, 2)


async def test_a_lead_of_which_only_a_referrer_is_known_came_as_a_visit_from_there_did(
    database: MigratedDatabase,
) -> None:
    """By all names of the site; and an operator's name for a host is a name, whatever stands in it."""
    cases = [
        ("https://www.google.com/", None, None, "organic-search", "google"),
        ("https://google.co.uk/search?q=pumps", None, None, "organic-search", "google"),
        ("https://r.search.yahoo.com/x", None, None, "organic-search", "direct"),
        ("www.facebook.com/groups/1", None, None, "organic-social", "meta"),
        ("https://www.t.co/x", None, None, "organic-social", "direct"),
        ("https://www.partner.example/list", None, None, "referral", "direct"),
        ("https://www.a+b(.example/", None, None, "referral", "direct"),
        ("https://www.a+b(.com/", None, None, "referral", "ab"),
        # What the link says holds, as it does of a visit.
        ("https://www.google.com/", "email", None, "email", "google"),
        ("https://www.google.com/", "cpc", None, "paid-other", "google"),
        ("https://www.google.com/", None, "summer", "unassigned", "google"),
        (None, None, None, "direct", "direct"),
    ]
    async with histories_of(database, 12, "America/New_York") as histories:
        tenant_id, write = histories.tenant_id, histories.writer
        await write.execute(
            "insert into analytics.platform_host (name, platform)"
            " values ('a+b(', 'ab'), ('face.*', 'x'), ('GOOGLE', 'x')"
        )
        await write.executemany(
            "insert into data.lead (tenant_id, lead_id, created_day, referrer, utm_medium, utm_campaign)"
            " values ($1, $2, '2024-03-01', $3, $4, $5)",
            [(tenant_id, f"{at:02}", *case[:3]) for at, case in enumerate(cases)],
        )
        await write.execute(
            "insert into analytics.dirty_key (tenant_id, lead_days) values ($1, $2)", tenant_id, [date(2024, 3, 1)]
        )
        async with as_analytics(database, tenant_id) as connection:
            assert await refresh(connection, tenant_id)
            counted = marketing_facts(await read_raw_marketing(connection, tenant_id))
            assert await read_stored_marketing(connection, tenant_id) == counted
        rows = await write.fetch(
            "select channel, platform from analytics.fact_leads where tenant_id = $1 order by lead_id", tenant_id
        )
    assert [tuple(row) for row in rows] == [case[3:] for case in cases]
