import asyncio
from datetime import timedelta

import pytest

from tests.data_service.roads.road_tenants import DATA_API, DAY, EXPORT, HITS, POSTED, Hit, Roads, at, restate

pytestmark = pytest.mark.asyncio(loop_scope="module")
NEXT = DAY + timedelta(days=1)
KEPT, GONE, NEW = Hit(at(hour=1), 1), Hit(at(hour=2), 2, "purchase"), Hit(at(hour=3), 3, "add_to_cart")


async def test_only_what_changed_comes_goes_and_is_told_of(roads: Roads):
    tenant_id = await roads.tenant()
    await roads.reread(tenant_id, DAY, KEPT, GONE)
    before = await roads.rows(tenant_id)
    await roads.told(tenant_id)
    read = await roads.reread(tenant_id, DAY, KEPT, NEW)
    assert (read.counts, read.duplicates, read.replaced) == ({"add_to_cart": 1}, 1, 1)
    assert {row["user_pseudo_id"] for row in await roads.rows(tenant_id)} == {"api device 1", "api device 3"}
    assert (await roads.rows(tenant_id))[0] == before[0]
    (told,) = await roads.told(tenant_id)
    assert {device for device, _, _, _ in told.keys} == {"api device 2", "api device 3"}


async def test_the_same_day_again_touches_nothing(roads: Roads):
    tenant_id = await roads.tenant()
    await roads.reread(tenant_id, DAY, KEPT, GONE)
    before = await roads.rows(tenant_id)
    await roads.told(tenant_id)
    read = await roads.reread(tenant_id, DAY, GONE, KEPT)
    assert (read.counts, read.duplicates, read.replaced) == ({}, 2, 0)
    assert await roads.rows(tenant_id) == before
    assert await roads.told(tenant_id) == []


async def test_other_days_tenants_and_roads_stay_as_they_are(roads: Roads):
    tenant_id, other = await roads.tenant(), await roads.tenant()
    for one in (tenant_id, other):
        await roads.reread(one, DAY, KEPT)
        await roads.reread(one, NEXT, Hit(at(NEXT)))
        await roads.bring(one, POSTED, Hit(at()))
    kept = await roads.stored(other)
    await roads.reread(tenant_id, DAY, NEW)
    assert await roads.roads(tenant_id) == {DATA_API: 2, POSTED: 1}
    assert await roads.stored(other) == kept


async def test_a_day_that_is_empty_now_loses_its_rows_and_one_without_rows_claims_nothing(roads: Roads):
    tenant_id = await roads.tenant()
    await roads.bring(tenant_id, HITS, Hit(at(NEXT)))
    await roads.reread(tenant_id, DAY, KEPT, GONE)
    await roads.told(tenant_id)
    assert (await roads.reread(tenant_id, DAY)).replaced == 2
    assert (await roads.reread(tenant_id, NEXT)).replaced == 0
    assert await roads.roads(tenant_id) == {HITS: 1}
    (told,) = await roads.told(tenant_id)
    assert (told.counts, len(told.keys)) == ({}, 2)


async def test_a_day_is_taken_from_a_worse_road_and_left_to_a_better_one(roads: Roads):
    tenant_id = await roads.tenant()
    await roads.bring(tenant_id, HITS, Hit(at(), 1), Hit(at(), 2))
    assert (await roads.reread(tenant_id, DAY, KEPT)).replaced == 2
    assert (await roads.bring(tenant_id, EXPORT, Hit(at()))).replaced == 1
    read = await roads.reread(tenant_id, DAY, KEPT, NEW)
    assert (read.counts, read.superseded, read.replaced) == ({}, 2, 0)
    assert (await roads.reread(tenant_id, DAY)).replaced == 0
    assert await roads.roads(tenant_id) == {EXPORT: 1}


async def test_two_days_can_be_replaced_in_one_transaction(roads: Roads):
    tenant_id = await roads.tenant()
    first, second = await roads.prepared(DATA_API, KEPT), await roads.prepared(DATA_API, Hit(at(NEXT), 9))
    async with roads.db.tenant(tenant_id) as connection:
        for day, made in ((DAY, first), (NEXT, second)):
            read = await restate(connection, tenant_id, day, made)
            assert (read.counts, read.duplicates) == ({"page_view": 1}, 0)
    assert await roads.roads(tenant_id) == {DATA_API: 2}


async def test_two_readers_of_one_day_leave_what_one_of_them_read(roads: Roads):
    for _ in range(10):
        tenant_id = await roads.tenant()
        readings = [(KEPT, GONE), (KEPT, NEW), (NEW, GONE)]
        await asyncio.gather(*(roads.reread(tenant_id, DAY, *reading) for reading in readings))
        stored = {device for _, device, _ in await roads.stored(tenant_id)}
        assert stored in [{f"api device {hit.number}" for hit in reading} for reading in readings]
