"""Who is held to branches, in the database itself: exactly the rows of the own branches, by whatever statement."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from common.db import Connection, Database
from common.testing.cluster import MigratedDatabase
from tests.analytics_service import shop
from tests.analytics_service.histories import Histories, seeds
from tests.analytics_service.reference import Company
from tests.analytics_service.stored import Stored, as_analytics, refresh, stored_tenant

DENIED = asyncpg.InsufficientPrivilegeError
LISTS = ("get_purchase_tasks", "get_cart_abandonment_tasks", "get_search_analysis_tasks", "get_repeat_visit_tasks")
TASKS = {
    "purchases": ("sale", "location_id"),
    "cart-abandonment": ("open_cart", "location_id"),
    "search-analysis": ("session_search", "location_id"),
    "repeat-visits": ("session", "last_location_id"),
}
FENCED = (*TASKS.values(), ("visit_day", "location_id"), ("day_total", "location_id"))
RAW = ("page_view", "view_item", "add_to_cart", "purchase", "view_search_results", "no_search_results", "other_event")
COMPANY_WIDE = (
    *(f"data.{table}" for table in (*RAW, "channel_day")),
    *(f"analytics.{table}" for table in ("traffic_hour", "traffic_day", "traffic_month")),
    *("analytics.search_term_month", "analytics.item_sale_month"),
)
BRANCHES = (["N"], ["S", "W"], ["nowhere"], [])
ANY_TASK = """
    select 'purchases' as kind, task_key, location_id from analytics.sale
    union all select 'cart-abandonment', task_key, location_id from analytics.open_cart
    union all select 'search-analysis', task_key, location_id from analytics.session_search
    union all select 'repeat-visits', task_key, last_location_id from analytics.session
