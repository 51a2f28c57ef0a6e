import asyncio
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from common import jobs
from common.clock import now
from common.http.context import ServiceContext
from common.jobs import AWAITING, JobContext, JobFailed, Resume, store
from common.jobs import runner as running
from common.jobs import worker as working
from common.jobs.lives import MOST_DEATHS
from common.pagination import PageParams
from common.testing.probe import Run, probe_spec, run_nothing, some_tenant

TENANT = some_tenant()


async def start(context: ServiceContext, kind: str = "probe", params: dict[str, Any] | None = None) -> Any:
    async with context.db.tenant(TENANT) as connection:
        job = await jobs.enqueue(connection, "insights", TENANT, kind, params or {}, None)
    return job["job_id"]


async def ended(context: ServiceContext, job_id: Any, *, statuses: tuple[str, ...] = ()) -> dict[str, Any]:
    wanted = statuses or ("completed", "failed", "cancelled")
    async with asyncio.timeout(30):
        while True:
            async with context.db.tenant(TENANT) as connection:
                job = await jobs.get_job(connection, "insights", TENANT, job_id)
            if job["status"] in wanted:
                return job
            await asyncio.sleep(0.02)


def _failed() -> float:
    counted = REGISTRY.get_sample_value("jobs_failed_total", {"service": "insights", "kind": "probe"})
    assert counted is not None  # it is told from the start
    return counted


async def test_a_job_runs_with_its_parameters_and_shows_its_progress(run: Run) -> None:
    async def work(job: JobContext) -> None:
        job.count({"rows": job.params["n"]})
        await job.progress(3, 4)

    async with run(probe_spec(jobs={"probe": work})) as (context, _):
        job = await ended(context, await start(context, params={"n": 5}))

    assert job["status"] == "completed"
    assert job["counts"] == {"rows": 5}
    assert job["progress"] == {"done": 3, "total": 4, "percent": 100.0}


async def test_a_job_that_rolls_back_is_never_queued(run: Run) -> None:
    async with run(probe_spec(jobs={"probe": run_nothing})) as (context, _):
        with pytest.raises(ZeroDivisionError):
            async with context.db.tenant(TENANT) as connection:
                await jobs.enqueue(connection, "insights", TENANT, "probe", {}, None)
                raise ZeroDivisionError
        async with context.db.tenant(TENANT) as connection:
            listed = await jobs.list_jobs(connection, "insights", TENANT, PageParams())
            tickets = await connection.fetchval("select count(*) from insights.pgqueuer")

    assert listed == ([], 0)
    assert tickets == 0


async def test_a_job_that_cannot_succeed_fails_with_its_reason(run: Run) -> None:
    async def work(job: JobContext) -> None:
        del job
        raise JobFailed("the file is empty")

    async with run(probe_spec(jobs={"probe": work})) as (context, _):
        counted = _failed()
        job = await ended(context, await start(context))

    assert (job["status"], job["error"]) == ("failed", "the file is empty")
    assert _failed() == counted + 1


async def test_what_no_database_takes_is_left_out_of_a_jobs_texts(run: Run) -> None:
    async def fail(job: JobContext) -> None:
        del job
        raise JobFailed("line\0 7: \ud83d is no letter" + "." * 20_000)

    async def wait(job: JobContext) -> object:
        del job
        return Resume(now() + timedelta(hours=1), "a\0b")

    async with run(probe_spec(jobs={"probe": fail, "waits": wait})) as (context, _):
        waits = await start(context, "waits")
        job = await ended(context, await start(context))
        async with asyncio.timeout(30):
            while not (put_off := await ended(context, waits, statuses=("queued", "running")))["note"]:
                await asyncio.sleep(0.02)

    assert job["error"].startswith("line 7: is no letter...")
    assert len(job["error"]) == 10_000
    assert put_off["note"] == "a b"


async def test_a_job_whose_end_cannot_be_written_is_tried_ever_later_and_ends(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "_BACKOFF_SECONDS", (0,))
    monkeypatch.setattr(running, "_LOOK_SECONDS", 0.02)
    runs: list[int] = []

    async def work(job: JobContext) -> None:
        runs.append(job.deaths)

    async def refused(*_: object) -> str:
        raise ValueError("not to be stored")

    monkeypatch.setattr(working.lives, "leave", refused)
    async with run(probe_spec(jobs={"probe": work})) as (context, _):
        job = await ended(context, await start(context))

    assert runs == list(range(MOST_DEATHS))
    assert job["status"] == "failed"


def test_a_job_whose_state_was_not_saved_is_left_alone_for_longer_each_time() -> None:
    pauses = [working.unsaved_retry_delay(deaths).total_seconds() for deaths in (0, 1, 2, 9)]
    assert pauses == [1, 5, 20, 180]


async def test_an_unforeseen_error_is_tried_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "_BACKOFF_SECONDS", (0,))
    attempts: list[int] = []

    async def work(job: JobContext) -> None:
        attempts.append(job.attempt)
        if job.attempt < 3:
            raise ValueError

    async with run(probe_spec(jobs={"probe": work})) as (context, _):
        job = await ended(context, await start(context))

    assert job["status"] == "completed"
    assert attempts == [1, 2, 3]


