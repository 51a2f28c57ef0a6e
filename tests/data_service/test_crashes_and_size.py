import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from common.jobs.runner import HEARTBEAT_TIMEOUT
from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from tests.data_service.export_rows import ndjson, row
from tests.data_service.harness import Batches, Company, Data, analytics_answers
from tests.data_service.service_process import ServiceProcess, service_process

pytestmark = pytest.mark.asyncio(loop_scope="module")
# Rows of the import that is killed, its broken last line among them: seven chunks.
_LINES = 30_001


@pytest_asyncio.fixture(loop_scope="module")
async def process(settings: Settings) -> AsyncIterator[ServiceProcess]:
    async with analytics_answers(settings, Batches()), service_process(settings) as service:
        yield service


@pytest_asyncio.fixture(loop_scope="module")
async def remote(process: ServiceProcess, database: MigratedDatabase) -> AsyncIterator[Data]:
    """What tests need of a service in another process: its API and its database."""
    admin = await asyncpg.connect(database.superuser_dsn)
    yield Data(process.api, admin, context=None)  # pyright: ignore[reportArgumentType] -- it is in the other process
    await admin.close()


async def killed_in_a_chunk(process: ServiceProcess, remote: Data, job_id: UUID, behind: int) -> int:
    """Kill the service within a chunk, all of it written and nothing committed, and start it; gives the lines before.

    `behind` so many lines. The chunk's last statement notes the job's progress: it waits, since the row is held here.
    """
    blocks_it = (
        "select exists (select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid)))"
    )
    async with asyncio.timeout(60):
        while True:
            async with remote.admin.transaction():
                await remote.admin.execute("select from data.job where job_id = $1 for update", job_id)
                file = await remote.admin.fetchrow(
                    "select lines_done, is_read from data.import_file where job_id = $1", job_id
                )
                assert file is not None
                if file["lines_done"] > behind:
                    assert not file["is_read"]
                    while not await remote.admin.fetchval(blocks_it):
                        await asyncio.sleep(0.005)
                    process.kill()
                    break
            await asyncio.sleep(0.005)
    # Until who is silent counts as dead, no time needs to pass here: the kills of tests/faults sit it out.
    await remote.admin.execute("update data.pgqueuer set heartbeat = heartbeat - $1::interval", HEARTBEAT_TIMEOUT)
    await process.start()
    return int(file["lines_done"])


async def check_a_killed_import(process: ServiceProcess, remote: Data, kills: int) -> None:
    clean = await remote.company("geo.country")
    content = ndjson(
        [
            row("purchase" if number % 9 else "login", number % 27_000, geo={"country": "FI"})
            for number in range(_LINES - 1)
        ]
        + [{"event_name": "broken"}]
    )
    expected = await remote.imported(clean, "ga4-export", content)
    assert expected["counts"] == {"purchase": 24_000, "other_event": 3_000, "duplicates": 3_000, "rejected": 1}
    company = await remote.company("geo.country")
    job = await remote.upload(company, "ga4-export", content)
    reached = 0
    for _ in range(kills):
        reached = await killed_in_a_chunk(process, remote, UUID(job["job_id"]), reached)
    ended = await remote.ended(company, job, within=120)
    assert (ended["status"], ended["counts"]) == ("completed", expected["counts"])
    same = await remote.admin.fetchval(
        "select count(*) from data.purchase a full join data.purchase b"
        " on b.tenant_id = $2 and (a.event_ts, a.event_id, a.location_id) = (b.event_ts, b.event_id, b.location_id)"
        " where a.tenant_id = $1",
        clean.tenant_id,
        company.tenant_id,
    )
    assert same == 24_000
    stored = await remote.admin.fetchval("select count(*) from data.purchase where tenant_id = $1", company.tenant_id)
    assert stored == 24_000
    told = await remote.admin.fetchval(
        "select sum((payload->'counts'->>'purchase')::int) from data.outbox where tenant_id = $1", company.tenant_id
    )
    assert told == 24_000


@pytest.mark.timeout(240)
async def test_an_import_killed_in_the_middle_leaves_the_rows_of_a_clean_one(process: ServiceProcess, remote: Data):
    await check_a_killed_import(process, remote, kills=1)


@pytest.mark.faults
@pytest.mark.timeout(1200)
async def test_an_import_killed_again_and_again_leaves_the_rows_of_a_clean_one(process: ServiceProcess, remote: Data):
    await check_a_killed_import(process, remote, kills=4)


async def upload_streamed(remote: Data, company: Company, blocks: AsyncIterator[bytes]) -> dict[str, Any]:
    """Upload without holding the file here either."""

    async def body() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="big.ndjson"\r\n\r\n'
        async for block in blocks:
            yield block
        yield b"\r\n--b--\r\n"

    headers = {**company.headers, "Content-Type": "multipart/form-data; boundary=b"}
    answer = await remote.api.post("/data/import/ga4-export", content=body(), headers=headers, timeout=600)
    assert answer.status_code == 202, answer.text
    return answer.json()


async def check_one_long_line(process: ServiceProcess, remote: Data, megabytes: int) -> None:
    company = await remote.company()

    async def blocks() -> AsyncIterator[bytes]:
        yield ndjson([row(number=1)]) + b'{"event_name":"'
        for _ in range(megabytes):
            yield b"x" * (1 << 20)
        yield b'"}\n' + ndjson([row(number=2)])

    process.weigh()
    before = dict(process.peak_bytes)
    upload = asyncio.create_task(upload_streamed(remote, company, blocks()))
    while not upload.done():
        process.weigh()
        await asyncio.sleep(0.02)
    ended = asyncio.create_task(remote.ended(company, await upload, within=300))
    while not ended.done():
        process.weigh()
        await asyncio.sleep(0.02)
    assert (await ended)["counts"] == {"page_view": 2, "rejected": 1}
    assert process.peak_bytes["service"] - before["service"] < 120 << 20
    assert process.peak_bytes["readers"] < 150 << 20


async def test_a_line_of_200_mb_is_rejected_without_being_held(process: ServiceProcess, remote: Data):
    await check_one_long_line(process, remote, 200)


@pytest.mark.faults
@pytest.mark.timeout(600)
async def test_a_line_of_1_gb_is_rejected_without_being_held(process: ServiceProcess, remote: Data):
    await check_one_long_line(process, remote, 1024)


@pytest.mark.faults
@pytest.mark.timeout(1800)
async def test_a_file_of_2_gb_needs_no_2_gb_of_memory(process: ServiceProcess, remote: Data):
    company = await remote.company()
    filler = "x" * 20_000

    async def blocks() -> AsyncIterator[bytes]:
        for start in range(0, 100_000, 50):
            yield ndjson([row(number=number, filler=filler) for number in range(start, start + 50)])

    job = await upload_streamed(remote, company, blocks())
    process.weigh()
    ended = asyncio.create_task(remote.ended(company, job, within=1500))
    while not ended.done():
        process.weigh()
        await asyncio.sleep(0.05)
    assert (await ended)["counts"] == {"page_view": 100_000}
    assert sum(process.peak_bytes.values()) < 600 << 20
