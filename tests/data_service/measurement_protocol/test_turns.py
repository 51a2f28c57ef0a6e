"""Hits that wait for a day keep nobody else waiting."""

import asyncio
from datetime import UTC, datetime

import pytest

from services.data_service.store.events.record_events import record_events
from services.data_service.store.events.road_days import EXPORT_ROAD
from tests.data_service.harness import Data
from tests.data_service.measurement_protocol.hits import connect_sender, event, hit
from tests.data_service.roads.road_tenants import Hit, batch

pytestmark = pytest.mark.asyncio(loop_scope="module")
WAITING = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"


async def test_hits_that_wait_for_a_better_road_leave_connections_to_other_tenants(data: Data):
    sender, other = await connect_sender(data), await connect_sender(data)
    made = batch(EXPORT_ROAD, [Hit(datetime.now(UTC))])
    await data.context.extras["months"].ensure(data.context.db, made.months)
    async with data.context.db.tenant(sender.company.tenant_id) as connection:
        await record_events(connection, sender.company.tenant_id, made, resolved_by=None, road=EXPORT_ROAD)
        waiting = [asyncio.ensure_future(sender.sent(hit(event()))) for _ in range(40)]
        async with asyncio.timeout(20):
            while not await data.admin.fetchval(WAITING):
                await asyncio.sleep(0.01)
            await other.sent(hit(event()))
    assert len(await other.rows()) == 1
    await asyncio.gather(*waiting)
    assert [row["road"] for row in await sender.rows()] == [EXPORT_ROAD]
    assert (await sender.counted())["superseded"] == len(waiting)
