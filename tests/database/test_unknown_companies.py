"""A company that the planner knows nothing of: its first rows may be many, as after a restore or a long import."""

from uuid import uuid4
from zoneinfo import ZoneInfo

import asyncpg

from common.db import Connection
from common.testing.cluster import MigratedDatabase
from services.analytics_service.store.refresh import analyze_if_grown, refresh_tenant
from tests.analytics_service.reference import Company
from tests.analytics_service.stored import Stored, as_analytics, refresh, stored_tenant

VISITS = 1_700
_VISITS = """
with visit as (
    select 'd' || n as device, 's' || n as session_id,
        timestamptz '2024-05-01 08:00+00' + n * interval '7 minutes' as at
    from generate_series($2::integer, $3::integer) as n
),
marked as (
    insert into analytics.dirty_key (tenant_id, batch_id, user_pseudo_id, min_ts, max_ts)
    select $1, $1, v.device, v.at, v.at + interval '2 minutes' from visit v
),
viewed as (
    insert into data.page_view (
        tenant_id, event_ts, event_id, batch_id, user_pseudo_id, session_id, road, page_location
    )
    select $1, v.at, gen_random_uuid(), $1, v.device, v.session_id, 1,
        'https://shop.example/?utm_source=google&utm_campaign=spring'
    from visit v
),
put as (
    insert into data.add_to_cart (
        tenant_id, event_ts, event_id, batch_id, user_pseudo_id, session_id, road, value, items
    )
    select $1, v.at + interval '1 minute', gen_random_uuid(), $1, v.device, v.session_id, 1, 10,
        '[{"item_id": "P1", "quantity": 2, "price": 5}]'
    from visit v
)
insert into data.purchase (
    tenant_id, event_ts, event_id, batch_id, user_pseudo_id, session_id, road, transaction_id, value, items
)
select $1, v.at + interval '2 minutes', gen_random_uuid(), $1, v.device, v.session_id, 1, v.device, 10,
    '[{"item_id": "P1", "quantity": 2, "price": 5}]'
from visit v
"""


async def test_its_first_refresh_reads_each_row_a_few_times(database: MigratedDatabase) -> None:
    async with stored_tenant(database) as first:
        for company in (first, Stored(first.writer, uuid4())):
            await _visited(company, 1, VISITS)
            # (what a connection has read is counted until it tells the server, which it does not each time)
            reader = await asyncpg.connect(database.settings.dsn("analytics"))
            read, _ = await _refreshed(reader, company)
            await reader.close()
            assert read["session"] >= VISITS
            assert max(read.values()) < 30 * VISITS, read
            await first.writer.execute("analyze")


async def test_rows_are_looked_up_once_the_planner_knows_the_company(database: MigratedDatabase) -> None:
    async with stored_tenant(database) as stored:
        reader = await asyncpg.connect(database.settings.dsn("analytics"))
        await _visited(stored, 1, VISITS)
        _, looks_up = await _refreshed(reader, stored)
        assert not looks_up
        # (of what the run has not come to yet there is nothing to tell)
        assert await _known(reader) == ["day_total", "session"]
        assert await _told(reader, stored)
        assert await _known(reader) == ["day_total", "fact_leads", "session", "traffic_hour"]
        await _visited(stored, VISITS + 1, VISITS + 10)
        _, looks_up = await _refreshed(reader, stored)
        await reader.close()
    assert looks_up


async def test_a_large_first_run_tells_the_planner_of_each_summary_once(database: MigratedDatabase) -> None:
    async with stored_tenant(database) as stored:
        reader = await asyncpg.connect(database.settings.dsn("analytics"))
        await _visited(stored, 1, VISITS)
        before = await _times_told(reader)
        async with reader.transaction():
            await reader.execute(f"set local app.tenant_id = '{stored.tenant_id}'")
            run = await refresh_tenant(reader, stored.tenant_id)
        assert run is not None
        async with reader.transaction():
            await reader.execute(f"set local app.tenant_id = '{stored.tenant_id}'")
            assert await analyze_if_grown(reader, stored.tenant_id, but_events=run.events_analyzed)
        after = await _times_told(reader)
        await reader.close()
    assert {name: after[name] - before[name] for name in after} == dict.fromkeys(after, 1)


async def test_nobody_waits_for_a_run_that_tells_the_planner(database: MigratedDatabase) -> None:
    async with stored_tenant(database) as first, asyncpg.create_pool(database.settings.dsn("analytics")) as readers:
        second = Stored(first.writer, uuid4())
        await _visited(first, 1, VISITS)
        await _visited(second, 1, 200)
        async with readers.acquire() as one, readers.acquire() as other:
            async with one.transaction():
                await one.execute(f"set local app.tenant_id = '{first.tenant_id}'")
                await refresh(one, first.tenant_id)
                await other.execute("set lock_timeout = '5s'")
                await _refreshed(other, second)
                # (not told yet: the next run of theirs tries again)
                assert not await _told(other, second)
            assert await _told(other, second)


