import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from common import jobs
from common.clock import now
from common.http.context import ServiceContext
from common.jobs import JobContext, Resume
from common.jobs import worker as working
from common.jobs.lanes import WORK, entrypoint_of, lane_of, share_of
from common.testing.probe import Run, probe_spec, run_nothing, some_tenant

BUSY, OTHER = some_tenant(1), some_tenant(2)


class Held:
    """Jobs that hold their slot until they are let go."""

    def __init__(self) -> None:
        self.at_work: list[UUID] = []
        self.most = 0
        self.changed = asyncio.Event()
        self.let_go = asyncio.Event()

    async def work(self, job: JobContext) -> None:
        self.at_work.append(job.tenant_id)
        self.most = max(self.most, self.at_work.count(BUSY))
        self.changed.set()
        await self.let_go.wait()
        self.at_work.remove(job.tenant_id)

    async def until(self, count: int) -> None:
        async with asyncio.timeout(20):
            while len(self.at_work) < count:
                self.changed.clear()
                await self.changed.wait()


_PUT_OFF = """
select from insights.pgqueuer where status = 'queued' and execute_after > now() + interval '5 minutes'
"""


async def start(
    context: ServiceContext, tenant_id: UUID, kind: str, count: int = 1, params: dict[str, Any] | None = None
) -> list[UUID]:
    async with context.db.tenant(tenant_id) as connection:
        made = [await jobs.enqueue(connection, "insights", tenant_id, kind, params or {}, None) for _ in range(count)]
    return [job["job_id"] for job in made]


