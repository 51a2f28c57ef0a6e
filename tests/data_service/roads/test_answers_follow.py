"""What analytics answers after a day has changed hands, told only what the data service tells."""

from collections.abc import AsyncIterator
from datetime import date
from random import Random
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from common.testing.cluster import MigratedDatabase
from services.analytics_service.store.dirty_keys import mark_batch
from tests.analytics_service.stored import as_analytics, refresh, reused_connections
from tests.data_service.roads.road_tenants import DATA_API, DAY, EXPORT, HITS, POSTED, Hit, Roads, at
from tests.database.test_functions_equal_the_reference import all_summaries

pytestmark = pytest.mark.asyncio(loop_scope="module")
KINDS = ("page_view", "view_item", "add_to_cart", "purchase", "view_search_results", "no_search_results", "login")


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def _reused(database: MigratedDatabase) -> AsyncIterator[None]:
    async with reused_connections(database):
        yield


async def _answers(roads: Roads, tenant_id: UUID, first: date = DAY, last: date = DAY) -> dict[str, Any]:
    """The statistics of a range once the summaries know of everything told; a rebuild finds nothing to correct."""
    async with as_analytics(roads.database, tenant_id) as connection:
        for batch in await roads.told(tenant_id):
            await mark_batch(connection, tenant_id, batch.batch_id, batch.keys)
        await refresh(connection, tenant_id)
        row = await connection.fetchrow(
            "select revenue, purchases, visitors, sessions, page_views, add_to_carts, searches"
            " from analytics.get_complete_dashboard_data($1, $2, $3) where period = 'current'",
            tenant_id,
            first,
            last,
        )
        kept = await all_summaries(connection)
    async with as_analytics(roads.database, tenant_id) as connection:
        await refresh(connection, tenant_id, rebuild=True)
        assert await all_summaries(connection) == kept
    assert row is not None
    return {name: int(value) for name, value in row.items()}


async def test_the_totals_of_a_day_are_the_better_roads_alone(roads: Roads):
    tenant_id = await roads.tenant()
    buys = [Hit(at(hour=hour), hour, "purchase", "ann") for hour in (1, 2, 3)]
    await roads.bring(tenant_id, HITS, *buys, Hit(at(hour=4), 4), Hit(at(hour=5), 5, "add_to_cart"))
    before = await _answers(roads, tenant_id)
    assert (before["page_views"], before["add_to_carts"], before["sessions"]) == (1, 1, 5)
    await roads.bring(tenant_id, EXPORT, Hit(at(hour=9), 1), Hit(at(hour=9), 2))
    none = {"revenue": 0, "purchases": 0, "add_to_carts": 0, "searches": 0}
    assert await _answers(roads, tenant_id) == none | {"visitors": 2, "sessions": 2, "page_views": 2}
    await roads.bring(tenant_id, HITS, *buys)
    assert (await _answers(roads, tenant_id))["purchases"] == 0


async def test_a_day_that_is_read_again_and_empty_leaves_no_total(roads: Roads):
    tenant_id = await roads.tenant()
    await roads.reread(tenant_id, DAY, Hit(at(), 1, "purchase", "ann"), Hit(at(), 2))
    assert (await _answers(roads, tenant_id))["purchases"] == 1
    await roads.reread(tenant_id, DAY)
    assert set((await _answers(roads, tenant_id)).values()) == {0}


@pytest.mark.parametrize("seed", range(3))
async def test_totals_stay_those_of_a_rebuild_while_days_change_hands(roads: Roads, seed: int):
    chance = Random(seed)
    tenant_id = await roads.tenant()
    days = [DAY.replace(day=1 + number) for number in range(4)]
    for _ in range(12):
        road = chance.choice((EXPORT, DATA_API, DATA_API, HITS, HITS, POSTED))
        hits = [
            Hit(
                at(chance.choice(days), chance.randint(0, 23)),
                chance.randint(1, 3),
                kind,
                chance.choice(("", "", "bo")),
            )
            for kind in chance.choices(KINDS, k=8)
        ]
        if road == DATA_API and chance.random() < 0.5:
            day = chance.choice(days)
            await roads.reread(tenant_id, day, *(hit for hit in hits if hit.at.date() == day and hit.at.hour > 5))
        else:
            await roads.bring(tenant_id, road, *hits)
        await _answers(roads, tenant_id, days[0], days[-1])
