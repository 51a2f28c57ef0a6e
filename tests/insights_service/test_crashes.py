"""Killing the service in the middle of a generation."""

import asyncio

import asyncpg
import pytest
from starlette.requests import Request
from starlette.responses import Response

from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from common.testing.people import add_person, add_tenant
from common.testing.serve import serve
from tests.data_service.service_process import service_process
from tests.insights_service.conftest import Advisor, campaign

pytestmark = [pytest.mark.timeout(180)]


async def test_after_a_kill_while_findings_are_stored_each_insight_is_there_once(
    settings: Settings, database: MigratedDatabase
) -> None:
    tenant_id = await add_tenant(database.superuser_dsn)
    manager = await add_person(database.superuser_dsn, tenant_id, "manager")
    superuser, other = [await asyncpg.connect(database.superuser_dsn) for _ in range(2)]
    lock = other.transaction()
    await superuser.execute("insert into insights.generation values ($1, now() + interval '1 day')", tenant_id)

    class Holding(Advisor):
        """A stand-in for analytics that, when asked for advice, first locks the row that storing findings waits for."""

        async def answer(self, request: Request) -> Response:
            if not self.asked:
                await lock.start()
                await other.execute("select from insights.generation where tenant_id = $1 for update", tenant_id)
            return await super().answer(request)

    advisor = Holding({tenant_id: [campaign("pause"), campaign("scale", "S"), campaign("monitor", "M")]})
    port = {"ANALYTICS_SERVICE_PORT": str(settings.analytics_service_port)}
    insights = service_process(settings, "services.insights_service:app", port, is_quiet=True)
    async with serve(advisor.app(), settings.analytics_service_port), insights as service:
        service.api.headers.update(manager.headers)
        job = (await service.api.post("/insights/generate")).raise_for_status().json()
        await _waits_for_the_lock(superuser)
        service.kill()
        await lock.rollback()
        assert await superuser.fetchval("select count(*) from insights.insight") == 0
        await service.start()
        async with asyncio.timeout(120):
            while (status := (await service.api.get(f"/insights/jobs/{job['job_id']}")).json())[
                "status"
            ] != "completed":
                await asyncio.sleep(0.2)
        assert status["counts"] == {"found": 3, "new": 3, "changed": 0, "ended": 0, "told": 2}
        assert (await service.api.get("/insights", params={"status": "all"})).json()["total"] == 3
    count_events = "select count(*) from insights.outbox where event_type = 'insights.insight.found.v1'"
    assert (await superuser.fetchval(count_events), len(advisor.asked)) == (2, 2)
    await superuser.close()
    await other.close()


async def _waits_for_the_lock(superuser: asyncpg.Connection) -> None:
    waits = (
        "select exists (select from pg_stat_activity where wait_event_type = 'Lock'"
        " and query like '%insights.generation%' and datname = current_database())"
    )
    async with asyncio.timeout(60):
        while not await superuser.fetchval(waits):
            await asyncio.sleep(0.02)