async def until(
    context: ServiceContext, tenant_id: UUID, job_id: UUID, wanted: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while True:
            async with context.db.tenant(tenant_id) as connection:
                job = await jobs.get_job(connection, "insights", tenant_id, job_id)
            if wanted(job):
                return job
            await asyncio.sleep(0.02)


def is_over(job: dict[str, Any]) -> bool:
    return job["status"] in ("completed", "failed", "cancelled")


async def test_a_sync_begins_at_once_beside_anothers_backfill_and_twenty_imports(run: Run) -> None:
    held = Held()
    kinds: dict[str, Callable[[JobContext], Awaitable[Any]]] = {
        "backfill.ga4": held.work,
        "import.users": held.work,
        "sync.ga4": run_nothing,
    }
    async with run(probe_spec(jobs=kinds)) as (context, _):
        await start(context, BUSY, "backfill.ga4")
        await start(context, BUSY, "import.users", 20)
        await held.until(3)
        (sync,) = await start(context, OTHER, "sync.ga4")
        job = await until(context, OTHER, sync, is_over)
        still_held = len(held.at_work)
        held.let_go.set()

    assert job["status"] == "completed"
    # (nobody had to leave for it)
    assert still_held == 3


def test_kinds_that_wait_for_a_vendor_have_a_lane_each() -> None:
    kinds = ("sync.ga4", "sync.meta_ads", "backfill.ga4", "import.users", "send-reports", "sync.ga4")
    lanes = [lane_of(entrypoint_of(kind), sync_slots=10) for kind in kinds]

    assert [(lane.entrypoint, lane.slots, lane.per_tenant) for lane in lanes] == [
        ("sync.ga4", 10, 2),
        ("sync.meta_ads", 10, 2),
        ("backfill.ga4", 4, 1),
        ("run_job", 4, 2),
        ("run_job", 4, 2),
        ("sync.ga4", 10, 2),
    ]
    assert lane_of("sync.ga4", sync_slots=1).per_tenant == 1
    # What nobody in particular asked for is held to no share.
    assert [share_of(tenant, WORK) for tenant in (BUSY, UUID(int=0))] == [2, 4]


async def test_a_vendor_that_hangs_holds_no_slot_of_anothers(run: Run) -> None:
    held = Held()
    async with run(probe_spec(jobs={"sync.meta_ads": held.work, "sync.ga4": run_nothing})) as (context, _):
        slots = context.settings.sync_slots
        for number in range(5):
            await start(context, some_tenant(10 + number), "sync.meta_ads", slots // 4)
        await held.until(slots)
        (sync,) = await start(context, OTHER, "sync.ga4")
        job = await until(context, OTHER, sync, is_over)
        still_held = len(held.at_work)
        held.let_go.set()

    assert job["status"] == "completed"
    assert still_held == slots


async def test_a_tenant_with_many_imports_leaves_slots_to_others(run: Run) -> None:
    held = Held()
    async with run(probe_spec(jobs={"import.users": held.work})) as (context, _):
        await start(context, BUSY, "import.users", 20)
        await held.until(WORK.per_tenant)
        await start(context, OTHER, "import.users")
        await held.until(WORK.per_tenant + 1)
        at_work = list(held.at_work)
        held.let_go.set()

    assert at_work == [BUSY] * WORK.per_tenant + [OTHER]


async def test_jobs_that_stepped_aside_follow_as_soon_as_one_ends(run: Run) -> None:
    held = Held()
    async with run(probe_spec(jobs={"import.users": held.work})) as (context, _):
        ids = await start(context, BUSY, "import.users", 12)
        await held.until(WORK.per_tenant)
        async with asyncio.timeout(30), context.db.tenant(BUSY) as connection:
            while len(await connection.fetch(_PUT_OFF)) < len(ids) - WORK.per_tenant:
                await asyncio.sleep(0.02)
        held.let_go.set()
        # Less than the time after which they would look by themselves.
        ended = await asyncio.gather(*(until(context, BUSY, job_id, is_over) for job_id in ids))
        async with context.db.tenant(BUSY) as connection:
            tracebacks = await connection.fetchval("select count(traceback) from insights.pgqueuer_log")

    assert {job["status"] for job in ended} == {"completed"}
    assert held.most == WORK.per_tenant
    assert tracebacks == 0


async def test_two_backfills_of_a_tenant_take_turns(run: Run) -> None:
    steps: list[UUID] = []
    both_wait = asyncio.Event()

    async def step(job: JobContext) -> object:
        await both_wait.wait()
        steps.append(job.job_id)
        return Resume() if steps.count(job.job_id) < 4 else None

    async with run(probe_spec(jobs={"backfill.ga4": step})) as (context, _):
        first, second = await start(context, BUSY, "backfill.ga4", 2)
        async with asyncio.timeout(30), context.db.tenant(BUSY) as connection:
            while not await connection.fetch(_PUT_OFF):
                await asyncio.sleep(0.02)
        both_wait.set()
        for job_id in (first, second):
            await until(context, BUSY, job_id, is_over)

    assert steps in ([first, second] * 4, [second, first] * 4)


async def test_a_job_that_waits_holds_no_slot_and_says_until_when(run: Run) -> None:
    later = now() + timedelta(hours=1)

    async def wait(job: JobContext) -> object:
        job.eta = later + timedelta(minutes=5)
        await job.progress(4, 10)
        return Resume(later, "the quota of this hour is spent")

    async def work(job: JobContext) -> object:
        return None if job.params.get("at once") else await wait(job)

    async with run(probe_spec(jobs={"backfill.ga4": work})) as (context, _):
        (waiting,) = await start(context, BUSY, "backfill.ga4")
        job = await until(context, BUSY, waiting, lambda job: job["note"] != "")
        (next_one,) = await start(context, BUSY, "backfill.ga4", params={"at once": True})
        after_it = await until(context, BUSY, next_one, is_over)
        async with context.db.tenant(BUSY) as connection:
            cancelled = await jobs.cancel(connection, "insights", BUSY, waiting)

    assert (job["status"], job["note"]) == ("queued", "the quota of this hour is spent")
    assert (job["resumes_at"], job["eta"]) == (later, later + timedelta(minutes=5))
    assert job["progress"]["percent"] == 40.0
    assert after_it["status"] == "completed"
    assert (cancelled["status"], cancelled["note"], cancelled["resumes_at"]) == ("cancelled", "", None)


async def test_a_job_that_waited_goes_on_when_it_said(run: Run) -> None:
    calls: list[int] = []

    async def work(job: JobContext) -> object:
        calls.append(job.attempt)
        return Resume(now() + timedelta(milliseconds=300), "a moment") if len(calls) == 1 else None

    async with run(probe_spec(jobs={"backfill.ga4": work})) as (context, _):
        (job_id,) = await start(context, BUSY, "backfill.ga4")
        job = await until(context, BUSY, job_id, is_over)

    assert job["status"] == "completed"
    # A step is no failed attempt.
    assert calls == [1, 1]


async def test_a_job_that_waited_or_failed_is_let_in_though_another_one_never_ends(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One place, and its holder queues again after each step: who comes late finds it taken, and steps aside."""
    monkeypatch.setattr(working, "_BACKOFF_SECONDS", (0.05,))
    calls: list[int] = []
    enough = asyncio.Event()

    async def work(job: JobContext) -> object:
        if job.params.get("endless"):
            return None if enough.is_set() else Resume()
        calls.append(job.attempt)
        if len(calls) == 1:
            return Resume(now() + timedelta(milliseconds=50), "a moment")
        if len(calls) == 2:
            raise ValueError
        return None

    async with run(probe_spec(jobs={"backfill.ga4": work})) as (context, _):
        (endless,) = await start(context, BUSY, "backfill.ga4", params={"endless": True})
        (other,) = await start(context, BUSY, "backfill.ga4")
        job = await until(context, BUSY, other, is_over)
        enough.set()
        await until(context, BUSY, endless, is_over)

    assert (job["status"], calls) == ("completed", [1, 1, 2])


async def test_a_job_that_is_cancelled_in_its_step_does_not_wait_first(run: Run) -> None:
    at_work, asked = asyncio.Event(), asyncio.Event()

    async def work(job: JobContext) -> object:
        del job
        at_work.set()
        await asked.wait()
        return Resume(now() + timedelta(hours=1), "a long time")

    async with run(probe_spec(jobs={"backfill.ga4": work})) as (context, _):
        (job_id,) = await start(context, BUSY, "backfill.ga4")
        await at_work.wait()
        async with context.db.tenant(BUSY) as connection:
            await jobs.cancel(connection, "insights", BUSY, job_id)
        asked.set()
        job = await until(context, BUSY, job_id, is_over)

    assert job["status"] == "cancelled"
