import asyncio
from uuid import UUID

import asyncpg
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from common.jobs.runner import HEARTBEAT_TIMEOUT
from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from common.testing.serve import serve
from tests.data_service.harness import Data
from tests.data_service.service_process import service_process
from tests.data_service.sources.connected import META

pytestmark = pytest.mark.asyncio(loop_scope="module")
_APP = "tests.data_service.sources.paged_vendor:app"
# The page over which the service is killed: asked for, and not answered.
_HELD = 3


async def test_a_service_killed_in_a_sync_goes_on_where_it_was_once(settings: Settings, database: MigratedDatabase):
    asked: list[int] = []
    in_the_middle, go_on = asyncio.Event(), asyncio.Event()

    async def page(request: Request) -> PlainTextResponse:
        asked.append(int(request.path_params["page"]))
        if asked[-1] == _HELD:
            in_the_middle.set()
            await go_on.wait()
        return PlainTextResponse("rows")

    pages = Starlette(routes=[Route("/{page:int}", page)])
    async with serve(pages) as url, service_process(settings, _APP, {"PAGES_URL": url}) as process:
        admin = await asyncpg.connect(database.superuser_dsn)
        data = Data(process.api, admin, context=None)  # pyright: ignore[reportArgumentType] -- it is in the process
        company = await data.company(role="admin")
        body = {"kind": "meta_ads", "name": "Our ads", **META}
        made = await process.api.post("/data/sources", json=body, headers=company.headers)
        source_id = UUID(made.raise_for_status().json()["id"])
        await in_the_middle.wait()
        process.kill()
        go_on.set()
        # Due again while nobody is there: the sync that was killed still stands for it.
        await admin.execute("update data.source set next_sync_at = now() where source_id = $1", source_id)
        await admin.execute("update data.pgqueuer set heartbeat = heartbeat - $1::interval", HEARTBEAT_TIMEOUT)
        await process.start()
        job_id = await admin.fetchval("select sync_job_id from data.source where source_id = $1", source_id)
        job = await data.ended(company, {"job_id": job_id})
        source = (await process.api.get(f"/data/sources/{source_id}", headers=company.headers)).json()
        # The source is still due afterwards, so the next tick, which may come at once, queues another sync.
        jobs = await admin.fetchval(
            "select count(*) from data.job where tenant_id = $1"
            " and created_at < (select j.finished_at from data.job j where j.job_id = $2)",
            *(company.tenant_id, job_id),
        )
        await admin.close()
    assert asked == [1, 2, 3, 3, 4, 5]
    assert (job["status"], job["counts"], jobs) == ("completed", {"pages": 5}, 1)
    assert (source["status"], source["reason"]) == ("active", "")
