"""A property whose days are not the tenant's: each of the tenant's days is read whole, or not at all."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.data_service.domain.ga4.plan import plan
from services.data_service.domain.ga4.property_days import covering_days
from services.data_service.store.events.record_events import record_events
from services.data_service.store.events.tenant_day import tenant_day
from tests.data_service.ga4.property import TODAY, ZONE, Property, at_noon
from tests.data_service.roads.road_tenants import HITS, Hit, at, batch

pytestmark = pytest.mark.asyncio(loop_scope="module")

# In Chicago 23 hours: its clocks go forward.
SPRING = date(2024, 3, 10)
BEFORE, AFTER = SPRING - timedelta(days=1), SPRING + timedelta(days=1)
# In Auckland 25 hours, while Chicago's are 24.
BACK_THERE = date(2024, 4, 7)


@pytest.mark.parametrize(
    ("day", "zone", "of_property", "touched"),
    [
        (SPRING, "America/Chicago", "America/Chicago", [SPRING]),
        (SPRING, "Asia/Kolkata", "Asia/Calcutta", [SPRING]),
        (SPRING, "America/Chicago", "Pacific/Auckland", [SPRING, AFTER]),
        (SPRING, "Pacific/Auckland", "America/Chicago", [BEFORE, SPRING]),
        # A quarter of an hour apart, and a day that both count alike but for the hour that one of them skips.
        (SPRING, "Asia/Kathmandu", "Asia/Kolkata", [BEFORE, SPRING]),
        (SPRING, "America/Chicago", "America/Regina", [SPRING]),
        (AFTER, "America/Chicago", "America/Regina", [SPRING, AFTER]),
        # The ends of the earth: 25 hours lie between them.
        (SPRING, "Pacific/Kiritimati", "Pacific/Pago_Pago", [BEFORE - timedelta(days=1), BEFORE]),
        (BACK_THERE, "America/Chicago", "Pacific/Auckland", [BACK_THERE, BACK_THERE + timedelta(days=1)]),
        (BACK_THERE, "Pacific/Auckland", "UTC", [BACK_THERE - timedelta(days=1), BACK_THERE]),
    ],
)
async def test_a_tenants_day_touches_these_of_the_property(
    day: date, zone: str, of_property: str, touched: list[date]
) -> None:
    span = tenant_day(day, ZoneInfo(zone))
    assert covering_days(span.starts_at, span.ends_at, ZoneInfo(of_property)) == touched


async def hits_come(shop: Property, *days: date) -> None:
    """Two hits of the Measurement Protocol on each day, far from midnight."""
    made = batch(HITS, [Hit(at(day, hour)) for day in days for hour in (5, 18)])
    db, tenant_id = shop.data.context.db, shop.company.tenant_id
    await shop.data.context.extras["months"].ensure(db, made.months)
    async with db.tenant(tenant_id) as connection:
        await record_events(connection, tenant_id, made, resolved_by="event_param:branch", road=HITS)


async def roads_by_day(shop: Property) -> Counter[tuple[date, int]]:
    """How many rows each road has of each of the tenant's days."""
    rows: Any = await shop.fetch("select event_ts, road from data.page_view where tenant_id = $1")
    return Counter((ts.astimezone(ZONE).date(), road) for ts, road in rows)


@pytest.mark.parametrize(
    ("zone", "day"), [("Pacific/Auckland", SPRING), ("Europe/Berlin", SPRING), ("Pacific/Auckland", BACK_THERE)]
)
async def test_only_days_that_are_read_whole_change_hands(shop: Property, zone: str, day: date) -> None:
    shop.held.time_zone = zone
    three = [day + timedelta(days=number) for number in (-1, 0, 1)]
    for one in three:
        for minute in ("00:00", "12:00", "23:59"):
            shop.happens(one, minute, "page_view")
    await hits_come(shop, *three)
    job = await shop.run(days=(day, day))
    assert await roads_by_day(shop) == {(three[0], 3): 2, (day, 2): 3, (three[2], 3): 2}
    assert (job.counts["page_view"], job.counts["replaced"]) == (3, 2)
    await shop.run(days=(three[0], three[2]))
    assert await roads_by_day(shop) == {(one, 2): 3 for one in three}
    shop.held.facts.clear()
    await shop.run(days=(day, day), began_at=at_noon(day + timedelta(days=3)))
    assert await roads_by_day(shop) == {(three[0], 2): 3, (three[2], 2): 3}


@pytest.mark.parametrize(
    ("zone", "hour", "has_begun"),
    [
        ("Pacific/Kiritimati", 12, True),
        # The end of the tenant's day lies on one that has not begun at the property, and nobody asks for that.
        ("Pacific/Kiritimati", 2, False),
        ("Pacific/Pago_Pago", 12, True),
    ],
)
async def test_a_routine_sync_reads_the_tenants_today_and_yesterday_whole(
    shop: Property, zone: str, hour: int, *, has_begun: bool
) -> None:
    shop.held.time_zone = zone
    for ago in range(4):
        for minute in ("00:00", "23:59"):
            shop.happens(TODAY - timedelta(days=ago), minute, "page_view")
    await shop.run(began_at=datetime(TODAY.year, TODAY.month, TODAY.day, hour, tzinfo=ZONE))
    assert await roads_by_day(shop) == {(TODAY - timedelta(days=1), 2): 2, (TODAY, 2): 1 + has_begun}


async def test_a_plan_counts_the_days_that_pieces_read_beyond_their_own(shop: Property) -> None:
    shop.held.time_zone = "Pacific/Auckland"
    await shop.run()
    planned = await plan(await shop.access(), SPRING, SPRING + timedelta(days=9))
    assert planned.quota is not None
    # Pieces of four, four and two days: five, five and three of the property's, and the rest of each.
    assert (planned.requests, planned.quota.needed) == (13 + 3, (13 * 4 + 3 * 4) * shop.held.quota.cost)
    asked = shop.google.faults.calls["BatchRunReports"]
    for first, last in ((6, 9), (2, 5), (0, 1)):
        await shop.run(days=(SPRING + timedelta(days=first), SPRING + timedelta(days=last)))
    assert shop.google.faults.calls["BatchRunReports"] == asked + planned.requests


async def test_a_day_that_two_days_share_is_read_and_its_refused_rows_counted_once(shop: Property) -> None:
    shop.held.time_zone = "Pacific/Auckland"
    shop.happens(SPRING, "12:00", "page_view", visitor="of no sense" * 30)
    asked = shop.google.faults.calls.get("BatchRunReports", 0)
    job = await shop.run(days=(BEFORE, AFTER), data_types=frozenset({"events"}))
    # Four days of the property for three of the tenant's, and the ads.
    assert shop.google.faults.calls["BatchRunReports"] == asked + 5
    assert job.counts["rejected"] == 1
