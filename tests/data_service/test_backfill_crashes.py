import asyncio
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from common.jobs.runner import HEARTBEAT_TIMEOUT
from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from tests.data_service.fake_vendor import connect, days_from, days_stored, order
from tests.data_service.harness import Company, Data
from tests.data_service.service_process import ServiceProcess, service_process

pytestmark = pytest.mark.asyncio(loop_scope="module")
FIRST, LAST = date(2026, 3, 1), date(2026, 3, 10)
PHASES = (
    "before the first piece",
    "before a page",
    "after a page",
    "before a piece is marked",
    "after a piece is marked",
    "before the end",
)
SPENT = "the quota is spent"


@pytest.fixture(scope="module")
def phases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("phases")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def process(settings: Settings, phases: Path) -> AsyncIterator[ServiceProcess]:
    app = "tests.data_service.mortal_backfills:app"
    async with service_process(settings, app, {"MORTAL_PHASES": str(phases)}) as service:
        yield service


@pytest_asyncio.fixture(loop_scope="module")
async def remote(process: ServiceProcess, database: MigratedDatabase) -> AsyncIterator[Data]:
    admin = await asyncpg.connect(database.superuser_dsn)
    yield Data(process.api, admin, context=None)  # pyright: ignore[reportArgumentType] -- it is in the other process
    await admin.close()


async def started(remote: Data, company: Company) -> dict[str, Any]:
    body = order(await connect(remote, company), FIRST, LAST)
    answer = await remote.api.post("/data/backfill", json=body, headers=company.headers)
    assert answer.status_code == 202, answer.text
    return answer.json()


async def risen(process: ServiceProcess, remote: Data) -> None:
    """Start it again; until who is silent counts as dead, no time needs to pass here."""
    await remote.admin.execute("update data.pgqueuer set heartbeat = heartbeat - $1::interval", HEARTBEAT_TIMEOUT)
    await process.start()


@pytest.mark.faults
@pytest.mark.timeout(240)
async def test_a_backfill_killed_in_every_phase_reads_every_day_once(
    process: ServiceProcess, remote: Data, phases: Path
):
    company = await remote.company()
    for phase in PHASES:
        (phases / phase).touch()
    job = await started(remote, company)
    for _ in PHASES:
        await process.died()
        await risen(process, remote)
    ended = await remote.ended(company, job)

    assert not any((phases / phase).exists() for phase in PHASES)
    assert (ended["status"], ended["progress"]["done"]) == ("completed", 10)
    # What was counted with a page that a killed piece had committed is counted once.
    assert ended["counts"]["ad_performance"] == 10
    assert await days_stored(remote, company) == days_from(FIRST, LAST)


async def test_a_backfill_whose_service_is_killed_while_it_waits_for_quota_goes_on_after_it(
    process: ServiceProcess, remote: Data, phases: Path
):
    company = await remote.company()
    (phases / SPENT).touch()
    job = await started(remote, company)
    while not await remote.admin.fetchval("select note = $2 from data.job where job_id = $1", job["job_id"], SPENT):
        await asyncio.sleep(0.02)
    process.kill()
    await risen(process, remote)
    ended = await remote.ended(company, job)

    assert (ended["status"], ended["counts"]) == ("completed", {"ad_performance": 10})
    assert await days_stored(remote, company) == days_from(FIRST, LAST)
