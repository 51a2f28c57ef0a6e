import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from loguru import logger

from common.jobs.runner import HEARTBEAT_TIMEOUT
from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from tests.data_service.export_rows import ndjson, row
from tests.data_service.harness import Batches, Company, Data, analytics_answers
from tests.data_service.service_process import ServiceProcess, service_process

pytestmark = pytest.mark.asyncio(loop_scope="module")
# Rows of the import that is killed, its broken last line among them.
_LINES = 100_001
# How many seconds after a commit the kill comes at most. Where the import was over by then, it comes sooner next time.
_LONGEST_PAUSES = (0.3, 0.1, 0.0)


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


async def lines_done(remote: Data, company: Company) -> int:
    found = await remote.admin.fetchval(
        "select max(lines_done) from data.import_file where tenant_id = $1", company.tenant_id
    )
    return int(found or 0)


async def killed_in_the_middle(
    process: ServiceProcess, remote: Data, company: Company, kills: int, longest_pause: float, chance: Random
) -> bool:
    """Kill the service and start it again, each time after it has committed more lines; False where it had them all."""
    reached = 0
    for _ in range(kills):
        async with asyncio.timeout(60):
            while await lines_done(remote, company) <= reached:
                await asyncio.sleep(0.005)
        await asyncio.sleep(chance.uniform(0, longest_pause))
        process.kill()
        reached = await lines_done(remote, company)
        # Until who is silent counts as dead, no time needs to pass here: the kills of tests/faults sit it out.
        await remote.admin.execute("update data.pgqueuer set heartbeat = heartbeat - $1::interval", HEARTBEAT_TIMEOUT)
        await process.start()
        if reached == _LINES:
            return False
    return True


async def import_killed(process: ServiceProcess, remote: Data, content: bytes, kills: int) -> tuple[Company, Any]:
    """A company whose import was killed so many times, and its job."""
    seed = int(os.environ.get("FAULT_SEED") or secrets.randbelow(10**6))
    logger.info("FAULT_SEED={} makes the same pauses again", seed)
    chance = Random(seed)
    for longest_pause in _LONGEST_PAUSES:
        company = await remote.company("geo.country")
        job = await remote.upload(company, "ga4-export", content)
        if await killed_in_the_middle(process, remote, company, kills, longest_pause, chance):
            return company, job
        logger.info("the import was over before the kill")
    pytest.fail(f"no import was killed before its end, {len(_LONGEST_PAUSES)} times")


async def check_a_killed_import(process: ServiceProcess, remote: Data, kills: int) -> None:
    clean = await remote.company("geo.country")
    content = ndjson(
        [
            row("purchase" if number % 9 else "login", number % 90_000, geo={"country": "FI"})
            for number in range(_LINES - 1)
        ]
        + [{"event_name": "broken"}]
    )
    expected = await remote.imported(clean, "ga4-export", content)
    assert expected["counts"] == {"purchase": 80_000, "other_event": 10_000, "duplicates": 10_000, "rejected": 1}
    company, job = await import_killed(process, remote, content, kills)
    ended = await remote.ended(company, job, within=120)
    assert (ended["status"], ended["counts"]) == ("completed", expected["counts"])
    same = await remote.admin.fetchval(
        "select count(*) from data.purchase a full join data.purchase b"
        " on b.tenant_id = $2 and (a.event_ts, a.event_id, a.location_id) = (b.event_ts, b.event_id, b.location_id)"
        " where a.tenant_id = $1",
        clean.tenant_id,
        company.tenant_id,
    )
    assert same == 80_000
    stored = await remote.admin.fetchval("select count(*) from data.purchase where tenant_id = $1", company.tenant_id)
    assert stored == 80_000
    told = await remote.admin.fetchval(
        "select sum((payload->'counts'->>'purchase')::int) from data.outbox where tenant_id = $1", company.tenant_id
    )
    assert told == 80_000


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