async def test_a_job_whose_attempt_failed_waits_holding_no_slot_and_can_be_cancelled_at_once(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "_BACKOFF_SECONDS", (60,))

    async def work(job: JobContext) -> None:
        del job
        raise ValueError

    async with run(probe_spec(jobs={"probe": work})) as (context, _):
        job_id = await start(context)
        async with asyncio.timeout(30):
            while not (job := await ended(context, job_id, statuses=("queued",)))["note"]:
                await asyncio.sleep(0.02)
        async with context.db.tenant(TENANT) as connection:
            cancelled = await jobs.cancel(connection, "insights", TENANT, job_id)

    assert job["note"] == "an attempt failed, another one follows"
    assert job["resumes_at"] > job["started_at"]
    assert cancelled["status"] == "cancelled"


async def test_a_running_job_stops_when_it_is_cancelled(run: Run) -> None:
    at_work = asyncio.Event()

    async def work(job: JobContext) -> None:
        at_work.set()
        for done in range(10_000):
            await job.progress(done, None)

    async with run(probe_spec(jobs={"probe": work})) as (context, _):
        job_id = await start(context)
        await at_work.wait()
        async with context.db.tenant(TENANT) as connection:
            await jobs.cancel(connection, "insights", TENANT, job_id)
        job = await ended(context, job_id)

    assert job["status"] == "cancelled"


async def test_a_cancelled_job_can_be_retried(run: Run) -> None:
    async with run(probe_spec()) as (context, _):
        job_id = await start(context)
        async with context.db.tenant(TENANT) as connection:
            cancelled = await jobs.cancel(connection, "insights", TENANT, job_id)
            await jobs.retry(connection, "insights", TENANT, job_id)
    async with run(probe_spec(jobs={"probe": run_nothing})) as (context, _):
        job = await ended(context, job_id)

    assert cancelled["status"] == "cancelled"
    assert job["status"] == "completed"


async def test_an_ended_job_cannot_be_cancelled(run: Run) -> None:
    async with run(probe_spec(jobs={"probe": run_nothing})) as (context, _):
        job_id = await start(context)
        await ended(context, job_id)
        async with context.db.tenant(TENANT) as connection:
            with pytest.raises(store.JobAlreadyEnded):
                await jobs.cancel(connection, "insights", TENANT, job_id)


async def test_a_stopping_service_hands_its_job_back(run: Run) -> None:
    at_work = asyncio.Event()
    attempts: list[int] = []

    async def long_work(job: JobContext) -> None:
        at_work.set()
        while True:
            await job.progress(1, None)

    async def note(job: JobContext) -> None:
        attempts.append(job.attempt)

    async with run(probe_spec(jobs={"probe": long_work})) as (context, _):
        job_id = await start(context)
        await at_work.wait()
    async with run(probe_spec(jobs={"probe": note})) as (context, _):
        job = await ended(context, job_id)

    assert job["status"] == "completed"
    # Being interrupted is no failed attempt.
    assert attempts == [1]


async def test_a_job_whose_ticket_was_lost_runs_all_the_same(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_FIND_LOST_SECONDS", 0.1)
    async with run(probe_spec()) as (context, _):
        job_id = await start(context)
        async with context.db.tenant(TENANT) as connection:
            await connection.execute("delete from insights.pgqueuer")
    async with run(probe_spec(jobs={"probe": run_nothing})) as (context, _):
        job = await ended(context, job_id)

    assert job["status"] == "completed"


async def test_a_job_that_awaits_is_completed_by_somebody_else(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_FIND_LOST_SECONDS", 0.1)
    runs: list[int] = []

    async def work(job: JobContext) -> object:
        runs.append(job.attempt)
        return AWAITING

    async with run(probe_spec(jobs={"probe": work})) as (context, _):
        job_id = await start(context)
        async with asyncio.timeout(20):
            while not await _awaits(context):
                await asyncio.sleep(0.02)
        async with context.db.tenant(TENANT) as connection:
            running_still = await jobs.get_job(connection, "insights", TENANT, job_id)
            await jobs.complete(connection, "insights", TENANT, job_id)
        job = await ended(context, job_id)

    assert running_still["status"] == "running"
    assert job["status"] == "completed"
    assert runs == [1]


async def test_another_tenant_does_not_find_the_job(run: Run) -> None:
    async with run(probe_spec()) as (context, _):
        job_id = await start(context)
        other = some_tenant(2)
        async with context.db.tenant(other) as connection:
            with pytest.raises(store.JobNotFound):
                await jobs.get_job(connection, "insights", other, job_id)
            # Even asked for by the right tenant's id: the fence is the transaction's.
            with pytest.raises(store.JobNotFound):
                await jobs.get_job(connection, "insights", TENANT, job_id)


async def _awaits(context: ServiceContext) -> bool:
    async with context.db.tenant(TENANT) as connection:
        return bool(await connection.fetchval("select bool_or(awaiting) from insights.job"))
