import asyncio

import asyncpg
import pytest

from common.jobs.runner import HEARTBEAT_TIMEOUT
from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from tests.data_service.harness import Batches, Data, analytics_answers
from tests.data_service.meta_ads.connected import account_day, served
from tests.data_service.service_process import service_process
from tests.standins.meta_ads.made import made_account
from tests.standins.meta_ads.world import Fault

pytestmark = pytest.mark.asyncio(loop_scope="module")

REPORT = "6000000000"
# Where the service is killed: while a request is not answered. The report has two pages.
HELD = [Fault("time_out", REPORT), Fault("time_out", f"{REPORT}/insights", after=1), Fault("time_out", "/ads")]
SOURCE = {
    "kind": "meta_ads",
    "name": "Our ads",
    "config": {"account_id": "1001"},
    "secrets": {"access_token": "token-of-1001"},
}


@pytest.mark.parametrize("held", HELD, ids=["at a report", "between pages", "at the ads"])
async def test_a_service_killed_in_a_sync_of_an_account_goes_on_with_the_same_report(
    settings: Settings, database: MigratedDatabase, held: Fault
):
    account = made_account(campaigns=40, first=account_day(40), last=account_day())
    with served(account) as (world, url):
        world.polls = 0
        world.faults.append(held)
        async with (
            analytics_answers(settings, Batches()),
            service_process(settings, environment={"META_GRAPH_URL": url}) as process,
        ):
            admin = await asyncpg.connect(database.superuser_dsn)
            data = Data(process.api, admin, context=None)  # pyright: ignore[reportArgumentType] -- it is in the process
            company = await data.company(role="admin")
            made = await process.api.post("/data/sources", json=SOURCE, headers=company.headers)
            source_id = made.raise_for_status().json()["id"]
            async with asyncio.timeout(60):
                while held in world.faults:
                    await asyncio.sleep(0.02)
            process.kill()
            await admin.execute("update data.pgqueuer set heartbeat = heartbeat - $1::interval", HEARTBEAT_TIMEOUT)
            job_id = await admin.fetchval("select sync_job_id from data.source where source_id = $1", source_id)
            await process.start()
            job = await data.ended(company, {"job_id": job_id})
            stored = await admin.fetch(
                "select campaign_id, day, impressions from data.ad_performance where tenant_id = $1", company.tenant_id
            )
            history = await admin.fetchval("select count(*) from data.ad_performance_history")
            await admin.execute("delete from data.source")
            await admin.close()
    said = {key: int(row["impressions"]) for key, row in account.figures.items() if key[1] >= str(account_day(27))}
    assert {(row["campaign_id"], str(row["day"])): row["impressions"] for row in stored} == said
    assert (job["status"], job["counts"]["new"], job["counts"]["ads"], history) == ("completed", len(said), 80, 0)
    assert len(world.runs) == 1
