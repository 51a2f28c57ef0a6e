"""Files made to break the reader, and the reader broken in the middle: nothing may be lost, held or counted twice."""

import asyncio
import csv
import gzip
import io
import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from common.jobs.runner import HEARTBEAT_TIMEOUT
from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from tests.data_service.files.uploads import lines, rejects, stored
from tests.data_service.harness import Batches, Company, Data, analytics_answers
from tests.data_service.service_process import ServiceProcess, service_process

pytestmark = pytest.mark.asyncio(loop_scope="module")
MB = 1 << 20
GIGABYTES_OF_ZEROS = 4


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def process(settings: Settings) -> AsyncIterator[ServiceProcess]:
    async with analytics_answers(settings, Batches()), service_process(settings) as service:
        yield service


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def data(process: ServiceProcess, database: MigratedDatabase) -> AsyncIterator[Data]:
    """The service in a process of its own: its API and its database."""
    admin = await asyncpg.connect(database.superuser_dsn)
    yield Data(process.api, admin, context=None)  # pyright: ignore[reportArgumentType] -- it is in the other process
    await admin.close()


async def streamed(data: Data, company: Company, kind: str, blocks: Iterator[bytes]) -> Any:
    """Upload without holding the file here."""

    async def body() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="big.csv"\r\n\r\n'
        for block in blocks:
            yield block
        yield b"\r\n--b--\r\n"

    headers = {**company.headers, "Content-Type": "multipart/form-data; boundary=b"}
    return await data.api.post(f"/data/import/{kind}", content=body(), headers=headers, timeout=600)


async def imported_in_bounds(process: ServiceProcess, data: Data, company: Company, blocks: Iterator[bytes]) -> Any:
    """Import leads while the memory of the service and its readers is watched."""
    process.weigh()
    before = process.peak_bytes["service"]
    process.peak_bytes.pop("readers", None)
    upload = asyncio.create_task(streamed(data, company, "leads", blocks))
    while not upload.done():
        process.weigh()
        await asyncio.sleep(0.02)
    assert (await upload).status_code == 202, (await upload).text
    ended = asyncio.create_task(data.ended(company, (await upload).json(), within=300))
    while not ended.done():
        process.weigh()
        await asyncio.sleep(0.02)
    assert process.peak_bytes["service"] - before < 120 * MB
    assert process.peak_bytes.get("readers", 0) < 150 * MB
    return await ended


def long_cell(megabytes: int) -> Iterator[bytes]:
    yield b'lead_id,created_at,name\nL1,2026-03-01,Ann\nL2,2026-03-01,"'
    for _ in range(megabytes):
        yield b"x" * MB
    yield b'"\nL3,2026-03-01,Cy\n'


def zeros(gigabytes: int) -> Iterator[bytes]:
    """Gzip of a file with a good beginning and gigabytes of zeros behind it."""
    packer = zlib.compressobj(9, wbits=31)
    yield packer.compress(b"lead_id,created_at\nL1,2026-03-01\n")
    for _ in range(gigabytes * 64):
        yield packer.compress(bytes(16 * MB))
    yield packer.flush()


async def test_a_cell_of_200_mb_is_rejected_without_being_held(process: ServiceProcess, data: Data):
    company = await data.company()
    job = await imported_in_bounds(process, data, company, long_cell(200))
    assert job["counts"] == {"lead": 2, "duplicates": 0, "rejected": 1}


@pytest.mark.faults
@pytest.mark.timeout(600)
async def test_a_cell_of_1_gb_is_rejected_without_being_held(process: ServiceProcess, data: Data):
    company = await data.company()
    job = await imported_in_bounds(process, data, company, long_cell(1024))
    assert job["counts"] == {"lead": 2, "duplicates": 0, "rejected": 1}


@pytest.mark.faults
@pytest.mark.timeout(300)
async def test_gigabytes_of_zeros_in_a_small_gzip_are_not_read_to_their_end(process: ServiceProcess, data: Data):
    company = await data.company()
    job = await imported_in_bounds(process, data, company, zeros(GIGABYTES_OF_ZEROS))
    assert job["status"] == "failed"
    assert "expands to more than 250 times its size" in job["error"]
    assert [row["lead_id"] for row in await stored(data, company, "lead", "lead_id")] == ["L1"]


async def test_more_columns_than_anybody_has_are_refused_at_the_upload(data: Data):
    company = await data.company()
    for count, status in ((10_000, 422), (1_990, 202)):
        names = ["lead_id", "created_at", *(f"c{number}" for number in range(count - 2))]
        content = lines(",".join(names), ",".join(["L1", "2026-03-01", *("1" for _ in names[2:])]))
        answer = await streamed(data, company, "leads", iter([content]))
        assert answer.status_code == status, answer.text
        if status == 422:
            assert "10,000 columns" in answer.json()["detail"]
        else:
            assert (await data.ended(company, answer.json()))["counts"] == {"lead": 1, "duplicates": 0}


async def test_a_line_with_a_nul_is_rejected_alone(data: Data):
    company = await data.company()
    content = b"lead_id,created_at\nL1,2026-03-01\nL\0,2026-03-01\nL3,2026-03-01\n"
    job = await data.ended(company, (await streamed(data, company, "leads", iter([content]))).json())
    assert job["counts"] == {"lead": 2, "duplicates": 0, "rejected": 1}
    assert [row[:2] for row in await rejects(data, company, job)] == [["3", "the line contains a NUL byte"]]


