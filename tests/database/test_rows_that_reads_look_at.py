"""What reads cost, by the rows that they look at: times say more of the machine."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from common.db import Connection
from common.pagination import PageParams
from common.testing.cluster import MigratedDatabase
from services.analytics_service.store.day_range import DateRange
from services.analytics_service.store.figure_changes import list_figure_changes
from services.analytics_service.store.search import SEARCH_KINDS, search
from tests.analytics_service.reference import Company
from tests.analytics_service.stored import as_analytics, refresh, stored_tenant

FIRST, DAYS = date(2024, 1, 1), 400
LAST = FIRST + timedelta(days=DAYS - 1)
# Ten campaigns, of which every platform but one has two; a branch's visits, forty a day; users with words; changes.
_MADE = f"""
insert into analytics.v6_campaign_roi_daily (
    tenant_id, day, platform, campaign_ref, leads, contracts, revenue, spend, impressions, clicks, claimed_conversions,
    claimed_revenue
)
select $1, date '{FIRST}' + n, 'p' || c / 2, 'c' || c, 1, 0, 0, c, 0, 0, 0, 0
from generate_series(0, {DAYS - 1}) as g (n), generate_series(1, 10) as h (c);
insert into analytics.campaign (tenant_id, platform, campaign_ref, account_id, external_id, name)
select $1, 'p' || c / 2, 'c' || c, '', 'c' || c, 'Campaign ' || c from generate_series(1, 10) as h (c);
insert into analytics.visit_day
select $1, 'd' || v, date '{FIRST}' + n, '', 'N', 'd' || v, 'N', 1, 1, 0, 0, 0, date '{FIRST}' + n
from generate_series(0, {DAYS - 1}) as g (n), generate_series(1, 40) as h (v);
insert into analytics.day_total
select $1, l.location_id, date '{FIRST}' + n, 40, 40, 0, 0, 0, 40, 0, 0, 0, 0, 0, 0, null, date '{FIRST}' + n,
    array[40], array[7]
