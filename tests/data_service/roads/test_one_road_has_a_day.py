from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.data_service.store.events.staged_event import EVENT_TABLES
from tests.data_service.roads.road_tenants import DATA_API, DAY, EXPORT, HITS, ORDERS, POSTED, Hit, Roads, at

pytestmark = pytest.mark.asyncio(loop_scope="module")
SHARED = (EXPORT, DATA_API, HITS)
NEXT = DAY + timedelta(days=1)


@pytest.mark.parametrize("first", SHARED)
@pytest.mark.parametrize("second", SHARED)
async def test_the_better_road_has_the_day_whichever_came_first(roads: Roads, first: int, second: int):
    tenant_id = await roads.tenant()
    await roads.bring(tenant_id, first, Hit(at(), 1), Hit(at(), 2))
    brought = await roads.bring(tenant_id, second, Hit(at(hour=20), 3))
    better = min(first, second)
    expected = {first: 2, second: 1} if first != second else {first: 3}
    assert await roads.roads(tenant_id) == {better: expected[better]}
    assert await roads.owners(tenant_id) == [(DAY, better)]
    assert brought.replaced == (2 if second < first else 0)
    assert brought.superseded == (1 if second > first else 0)
    assert (sum(brought.counts.values()), brought.duplicates) == (0 if second > first else 1, 0)


@pytest.mark.parametrize("road", SHARED)
async def test_the_same_road_again_adds_and_changes_nothing_twice(roads: Roads, road: int):
    tenant_id = await roads.tenant()
    await roads.bring(tenant_id, road, Hit(at(), 1))
    again = await roads.bring(tenant_id, road, Hit(at(), 1), Hit(at(), 2))
    assert (again.counts, again.duplicates, again.superseded, again.replaced) == ({"page_view": 1}, 1, 0, 0)
    assert await roads.roads(tenant_id) == {road: 2}


@pytest.mark.parametrize("own", [POSTED, ORDERS])
async def test_posted_events_and_orders_stand_beside_every_road(roads: Roads, own: int):
    tenant_id = await roads.tenant()
    for road in (HITS, own, DATA_API, own, EXPORT, own):
        await roads.bring(tenant_id, road, Hit(at(), 1), Hit(at(), 2))
    assert await roads.roads(tenant_id) == {own: 2, EXPORT: 2}
    alone = await roads.tenant()
    await roads.bring(alone, own, Hit(at()))
    assert await roads.owners(alone) == []


async def test_all_seven_tables_change_hands(roads: Roads):
    tenant_id = await roads.tenant()
    hits = [Hit(at(minute=place), place, kind) for place, kind in enumerate(EVENT_TABLES)]
    assert len((await roads.bring(tenant_id, HITS, *hits)).counts) == 7
    assert (await roads.bring(tenant_id, EXPORT, Hit(at()))).replaced == 7
    assert await roads.roads(tenant_id) == {EXPORT: 1}


async def test_other_days_and_other_tenants_stay_as_they_are(roads: Roads):
    tenant_id, other = await roads.tenant(), await roads.tenant()
    days = [DAY - timedelta(days=1), DAY, NEXT]
    for one in (tenant_id, other):
        await roads.bring(one, HITS, *(Hit(at(day)) for day in days))
    kept = await roads.stored(other)
    brought = await roads.bring(tenant_id, DATA_API, Hit(at()))
    assert brought.replaced == 1
    assert await roads.owners(tenant_id) == [(days[0], HITS), (DAY, DATA_API), (NEXT, HITS)]
    assert await roads.roads(tenant_id) == {HITS: 2, DATA_API: 1}
    assert await roads.stored(other) == kept


async def test_a_batch_of_many_days_wins_some_and_loses_others(roads: Roads):
    tenant_id = await roads.tenant()
    await roads.bring(tenant_id, EXPORT, Hit(at(DAY), 1))
    await roads.bring(tenant_id, HITS, Hit(at(NEXT), 2), Hit(at(NEXT), 3))
    days = [DAY + timedelta(days=number) for number in range(4)]
    brought = await roads.bring(tenant_id, DATA_API, *(Hit(at(day, hour), hour) for day in days for hour in (1, 9)))
    assert (brought.counts, brought.superseded, brought.replaced) == ({"page_view": 6}, 2, 2)
    assert brought.as_counts() == {"page_view": 6, "superseded": 2, "replaced": 2}
    assert await roads.owners(tenant_id) == [(DAY, EXPORT), *((day, DATA_API) for day in days[1:])]


