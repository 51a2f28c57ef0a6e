import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from common import jobs
from common.clock import now
from common.http.context import ServiceContext
from common.jobs import JobContext, Resume
from common.jobs.lanes import WORK
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


async def start(context: ServiceContext, tenant_id: UUID, kind: str, count: int = 1) -> list[UUID]:
    async with context.db.tenant(tenant_id) as connection:
        made = [await jobs.enqueue(connection, "insights", tenant_id, kind, {}, None) for _ in range(count)]
    return [job["job_id"] for job in made]


async def until(
    context: ServiceContext, tenant_id: UUID, job_id: UUID, wanted: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    async with asyncio.timeout(12):
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
        began = asyncio.get_running_loop().time()
        (sync,) = await start(context, OTHER, "sync.ga4")
        job = await until(context, OTHER, sync, is_over)
        took = asyncio.get_running_loop().time() - began
        still_held = len(held.at_work)
        held.let_go.set()

    assert job["status"] == "completed"
    assert still_held == 3
    assert took < 2


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
        held.let_go.set()
        # Less than the time after which they would look by themselves.
        ended = await asyncio.gather(*(until(context, BUSY, job_id, is_over) for job_id in ids))

    assert {job["status"] for job in ended} == {"completed"}
    assert held.most == WORK.per_tenant


async def test_two_backfills_of_a_tenant_take_turns(run: Run) -> None:
    steps: list[UUID] = []

    async def step(job: JobContext) -> object:
        steps.append(job.job_id)
        return Resume() if steps.count(job.job_id) < 4 else None

    async with run(probe_spec(jobs={"backfill.ga4": step})) as (context, _):
        ids = await start(context, BUSY, "backfill.ga4", 2)
        for job_id in ids:
            await until(context, BUSY, job_id, is_over)

    first, second = ids
    assert steps.count(first) == steps.count(second) == 4
    assert steps.index(second) < 7 - steps[::-1].index(first)


async def test_a_job_that_waits_holds_no_slot_and_says_until_when(run: Run) -> None:
    later = now() + timedelta(hours=1)

    async def wait(job: JobContext) -> object:
        job.eta = later + timedelta(minutes=5)
        await job.progress(4, 10)
        return Resume(later, "the quota of this hour is spent")

    async with run(probe_spec(jobs={"backfill.ga4": wait, "backfill.woocommerce": run_nothing})) as (context, _):
        (waiting,) = await start(context, BUSY, "backfill.ga4")
        job = await until(context, BUSY, waiting, lambda job: job["note"] != "")
        (next_one,) = await start(context, BUSY, "backfill.woocommerce")
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