async def test_a_file_cut_in_the_middle_goes_in_up_to_there_and_says_so(data: Data):
    company = await data.company()
    content = lines(
        "lead_id,created_at,name", *(f"L{hash(str(number))},13/03/2026,{number}" for number in range(9_000))
    )
    packed = gzip.compress(content)
    answer = await streamed(data, company, "leads", iter([packed[: len(packed) // 2]]))
    job = await data.ended(company, answer.json())
    assert job["status"] == "failed"
    assert "truncated" in job["error"]
    taken = len(await stored(data, company, "lead", "lead_id"))
    assert 0 < taken < 9_000
    whole = await data.ended(company, (await streamed(data, company, "leads", iter([packed]))).json())
    assert whole["status"] == "completed"
    assert len(await stored(data, company, "lead", "lead_id")) == 9_000


async def test_thousands_of_rejects_are_downloaded_with_their_reasons_and_original_columns(data: Data):
    company = await data.company()
    content = lines("lead_id,created_at,note", *(f"L{number},soon,=cmd|{number}" for number in range(12_000)))
    job = await data.ended(company, (await streamed(data, company, "leads", iter([content]))).json())
    assert job["counts"] == {"rejected": 12_000}
    answer = await data.api.get(f"/data/import/jobs/{job['job_id']}/rejects", headers=company.headers)
    header, *found = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert header == ["line", "reason", "lead_id", "created_at", "note"]
    assert len(found) == 12_000
    assert found[-1][2:] == ["L11999", "soon", "'=cmd|11999"]
    assert "created_at is not a date" in found[-1][1]


async def killed_between_chunks(
    process: ServiceProcess, data: Data, company: Company, kind: str, content: bytes, held: str
) -> tuple[Any, str]:
    """Import, kill the service while it waits for the row that `held` names, and start it; its job, and the plan."""
    state = "select lines_done, is_read, plan::text as plan from data.import_file where job_id = $1"
    blocking = (
        "select exists (select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid)))"
    )
    async with data.admin.transaction(), asyncio.timeout(60):
        rows = await data.admin.fetch(f"select from data.{held} for update", company.tenant_id)
        assert len(rows) == 1
        job = (await streamed(data, company, kind, iter([content]))).json()
        while not await data.admin.fetchval(blocking):
            await asyncio.sleep(0.01)
        process.kill()
    row = await data.admin.fetchrow(state, UUID(job["job_id"]))
    assert row is not None
    assert row["lines_done"] > 0
    assert not row["is_read"]
    # Until who is silent counts as dead, no time needs to pass here.
    await data.admin.execute("update data.pgqueuer set heartbeat = heartbeat - $1::interval", HEARTBEAT_TIMEOUT)
    await process.start()
    return job, str(row["plan"])


async def imported_by(data: Data, company: Company, kind: str, content: bytes) -> Any:
    return await data.ended(company, (await streamed(data, company, kind, iter([content]))).json())


@pytest.mark.timeout(240)
async def test_leads_killed_in_the_middle_go_on_there_by_the_same_plan(process: ServiceProcess, data: Data):
    # Only the last row settles the dates: who took up the rest alone would read them otherwise.
    rows = [f"L{number % 6_000},0{1 + number % 9}/02/2026,Name {number}" for number in range(6_300)]
    header = "lead_id,created_at,name"
    content = lines(header, *rows[:3_000], "bad", *rows[3_000:], "L-last,13/02/2026,Last")
    clean, killed = await data.company(), await data.company()
    for company in (clean, killed):
        await imported_by(data, company, "leads", lines(header, "L5500,2026-01-01,Held"))
    expected = await imported_by(data, clean, "leads", content)
    held = "lead where tenant_id = $1 and lead_id = 'L5500'"
    job, plan = await killed_between_chunks(process, data, killed, "leads", content, held)
    ended = await data.ended(killed, job, within=120)
    assert (ended["status"], ended["counts"]) == ("completed", expected["counts"])
    assert await stored(data, killed, "lead", "lead_id") == await stored(data, clean, "lead", "lead_id")
    kept = await data.admin.fetchval("select plan::text from data.import_file where job_id = $1", UUID(job["job_id"]))
    assert kept == plan


async def ad_days(data: Data, company: Company) -> list[dict[str, Any]]:
    """A tenant's days of ads, but for when they were first seen and restated."""
    rows = await stored(data, company, "ad_performance", "day, campaign_id")
    times = ("first_seen_at", "restated_at")
    return [{name: value for name, value in row.items() if name not in times} for row in rows]


@pytest.mark.faults
@pytest.mark.timeout(240)
async def test_ads_killed_between_two_chunks_are_summed_once(process: ServiceProcess, data: Data):
    header = "date,platform,campaign_id,campaign_name,impressions,clicks,spend,device"
    days = [
        f"2026-{1 + number % 9:02}-{1 + number % 28:02},google,C{number // 28},Name,7,1,0.10"
        for number in range(12_000)
    ]
    content = lines(header, *(f"{day},{device}" for device in ("phone", "desk") for day in days), "soon,,,,,,,")
    clean, killed = await data.company(), await data.company()
    for company in (clean, killed):
        await imported_by(data, company, "campaign-performance", lines(header, f"{days[251]},phone"))
    expected = await imported_by(data, clean, "campaign-performance", content)
    # Its day is the last: the sums of most others are in before it.
    held = "ad_performance where tenant_id = $1"
    job, _ = await killed_between_chunks(process, data, killed, "campaign-performance", content, held)
    ended = await data.ended(killed, job, within=120)
    assert (ended["status"], ended["counts"]) == ("completed", expected["counts"])
    assert expected["counts"]["rejected"] == 1
    one, other = [await ad_days(data, company) for company in (killed, clean)]
    assert one == other
    assert sum(row["impressions"] for row in one) == 7 * 2 * 12_000