"""


@asynccontextmanager
async def role(database: MigratedDatabase, service: str) -> AsyncGenerator[Database]:
    pool = await Database.connect(database.settings.dsn(service), name=service, max_size=1)
    try:
        yield pool
    finally:
        await pool.close()


@asynccontextmanager
async def history(database: MigratedDatabase, seed: int, rows: int = 160) -> AsyncGenerator[tuple[Stored, Histories]]:
    """A random company at rest, some of whose tasks were worked by somebody who wrote down where."""
    histories = Histories(seed)
    histories.rows(rows)
    async with filled(database, histories.company) as stored:
        yield stored, histories


@asynccontextmanager
async def filled(database: MigratedDatabase, company: Company) -> AsyncGenerator[Stored]:
    async with stored_tenant(database) as stored:
        await stored.settings(company)
        await stored.homes(company)
        await stored.add(company.rows)
        await stored.mark(company.rows)
        await stored.writer.execute(
            "insert into data.channel_day (tenant_id, property_id, day, channel, sessions, engaged_sessions,"
            " key_events, revenue, source_id) values ($1, '1', '2024-01-01', 'direct', 5, 0, 0, 0, $1)",
            stored.tenant_id,
        )
        async with as_analytics(database, stored.tenant_id) as connection:
            await refresh(connection, stored.tenant_id)
        await stored.writer.execute(
            "insert into analytics.task_status (tenant_id, kind, task_key, status, note, worked_by, worked_at)"
            " select $1, t.kind, t.task_key, 'done', 'at ' || coalesce(t.location_id, 'none'), 'somebody', now()"
            f" from (select *, row_number() over (order by task_key) as n from ({ANY_TASK}) a) t where t.n % 3 = 0",
            stored.tenant_id,
        )
        yield stored


async def lists(connection: Connection, stored: Stored, days: tuple[date, date], places: list[str] | None) -> Any:
    """Every task list in every way that it can be asked for."""
    found: dict[Any, Any] = {}
    for function in LISTS:
        for status in (None, "all", "done"):
            for query in (None, "p"):
                found[function, status, query] = await connection.fetch(
                    f"select * from analytics.{function}($1, $2, $3, $4, $5, $6, 1000000, 0)",
                    *(stored.tenant_id, *days, places, status, query),
                )
    return found


async def figures(connection: Connection, stored: Stored, days: tuple[date, date], place: str) -> Any:
    """Everything that the statistics of one branch tell."""
    functions = ("get_complete_dashboard_data", "get_daily_statistics", "get_location_statistics")
    functions += ("get_top_products", "get_top_search_terms")
    return [
        await connection.fetch(f"select * from analytics.{function}($1, $2, $3, $4)", stored.tenant_id, *days, place)
        for function in functions
    ]


async def report(connection: Connection, stored: Stored, day: date, sent_at: Any) -> list[Any]:
    tasks = "select * from analytics.get_branch_report_tasks($1, $2, $3)"
    days = "select * from analytics.get_branch_report_days($1, $2)"
    return [
        *await connection.fetch(tasks, stored.tenant_id, day, sent_at),
        *await connection.fetch(days, stored.tenant_id, day),
    ]


@pytest.mark.parametrize("seed", seeds((301, 303), range(300, 304)))
async def test_a_reps_lists_are_the_admins_of_the_own_branches_row_for_row(
    database: MigratedDatabase, seed: int
) -> None:
    async with history(database, seed) as (stored, histories), role(database, "analytics") as db:
        first = histories.begin.date()
        for days in ((first, first + timedelta(days=14)), (first + timedelta(days=3), first + timedelta(days=5))):
            for own in BRANCHES:
                async with db.tenant(stored.tenant_id, readonly=True) as admin:
                    expected = await lists(admin, stored, days, own)
                    if days[1] - days[0] > timedelta(days=7):
                        assert any(expected.values()) is (own in (["N"], ["S", "W"]))
                async with db.tenant(stored.tenant_id, readonly=True, branches=own) as rep:
                    assert await lists(rep, stored, days, own) == expected
                    # The fence alone says the same as the filter.
                    assert await lists(rep, stored, days, None) == expected


@pytest.mark.parametrize("seed", range(310, 313))
async def test_a_reps_figures_and_reports_are_the_admins_of_the_own_branches(
    database: MigratedDatabase, seed: int
) -> None:
    async with history(database, seed, 220) as (stored, histories), role(database, "analytics") as db:
        days = (histories.begin.date(), histories.begin.date() + timedelta(days=9))
        sent_at = histories.begin + timedelta(days=20)
        for own in BRANCHES:
            async with db.tenant(stored.tenant_id, readonly=True) as admin:
                told = {place: await figures(admin, stored, days, place) for place in own}
                sent = [row for row in await report(admin, stored, days[1], sent_at) if row["location_id"] in own]
                places = await admin.fetch(
                    "select * from analytics.get_locations_with_activity_table($1) where location_id = any($2)",
                    *(stored.tenant_id, own),
                )
            async with db.tenant(stored.tenant_id, readonly=True, branches=own) as rep:
                assert {place: await figures(rep, stored, days, place) for place in own} == told
                assert await report(rep, stored, days[1], sent_at) == sent
                all_places = "select * from analytics.get_locations_with_activity_table($1)"
                assert await rep.fetch(all_places, stored.tenant_id) == places


@pytest.mark.parametrize("service", ["analytics", "email"])
@pytest.mark.parametrize("own", BRANCHES)
async def test_no_statement_reads_a_task_of_another_branch(
    database: MigratedDatabase, service: str, own: list[str]
) -> None:
    async with history(database, 320, 400) as (stored, _), role(database, service) as db:
        every = {kind: key async for kind, key in keys_by_kind(stored.writer)}
        assert len(every) == len(TASKS)
        async with db.tenant(stored.tenant_id, branches=own) as rep:
            for table, column in FENCED:
                if service == "email" and table == "visit_day":
                    continue
                wanted = f"select * from analytics.{table} where {column} = any($1) order by 1, 2, 3, 4, 5"
                seen = await rep.fetch(f"select * from analytics.{table} order by 1, 2, 3, 4, 5")
                assert seen == await stored.writer.fetch(wanted, own), table
                assert bool(seen) is (own in (["N"], ["S", "W"]))
            notes = {row[0] for row in await rep.fetch("select note from analytics.task_status")}
            assert notes == ({f"at {place}" for place in own} if own in (["N"], ["S", "W"]) else set())
            if service == "analytics":
                for table in COMPANY_WIDE:
                    assert await rep.fetchval(f"select count(*) from {table}") == 0
        if service == "analytics":
            async with db.tenant(stored.tenant_id) as admin:
                for table in ("data.purchase", "data.channel_day", *COMPANY_WIDE[-3:]):
                    assert await admin.fetchval(f"select exists (select from {table})")


async def keys_by_kind(writer: Connection) -> AsyncGenerator[tuple[str, str]]:
    for row in await writer.fetch(ANY_TASK):
        yield row["kind"], row["task_key"]


@pytest.mark.parametrize("kind", TASKS)
async def test_a_task_of_another_branch_can_be_neither_marked_nor_marked_anew(
    database: MigratedDatabase, kind: str
) -> None:
    mark = (
        "insert into analytics.task_status (tenant_id, kind, task_key, status, worked_by, worked_at)"
        " values ($1, $2, $3, 'dismissed', 'x', now())"
    )
    anew = f"{mark} on conflict (tenant_id, kind, task_key) do update set status = excluded.status"
    change = (
        "update analytics.task_status set status = 'dismissed' where tenant_id = $1 and kind = $2 and task_key = $3"
    )
    theirs = [replace(row, device=f"their {row.device}", user_id=None, location_id="S") for row in shop.a_day()]
    theirs = [replace(row, transaction_id=row.transaction_id and "T2") for row in theirs]
    async with filled(database, shop_of([*shop.a_day(), *theirs])) as stored, role(database, "analytics") as db:
        await stored.writer.execute("delete from analytics.task_status")
        table, column = TASKS[kind]
        key_at = f"select task_key from analytics.{table} where {column} = $1 order by last_ts desc limit 1"
        key_at = key_at.replace("last_ts", "event_ts") if table == "sale" else key_at
        own, other = [await stored.writer.fetchval(key_at, place) for place in ("N", "S")]
        for held in ({"branches": ["N"], "work_branches": ["N"]}, {"work_branches": ["N"]}):
            for statement in (mark, anew):
                with pytest.raises(DENIED, match="row-level security"):
                    await tried(db, stored, statement, kind, other, held)
            assert await tried(db, stored, anew, kind, own, held) == "INSERT 0 1"
        await stored.writer.execute(mark, stored.tenant_id, kind, other)
        for held in ({"branches": ["N"], "work_branches": ["N"]}, {"work_branches": ["N"]}):
            assert await tried(db, stored, change, kind, other, held) == "UPDATE 0"
            with pytest.raises(DENIED, match="row-level security"):
                await tried(db, stored, anew, kind, other, held)
            assert await tried(db, stored, change, kind, own, held) == "UPDATE 1"
        no_such_task = "0" * 32
        with pytest.raises(DENIED, match="row-level security"):
            await tried(db, stored, mark, kind, no_such_task, {"work_branches": ["N"]})


def shop_of(rows: list[Any]) -> Company:
    made = Histories(0).company
    made.rows.extend(rows)
    made.homes.clear()
    return made


async def tried(db: Database, stored: Stored, statement: str, kind: str, key: Any, held: dict[str, Any]) -> str:
    async with db.tenant(stored.tenant_id, **held) as connection:
        return await connection.execute(statement, stored.tenant_id, kind, key)


async def test_what_a_customer_did_elsewhere_is_told_of_own_customers_only(database: MigratedDatabase) -> None:
    ann = shop.a_purchase("T1", user_id="ann", device="a", session="a1", location_id="S")
    ann += shop.a_purchase("T2", user_id="ann", device="a", session="a2", location_id="N", minutes=60)
    bob = shop.a_purchase("T3", user_id="bob", device="b", session="b1", location_id="S")
    orders = "select count(*) from analytics.last_order_elsewhere($1, $2, 'infinity')"
    visits = "select sessions from analytics.visits_of_user($1, $2, '2000-01-01', '2100-01-01')"
    hidden = "select count(*) from analytics.sessions_elsewhere($1, $2, '2000-01-01', '2100-01-01')"
    async with filled(database, shop_of([*ann, *bob])) as stored, role(database, "analytics") as db:
        for own, counted in (
            (["N"], {"ann": 2}),
            (["S"], {"ann": 2, "bob": 1}),
            ([], {}),
            (None, {"ann": 2, "bob": 1}),
        ):
            async with db.tenant(stored.tenant_id, branches=own) as rep:
                for user in ("ann", "bob"):
                    assert await rep.fetchval(visits, stored.tenant_id, user) == counted.get(user, 0)
                    is_elsewhere = own is not None and user == "ann" and bool(own)
                    assert await rep.fetchval(orders, stored.tenant_id, user) == is_elsewhere
                    assert await rep.fetchval(hidden, stored.tenant_id, user) == is_elsewhere


@pytest.mark.parametrize(
    "code",
    ["O'Hare", "'; drop table analytics.sale; --", '"', "\\", '\\"', "{}", "a,b", "NULL", "", " ", "München", "$$"],
)
async def test_a_branch_may_be_called_anything(database: MigratedDatabase, code: str) -> None:
    async with role(database, "analytics") as db:
        async with db.tenant(uuid4(), branches=[code, "N"]) as rep:
            assert await rep.fetchval("select analytics.readable_branches()") == [code, "N"]
        async with db.tenant(uuid4()) as next_one:
            assert await next_one.fetchval("select analytics.readable_branches()") is None
