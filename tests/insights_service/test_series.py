"""Reading a tenant's largest series, and the grid of steps that they are laid on."""

import math
from collections.abc import AsyncGenerator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import pytest
import pytest_asyncio

from common.testing.cluster import MigratedDatabase
from common.testing.people import add_tenant
from services.insights_service.domain.anomalies.series_grid import days_between, hours_between, laid_out
from services.insights_service.store.series import (
    SeriesRow,
    get_coverage,
    get_daily_series,
    get_hourly_series,
    get_part_hours,
)
from tests.insights_service.kept_sums import keep_sums

FIRST = date(2026, 3, 1)
ROWS: dict[str, tuple[str, list[tuple[Any, ...]]]] = {
    "analytics.traffic_day": (
        "day, channel, sessions, bought_sessions, page_views, purchases, revenue, told_by_vendor",
        [
            (FIRST, "direct", 10, 1, 20, 2, 30, False),
            (FIRST, "email", 5, 0, 9, 1, 10, False),
            (FIRST + timedelta(2), "direct", 7, 0, 0, 0, 0, True),
            (FIRST + timedelta(9), "direct", 99, 0, 0, 0, 0, False),
        ],
    ),
    "analytics.day_total": (
        (
            "location_id, day, events, page_views, add_to_carts, searches, failed_searches, sessions, bought_sessions,"
            " purchases, revenue, abandoned_carts, abandoned_value, foreign_rows, last_ts"
        ),
        [
            (place, FIRST, 1, 1, 1, 4, failed, sessions, 1, 1, 1, 0, 0, 0, datetime(2026, 3, 1, tzinfo=UTC))
            for place, failed, sessions in (("", 4, 15), ("N", 3, 12), ("S", 0, 3))
        ],
    ),
    "analytics.v6_campaign_roi_daily": (
        (
            "day, platform, campaign_ref, leads, contracts, revenue, spend, impressions, clicks, claimed_conversions,"
            " claimed_revenue"
        ),
        [
            (FIRST, "meta", "a/1", 4, 1, 100, 50, 900, 30, 0, 0),
            (FIRST, "meta", "", 2, 0, 0, 0, 0, 0, 0, 0),
            (FIRST + timedelta(1), "google", "b/2", 1, 0, 0, 20, 0, 0, 0, 0),
        ],
    ),
    "analytics.lead_hour": (
        "day, channel, hours, leads, contracts, revenue",
        [(FIRST, "direct", [datetime(2026, 3, 1, 5, tzinfo=UTC)], [6], [0], [0])],
    ),
    "analytics.traffic_hour": (
        "hour, channel, sessions, bought_sessions, page_views, purchases, revenue",
        [
            (datetime(2026, 3, 1, hour, tzinfo=UTC), channel, sessions, bought, 0, 0, 0)
            for hour, channel, sessions, bought in ((5, "direct", 3, 1), (5, "email", 2, 0), (7, "direct", 4, 2))
        ],
    ),
    "analytics.campaign": ("platform, campaign_ref, account_id, name", [("meta", "a/1", "a", "Spring")]),
    "data.locations": ("location_id, location_name", [("N", "North")]),
    "analytics.fact_leads": (
        (
            "day, lead_id, platform, channel, utm_source, utm_campaign, utm_id, is_paid, campaign_ref, product_id,"
            " product_name, location_id, contracts, revenue, hour"
        ),
        [
            (FIRST, str(n), "meta", "direct", "", "", "", True, "a/1", "P1", "Pump", "N", 0, 0, hour)
            for n, hour in enumerate((None, datetime(2026, 3, 1, 5, tzinfo=UTC), datetime(2026, 3, 1, 5, tzinfo=UTC)))
        ],
    ),
    "analytics.session": (
        (
            "user_pseudo_id, session_id, day, first_ts, first_id, last_ts, u, location_id, page_views, bought,"
            " task_key, channel"
        ),
        [
            ("d", str(n), FIRST, at, UUID(int=n), at, "d", branch, 1, False, str(n), "direct")
            for n, (branch, at) in enumerate(
                (branch, datetime(2026, 3, 1, 5 + minute // 60, minute % 60, tzinfo=UTC))
                for branch, minute in (("N", 10), ("N", 59), ("N", 60), ("S", 0))
            )
        ],
    ),
    "analytics.sale": (
        ("transaction_id, day, event_ts, user_pseudo_id, location_id, amount, currency, value, items, task_key"),
        [("T", FIRST, datetime(2026, 3, 1, 5, 30, tzinfo=UTC), "d", "N", 30, "USD", 30, "[]", "T")],
    ),
}


def in_order(one: SeriesRow) -> SeriesRow:
    steps = sorted(zip(one.places, one.amounts, strict=True), key=lambda step: step[0])
    return one._replace(places=[place for place, _ in steps], amounts=[amount for _, amount in steps])


@pytest_asyncio.fixture
async def tenants(database: MigratedDatabase) -> AsyncGenerator[list[UUID]]:
    """Create two companies with the same rows."""
    writer = await asyncpg.connect(database.superuser_dsn)
    tenants = [await add_tenant(database.superuser_dsn) for _ in range(2)]
    for tenant_id in tenants:
        for table, (columns, rows) in ROWS.items():
            places = ", ".join(f"${n}" for n in range(1, 2 + len(columns.split(","))))
            await writer.executemany(
                f"insert into {table} (tenant_id, {columns}) values ({places})", [(tenant_id, *row) for row in rows]
            )
        await keep_sums(writer, tenant_id)
    yield tenants
    await writer.close()


async def test_the_services_own_role_reads_the_largest_series_of_one_company(
    database: MigratedDatabase, tenants: list[UUID]
) -> None:
    connection = await asyncpg.connect(database.settings.dsn("insights"))
    async with connection.transaction():
        await connection.execute(f"set local app.tenant_id = '{tenants[0]}'")
        daily = await get_daily_series(connection, tenants[0], FIRST, FIRST + timedelta(5))
        few = await get_daily_series(connection, tenants[0], FIRST, FIRST + timedelta(5), 9)
        since = datetime(2026, 3, 1, tzinfo=UTC)
        hourly = await get_hourly_series(connection, tenants[0], since, since + timedelta(hours=7))
        begin = since - timedelta(days=2)
        parts = await get_part_hours(connection, tenants[0], begin, FIRST, FIRST, 0.04, 9)
        largest = await get_part_hours(connection, tenants[0], begin, FIRST, FIRST, 0.2, 9)
        # All 16 visits and orders are on the first of two days.
        both, second = [
            await get_part_hours(connection, tenants[0], begin, FIRST, FIRST + timedelta(1), 0.02, 9, most_rows)
            for most_rows in (16, 15)
        ]
        strange = await get_daily_series(connection, tenants[1], FIRST, FIRST + timedelta(5))
        covered = await get_coverage(connection, tenants[0])
        await connection.execute("set local app.branch_codes = '{N}'")
        of_branch = await get_daily_series(connection, tenants[0], FIRST, FIRST + timedelta(5))
    await connection.close()
    assert (strange, {one.dimension for one in of_branch} <= {"branch"}) == ([], True)
    assert (covered.time_zone, covered.currency, covered.sources) == ("UTC", "USD", [])
    assert covered.told_until is not None

    by = {(one.metric, one.dimension, one.member_id): in_order(one) for one in daily}
    assert by["sessions", "company", ""][3:6] == ("", [0, 2], [15, 7])
    purchases = by["purchases", "company", ""]
    assert (purchases.places, purchases.amounts[0], math.isnan(purchases.amounts[1])) == ([0, 2], 3, True)
    assert by["failed_searches", "branch", "N"][3:6] == ("North", [0], [3])
    assert ("failed_searches", "branch", "S") not in by
    assert by["spend", "campaign", "meta a/1"][3:6] == ("Spring", [0], [50])
    assert by["leads", "platform", "meta"].amounts == [6]
    assert by["leads", "company", ""][4:6] == ([0, 1], [6, 1])
    assert not [one for one in daily if one.dimension == "campaign" and one.member_id.endswith(" ")]
    assert by["leads", "branch", "N"][3:6] == ("North", [0], [3])
    assert by["leads", "product", "P1"][3:6] == ("Pump", [0], [3])
    # Ratios need more: sessions with a purchase if sessions are among the largest, clicks if spend is.
    assert by["clicks", "campaign", "meta a/1"][3:] == ("Spring", [0], [30], True, 0)
    assert by["bought_sessions", "branch", "N"][3:] == ("North", [0], [1], True, 0)
    bought = by["bought_sessions", "company", ""]
    assert (bought.places, bought.amounts[0], math.isnan(bought.amounts[1])) == ([0, 2], 1, True)
    below = {(one.metric, one.dimension) for one in few if one.is_part}
    assert {one.is_part for one in few[:9]} == {False}
    assert {("clicks", "company"), ("lead_revenue", "platform")} & below == {("clicks", "company")}
    # The company's series come first, then those with the largest shares.
    assert {one.dimension for one in few[:8]} == {"company"}
    assert (few[8].metric, few[8].dimension) == ("contracts", "campaign")

    assert [in_order(one) for one in hourly] == [
        SeriesRow("leads", "company", "", "", [5], [6]),
        SeriesRow("sessions", "company", "", "", [5], [5]),
        SeriesRow("leads", "channel", "direct", "direct", [5], [6]),
        SeriesRow("sessions", "channel", "direct", "direct", [5], [3]),
        SeriesRow("sessions", "channel", "email", "email", [5], [2]),
        SeriesRow("bought_sessions", "company", "", "", [5], [1], is_part=True),
        SeriesRow("bought_sessions", "channel", "direct", "direct", [5], [1], is_part=True),
    ]
    assert [in_order(one) for one in parts] == [
        SeriesRow("purchases", "branch", "N", "North", [53], [1], since=48),
        SeriesRow("revenue", "branch", "N", "North", [53], [30], since=48),
        SeriesRow("sessions", "branch", "N", "North", [53, 54], [2, 1], since=48),
        SeriesRow("leads", "branch", "N", "North", [53], [2], since=48),
        SeriesRow("leads", "campaign", "meta a/1", "Spring", [53], [2], since=48),
        SeriesRow("sessions", "branch", "S", "S", [53], [1], since=48),
    ]
    assert [(one.metric, one.member_id) for one in largest] == [("sessions", "N")]
    assert ([in_order(one) for one in both], second) == ([in_order(one) for one in parts], [])


# Three months of campaigns and products, of which small campaigns spend more at the end; two weeks of five leads a day.
MANY = """
insert into analytics.v6_campaign_roi_daily (
    tenant_id, day, platform, campaign_ref, leads, contracts, revenue, spend, impressions, clicks, claimed_conversions,
    claimed_revenue
)
select $1, day, 'meta', 'a/' || n, 40 / n, 0, 0, case when day < '2026-04-20' then 900.0 / n else 3 * n end, 0, n, 0, 0
from generate_series(date '2026-02-01', '2026-04-30', '1 day') as day cross join generate_series(1, 30) as n
union all
select $1, day, 'meta', '', 7, 0, 0, 0, 0, 0, 0, 0
from generate_series(date '2026-02-01', '2026-04-30', '1 day') as day;
insert into analytics.product_day (tenant_id, day, item_key, item_id, item_name, views, add_to_carts, purchases)
select $1, day, md5('P' || n)::uuid, 'P' || n, 'Product ' || n, 0, 0, 60 / n
from generate_series(date '2026-02-01', '2026-04-30', '1 day') as day cross join generate_series(1, 40) as n;
insert into analytics.traffic_day (
    tenant_id, day, channel, sessions, bought_sessions, page_views, purchases, revenue, told_by_vendor
)
select $1, day, 'direct', 0, 0, 0, 90, 0, false from generate_series(date '2026-02-01', '2026-04-30', '1 day') as day;
insert into analytics.fact_leads (
    tenant_id, day, lead_id, platform, channel, utm_source, utm_campaign, utm_id, is_paid, campaign_ref, product_id,
    product_name, location_id, contracts, revenue
)
select $1, day, day || '-' || n, 'meta', 'direct', '', '', '', true, '', 'P' || n, 'Pump ' || n, 'B' || n / 2, 0, 0
from generate_series(date '2026-04-01', '2026-04-14', '1 day') as day cross join generate_series(1, 5) as n;
insert into analytics.lead_channel_day (tenant_id, day, channel, leads, contracts, revenue)
select tenant_id, day, channel, count(*), 0, 0 from analytics.fact_leads where tenant_id = $1 group by 1, 2, 3;
"""


async def test_only_the_largest_members_and_the_last_days_of_many_leads_are_read(
    database: MigratedDatabase,
) -> None:
    tenant_id, first = await add_tenant(database.superuser_dsn), date(2026, 2, 10)
    writer = await asyncpg.connect(database.superuser_dsn)
    await writer.execute(MANY.replace("$1", f"'{tenant_id}'::uuid"))
    await keep_sums(writer, tenant_id)
    await writer.close()
    connection = await asyncpg.connect(database.settings.dsn("insights"))
    async with connection.transaction():
        await connection.execute(f"set local app.tenant_id = '{tenant_id}'")
        every, few, two = [
            [in_order(one) for one in await get_daily_series(connection, tenant_id, first, date(2026, 4, 15), *more)]
            for more in ((1000,), (30,), (1000, 14))
        ]
    await connection.close()
    assert len(every) > 100
    assert [one for one in few if not one.is_part] == [one for one in every if not one.is_part][:30]
    assert {"campaign", "product"} <= {one.dimension for one in few}
    clicks = {one.member_id: one for one in few if one.metric == "clicks"}
    assert clicks["meta a/3"].amounts == [3] * 64
    # If fourteen leads may be counted, two days of five leads are known, and all days of figures stored as sums.
    whole, last = ({one.member_id: one.amounts for one in read if one.dimension == "branch"} for read in (every, two))
    assert whole["B1"] == [2] * 14
    assert [math.isnan(amount) for amount in last["B1"]] == [True] * 62 + [False] * 2
    assert last["B1"][62:] == [2, 2]
    assert [one for one in two if one.dimension not in {"branch", "product"} or one.metric != "leads"] == [
        one for one in every if one.dimension not in {"branch", "product"} or one.metric != "leads"
    ]
    assert [one.member_id for one in two] == [one.member_id for one in every]


@pytest.mark.parametrize(
    ("zone", "first", "hours", "second_hour"),
    [
        ("UTC", date(2026, 3, 29), 24, "2026-03-29T02"),
        ("Europe/Berlin", date(2026, 3, 29), 23, "2026-03-29T03"),
        ("Europe/Berlin", date(2026, 10, 25), 25, "2026-10-25T02"),
        ("Asia/Kolkata", date(2026, 3, 29), 24, "2026-03-29T02"),
    ],
)
def test_the_hours_of_a_day_are_those_of_the_tenants_time_zone(
    zone: str, first: date, hours: int, second_hour: str
) -> None:
    berlin = ZoneInfo(zone)
    days = days_between(first, first + timedelta(2), berlin)
    grid = hours_between(first, days.begin(1), berlin)
    assert (len(days), len(grid)) == (2, hours)
    assert str(grid.local[2]).startswith(second_hour)
    assert grid.begin(len(grid)) == days.begin(1)
    assert (grid.place(grid.begin(7)), days.place(grid.begin(7)), days.place(days.begin(1))) == (7, 0, 1)


def test_steps_without_a_row_are_zero() -> None:
    assert laid_out([1, 1, 3, 9], [2, 3, 5, 7], 5).tolist() == [0, 5, 0, 5, 0]
    assert len(hours_between(FIRST, datetime(2026, 2, 1, tzinfo=UTC), ZoneInfo("UTC"))) == 0