async def _known(reader: Connection) -> list[str]:
    """Which of some summaries the planner was ever told of."""
    rows = await reader.fetch(
        "select relname from pg_class where relnamespace = 'analytics'::regnamespace and reltuples >= 0"
        " and relname in ('session', 'day_total', 'fact_leads', 'traffic_hour') order by relname"
    )
    return [row["relname"] for row in rows]


async def _times_told(reader: Connection) -> dict[str, int]:
    """How often the planner was told of some summaries."""
    rows = await reader.fetch(
        "select relname, pg_stat_get_analyze_count(oid) as times from pg_class"
        " where relnamespace = 'analytics'::regnamespace"
        " and relname in ('session', 'sale', 'day_total', 'fact_leads', 'traffic_hour')"
    )
    return {row["relname"]: row["times"] for row in rows}


_CONTRACTS = """
with lead as (
    insert into data.lead (tenant_id, lead_id, created_day)
    select $1, 'L' || n, date '2024-01-01' + n % 90 from generate_series(1, 3000) as g (n)
)
insert into data.contract (tenant_id, contract_id, lead_id, signed_day, amount)
select $1, 'C' || n, 'L' || n, date '2024-01-01' + n % 90 + 9, 5 from generate_series(1, 300) as g (n)
"""


async def test_each_contract_of_the_latest_looks_at_its_own_lead(database: MigratedDatabase) -> None:
    read: int | None = None
    async with stored_tenant(database) as first:
        for company in (first, Stored(first.writer, uuid4())):
            await company.writer.execute(_CONTRACTS, company.tenant_id)
            async with as_analytics(database, company.tenant_id) as reader:
                lag = await reader.fetchval("select analytics.get_conversion_lag($1, '2024-05-01')", company.tenant_id)
                read = await reader.fetchval(
                    "select seq_tup_read + coalesce(idx_tup_fetch, 0) from pg_stat_xact_user_tables"
                    " where schemaname = 'data' and relname = 'lead'"
                )
            assert lag == 9
            await first.writer.execute("analyze")
    assert read is not None
    assert read < 1_000


_LEADS = """
insert into data.lead (tenant_id, lead_id, created_day, product_id, location_id)
select $1, 'L' || n, '2024-05-01', 'P' || n, $2 from generate_series(1, 16000) as g (n)
on conflict (tenant_id, lead_id) do update set location_id = excluded.location_id
"""


async def test_leads_of_many_products_are_told_again_without_comparing_all_with_all(database: MigratedDatabase) -> None:
    async with stored_tenant(database) as stored:
        await stored.settings(Company([], ZoneInfo("America/Chicago"), "USD"))
        for branch in ("N", "S"):
            await stored.writer.execute(_LEADS, stored.tenant_id, branch)
            await stored.writer.execute(
                "insert into analytics.dirty_key (tenant_id, lead_days) values ($1, '{2024-05-01}')", stored.tenant_id
            )
            async with as_analytics(database, stored.tenant_id) as connection:
                # (It takes half a second; the product of these numbers, half a minute.)
                await connection.execute("set local statement_timeout = '10s'")
                assert await refresh(connection, stored.tenant_id)
                leads = await connection.fetchval("select sum(leads) from analytics.v6_product_performance")
                assert leads == 16_000


async def _told(reader: Connection, stored: Stored) -> bool:
    async with reader.transaction():
        await reader.execute(f"set local app.tenant_id = '{stored.tenant_id}'")
        return await analyze_if_grown(reader, stored.tenant_id)


async def _visited(stored: Stored, first: int, last: int) -> None:
    """Each visitor comes by an ad, puts something into the cart, and buys it."""
    await stored.settings(Company([], ZoneInfo("America/Chicago"), "USD"))
    await stored.writer.execute("select data.ensure_month('2024-05-01')")
    await stored.writer.execute(_VISITS, stored.tenant_id, first, last)


async def _refreshed(reader: Connection, stored: Stored) -> tuple[dict[str, int], bool]:
    """How many rows of each of analytics' tables a refresh read, and whether it may look rows up one by one."""
    async with reader.transaction():
        await reader.execute(f"set local app.tenant_id = '{stored.tenant_id}'")
        await refresh(reader, stored.tenant_id)
        read = await reader.fetch(
            "select relname, seq_tup_read + coalesce(idx_tup_fetch, 0) as rows from pg_stat_xact_user_tables"
            " where schemaname = 'analytics'"
        )
        looks_up = await reader.fetchval("select current_setting('enable_nestloop')::boolean")
    return {row["relname"]: row["rows"] for row in read}, bool(looks_up)