from generate_series(0, {DAYS - 1}) as g (n), (values (''), ('N'), ('S')) as l (location_id);
insert into analytics.user_search
select $1, 'u' || n, 'u' || n || ' springfield' from generate_series(1, 2000) as g (n);
insert into analytics.user_search_word
select $1, w.word, u.user_id from analytics.user_search u, string_to_table(u.words, ' ') as w (word)
where u.tenant_id = $1;
insert into analytics.figure_change (tenant_id, day, platform, metric, was, became, reason)
select $1, date '{FIRST}' + n, 'p' || p, 'spend', n, n + 1, 'restatement'
from generate_series(0, {DAYS - 1}) as g (n), generate_series(0, 5) as h (p)
order by n
"""
# (of the others every row that an index tells of is looked at, and so counted)
_VACUUMED = ("v6_campaign_roi_daily", "day_total", "figure_change")


@asynccontextmanager
async def one_of_two(database: MigratedDatabase) -> AsyncGenerator[UUID]:
    """A company beside another, both alike, that the planner knows."""
    companies = uuid4(), uuid4()
    # (vacuum knows rows for visible once their commit is written, which tests else wait for at no time)
    writer = await asyncpg.connect(database.superuser_dsn, server_settings={"synchronous_commit": "on"})
    for tenant_id in companies:
        for statement in _MADE.split(";\n"):
            await writer.execute(statement.replace("$1", f"'{tenant_id}'::uuid"))
    await writer.execute(f"vacuum analyze {', '.join('analytics.' + table for table in _VACUUMED)}")
    await writer.close()
    yield companies[0]


async def rows_read(connection: Connection, table: str) -> int:
    """Of a table of analytics, by this transaction so far."""
    read = await connection.fetchval(
        "select seq_tup_read + coalesce(idx_tup_fetch, 0) from pg_stat_xact_user_tables"
        " where schemaname = 'analytics' and relname = $1",
        table,
    )
    return int(read or 0)


async def test_what_each_read_looks_at(database: MigratedDatabase) -> None:
    async with one_of_two(database) as tenant_id, as_analytics(database, tenant_id) as connection:
        # (what a service's connection comes to, where the planner finds one plan as good for all)
        await connection.execute("set local plan_cache_mode = force_generic_plan")

        trend = await connection.fetch(
            "select * from analytics.get_channel_trend($1, $2, $3, 'email', array['p1'], array['c2'])",
            *(tenant_id, FIRST, LAST),
        )
        assert [row["spend"] for row in trend] == [2] * DAYS
        assert await rows_read(connection, "v6_campaign_roi_daily") < 50, "a campaign's spend is in an index"

        days = await connection.fetch(
            "select * from analytics.get_daily_statistics($1, $2, $3, 'N')", tenant_id, FIRST, LAST
        )
        assert {(row["visitors"], row["repeat_visitors"]) for row in days} == {(40, 7)}
        await connection.fetch(
            "select * from analytics.get_location_statistics($1, $2, $3, 'N')", tenant_id, FIRST, LAST
        )
        assert await rows_read(connection, "visit_day") == 0, "a branch's users of a day are counted already"
        assert await rows_read(connection, "day_total") <= 2 * DAYS, "no other branch's"

        range_, page = DateRange(FIRST, LAST), PageParams(page=2, limit=20)
        changes, total = await list_figure_changes(connection, tenant_id, range_, None, page)
        assert (len(changes), changes[0]["day"], total) == (20, LAST - timedelta(days=3), 6 * DAYS)
        assert await rows_read(connection, "figure_change") < 100, "newest first, and counted by an index"

        assert (await search(connection, tenant_id, "sprinfield", SEARCH_KINDS, 20)).entries == []
        assert await rows_read(connection, "user_search_word") < 50, "without pg_trgm nothing can be compared"
        slips = await connection.fetch("select * from analytics.words_one_slip_away($1, 'sprinfield')", tenant_id)
        assert [row[0] for row in slips] == ["springfield"]
        assert await rows_read(connection, "user_search_word") < 200, "each slip is looked up"
        alike = await connection.fetch("select * from analytics.words_that_begin_alike($1, 'u1', 100)", tenant_id)
        assert len(alike) == 100
        assert await rows_read(connection, "user_search_word") < 400, "word by word, up to as many as are asked for"


_ADS = """
insert into data.ad_performance (tenant_id, platform, account_id, campaign_id, day, campaign_name, impressions, spend)
select $1, 'meta', '', 'c' || c, date '2024-01-01' + n, 'Campaign ' || c, 5, 1
from generate_series(0, 59) as g (n), generate_series(1, 40) as h (c)
"""
_LEADS = """
insert into data.lead (tenant_id, lead_id, created_day, utm_source, utm_campaign)
select $1, n || '/' || c, date '2024-01-01' + n, 'meta', 'Campaign ' || c
from generate_series(0, 59) as g (n), generate_series(1, 40) as h (c)
"""


@pytest.mark.parametrize("imported", [(_ADS,), (_ADS, _LEADS)], ids=["ads", "ads and leads"])
async def test_days_that_come_at_once_lie_together(database: MigratedDatabase, imported: tuple[str, ...]) -> None:
    async with stored_tenant(database) as stored:
        await stored.settings(Company([], ZoneInfo("UTC"), "USD"))
        for statement in imported:
            await stored.writer.execute(statement, stored.tenant_id)
        async with as_analytics(database, stored.tenant_id) as connection:
            # (hashed, as many rows are)
            await connection.execute("set local enable_sort = off")
            await refresh(connection, stored.tenant_id)
            pages = await connection.fetchval(
                "select sum(d.pages) / count(*) from (select count(distinct (r.ctid::text::point)[0]) as pages"
                " from analytics.v6_campaign_roi_daily r group by r.day having count(*) = 40) d"
            )
    assert (pages or 99) < 4