async def test_the_first_lines_of_a_day_that_goes_on_already_have_it(roads: Roads):
    tenant_id = await roads.tenant()
    await roads.bring(tenant_id, HITS, Hit(at(hour=1), 1), Hit(at(hour=22), 2))
    await roads.bring(tenant_id, EXPORT, Hit(at(hour=1), 3))
    assert (await roads.bring(tenant_id, HITS, Hit(at(hour=23), 4))).superseded == 1
    assert await roads.roads(tenant_id) == {EXPORT: 1}


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/Chicago", date(2024, 3, 10), 23),
        ("America/Chicago", date(2024, 11, 3), 25),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),  # begins at one o'clock
        ("America/Havana", date(2024, 11, 3), 25),  # midnight comes twice
        ("Australia/Lord_Howe", date(2024, 4, 7), 24.5),
        ("Asia/Kathmandu", DAY, 24),
    ],
)
async def test_a_day_is_the_tenants_own_from_midnight_to_midnight(roads: Roads, zone: str, day: date, hours: float):
    tenant_id = await roads.tenant(zone)
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    end = midnight + timedelta(hours=hours)
    moment = timedelta(microseconds=1)
    edges = [midnight - moment, midnight, end - moment, end]
    await roads.bring(tenant_id, HITS, *(Hit(edge) for edge in edges))
    assert (await roads.bring(tenant_id, EXPORT, Hit(midnight + timedelta(hours=hours / 2)))).replaced == 2
    left = {when for road, _, when in await roads.stored(tenant_id) if road == HITS}
    assert left == {edges[0], edges[3]}
    assert [ends_at - starts_at for starts_at, ends_at in await _spans(roads, tenant_id, day)] == [end - midnight]


async def test_days_that_were_claimed_stay_cut_as_they_were_when_the_time_zone_changes(roads: Roads):
    tenant_id = await roads.tenant()
    evening = at(DAY, 23)  # in Tokyo the afternoon of the next day
    await roads.bring(tenant_id, EXPORT, Hit(evening, 1))
    await roads.admin.execute("update auth.tenant set time_zone = 'Asia/Tokyo' where tenant_id = $1", tenant_id)
    tokyo = ZoneInfo("Asia/Tokyo")
    rest = at(NEXT, 23, zone=tokyo)
    brought = await roads.bring(tenant_id, HITS, Hit(evening, 2), Hit(rest, 3))
    assert (brought.counts, brought.superseded) == ({"page_view": 1}, 1)
    spans = await roads.admin.fetch(
        "select starts_at, ends_at, road from data.road_day where tenant_id = $1 order by starts_at", tenant_id
    )
    assert [tuple(span) for span in spans] == [
        (at(DAY, 0), at(NEXT, 0), EXPORT),
        (at(NEXT, 0), at(NEXT + timedelta(days=1), 0, zone=tokyo), HITS),
    ]
    # A better road takes what a worse one has, and nothing of its neighbour, though the day of today reaches into it.
    assert (await roads.bring(tenant_id, DATA_API, Hit(rest, 4))).replaced == 1
    assert await roads.roads(tenant_id) == {EXPORT: 1, DATA_API: 1}


async def test_what_went_is_told_of_with_what_came(roads: Roads):
    tenant_id = await roads.tenant()
    await roads.bring(tenant_id, HITS, Hit(at(hour=3), 1), Hit(at(hour=5), 1), Hit(at(hour=4), 2, user="ann"))
    await roads.told(tenant_id)
    await roads.bring(tenant_id, EXPORT, Hit(at(hour=6), 1))
    (told,) = await roads.told(tenant_id)
    assert told.counts == {"page_view": 1}
    assert {(device, user): (first, last) for device, user, first, last in told.keys} == {
        ("hits device 1", None): (_us(at(hour=3)), _us(at(hour=5))),
        ("hits device 2", "ann"): (_us(at(hour=4)), _us(at(hour=4))),
        ("export device 1", None): (_us(at(hour=6)), _us(at(hour=6))),
    }
    assert (told.first_ts, told.last_ts) == (_us(at(hour=3)), _us(at(hour=6)))


async def test_what_is_left_out_whole_is_not_told_of(roads: Roads):
    tenant_id = await roads.tenant()
    await roads.bring(tenant_id, EXPORT, Hit(at()))
    await roads.told(tenant_id)
    brought = await roads.bring(tenant_id, HITS, Hit(at(), 1), Hit(at(), 2))
    assert (brought.counts, brought.superseded, brought.duplicates) == ({}, 2, 0)
    assert await roads.told(tenant_id) == []


def _us(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000


async def _spans(roads: Roads, tenant_id: object, day: date) -> list[tuple[datetime, datetime]]:
    rows = await roads.admin.fetch(
        "select starts_at, ends_at from data.road_day where tenant_id = $1 and day = $2 order by starts_at",
        *(tenant_id, day),
    )
    return [(row["starts_at"], row["ends_at"]) for row in rows]
