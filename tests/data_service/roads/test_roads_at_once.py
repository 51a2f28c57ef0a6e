import asyncio
from random import Random
from uuid import UUID

import asyncpg
import pytest

from common.db import Connection
from services.data_service.store.events.record_events import Recorded, record_events
from tests.data_service.roads.road_tenants import DATA_API, DAY, EXPORT, HITS, Hit, Roads, at

pytestmark = pytest.mark.asyncio(loop_scope="module")
WAITING = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"


async def _until_somebody_waits(roads: Roads) -> None:
    async with asyncio.timeout(20):
        while not await roads.admin.fetchval(WAITING):
            await asyncio.sleep(0.01)


async def _record(roads: Roads, connection: Connection, tenant_id: UUID, road: int, *hits: Hit) -> Recorded:
    made = await roads.prepared(road, *hits)
    return await record_events(connection, tenant_id, made, resolved_by=None, road=road)


@pytest.mark.parametrize("hits_before", [0, 1])
@pytest.mark.parametrize(("first", "second"), [(HITS, EXPORT), (EXPORT, HITS), (HITS, DATA_API), (DATA_API, EXPORT)])
async def test_who_comes_second_waits_and_then_the_better_road_has_the_day(
    roads: Roads, first: int, second: int, hits_before: int
):
    tenant_id = await roads.tenant()
    if hits_before:
        await roads.bring(tenant_id, HITS, Hit(at(), 7))
    async with roads.db.tenant(tenant_id) as connection:
        await _record(roads, connection, tenant_id, first, Hit(at(), 1), Hit(at(), 2))
        later = asyncio.ensure_future(roads.bring(tenant_id, second, Hit(at(), 3)))
        await _until_somebody_waits(roads)
    brought = await later
    better = min(first, second)
    assert set(await roads.roads(tenant_id)) == {better}
    assert (brought.superseded > 0) == (better == first)
    assert await roads.owners(tenant_id) == [(DAY, better)]


async def test_hits_of_one_day_do_not_wait_for_each_other(roads: Roads):
    tenant_id = await roads.tenant()
    await roads.bring(tenant_id, HITS, Hit(at(), 0))
    async with roads.db.tenant(tenant_id) as connection:
        await _record(roads, connection, tenant_id, HITS, Hit(at(), 1))
        await asyncio.wait_for(roads.bring(tenant_id, HITS, Hit(at(), 2)), 20)
    assert await roads.roads(tenant_id) == {HITS: 3}


async def test_a_better_road_that_does_not_come_to_its_end_leaves_everything_as_it_was(roads: Roads):
    tenant_id = await roads.tenant()
    await roads.bring(tenant_id, HITS, Hit(at(), 1), Hit(at(), 2))
    before, told = await roads.rows(tenant_id), await roads.told(tenant_id)
    assert len(told) == 1
    made = await roads.prepared(EXPORT, Hit(at(), 3))
    worker = await asyncpg.connect(roads.database.settings.dsn("data"))
    await worker.execute(f"begin; set local app.tenant_id = '{tenant_id}'")
    assert (await record_events(worker, tenant_id, made, resolved_by=None, road=EXPORT)).replaced == 2
    await roads.admin.execute("select pg_terminate_backend($1, 20000)", worker.get_server_pid())
    worker.terminate()
    assert await roads.rows(tenant_id) == before
    assert await roads.owners(tenant_id) == [(DAY, HITS)]
    assert await roads.told(tenant_id) == []
    await roads.bring(tenant_id, EXPORT, Hit(at(), 3))
    assert await roads.roads(tenant_id) == {EXPORT: 1}


@pytest.mark.parametrize("seed", range(4))
async def test_any_order_of_arrival_ends_with_the_rows_of_each_days_best_road(roads: Roads, seed: int):
    chance = Random(seed)
    tenants = [await roads.tenant(), await roads.tenant("Asia/Kolkata")]
    arrivals: list[tuple[UUID, int, list[Hit]]] = []
    for number in range(60):
        road = chance.choice((EXPORT, DATA_API, DATA_API, HITS, HITS, HITS))
        # Noon UTC, so that the day is the same in both time zones.
        days = chance.sample(range(12), chance.randint(1, 4))
        hits = [Hit(at(DAY.replace(day=1 + day), 7, chance.randint(0, 59)), number) for day in days]
        arrivals.append((chance.choice(tenants), road, hits))
    for start in range(0, len(arrivals), 8):
        await asyncio.gather(*(roads.bring(one, road, *hits) for one, road, hits in arrivals[start : start + 8]))
    for tenant_id in tenants:
        own = [(road, hit) for one, road, hits in arrivals if one == tenant_id for hit in hits]
        best: dict[int, int] = {}
        for road, hit in own:
            best[hit.at.day] = min(best.get(hit.at.day, road), road)
        expected = {(r, h.staged(r).user_pseudo_id, h.at) for r, h in own if best[h.at.day] == r}
        assert await roads.stored(tenant_id) == expected
        assert {day.day: road for day, road in await roads.owners(tenant_id)} == best
