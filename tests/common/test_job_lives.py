"""Jobs that change hands: a worker that was only slow, and a replica that hears nothing any more."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

import asyncpg
import pytest
from loguru import logger
from prometheus_client import REGISTRY

from common import jobs
from common.http.context import ServiceContext
from common.jobs import JobContext, JobHandedBack, lives
from common.jobs import runner as running
from common.jobs.lanes import WORK
from common.jobs.lives import MOST_DEATHS, Awaits, Ended, GoesOn
from common.jobs.tickets import QueueTicket
from common.testing.probe import Run, probe_spec, some_tenant

TENANT = some_tenant()


async def enqueued(context: ServiceContext) -> UUID:
    async with context.db.tenant(TENANT) as connection:
        job = await jobs.enqueue(connection, "insights", TENANT, "probe", {}, None)
    return job["job_id"]


async def row_of(context: ServiceContext, job_id: UUID) -> Any:
    async with context.db.tenant(TENANT) as connection:
        return await connection.fetchrow("select * from insights.job where job_id = $1", job_id)


async def picked(context: ServiceContext, job_id: UUID) -> int:
    """The ticket of a job, as PgQueuer hands it out."""
    async with context.db.tenant(TENANT) as connection:
        queue_id = await connection.fetchval(
            "update insights.pgqueuer q set status = 'picked' from insights.job j"
            " where j.job_id = $1 and q.id = j.queue_id returning q.id",
            job_id,
        )
    return int(queue_id or 0)


async def begun(context: ServiceContext, job_id: UUID, queue_id: int) -> JobContext | None:
    async with context.db.tenant(TENANT) as connection:
        row = await lives.begin(connection, "insights", QueueTicket(TENANT, job_id), queue_id, WORK)
    return row and JobContext(context, TENANT, job_id, "probe", {}, row["attempt"], queue_id=queue_id)


async def left(context: ServiceContext, job: JobContext, outcome: lives.Outcome) -> str:
    async with context.db.tenant(TENANT) as connection:
        return await lives.leave(connection, job, outcome, WORK)


async def test_whoever_lost_a_job_to_another_worker_changes_nothing_of_it(run: Run) -> None:
    async with run(probe_spec()) as (context, _):
        job_id = await enqueued(context)
        ticket = await picked(context, job_id)
        slow = await begun(context, job_id, ticket)
        # Its silence is noticed: the same ticket is handed out again, and a new one takes its place.
        again = await begun(context, job_id, ticket)
        next_one = await begun(context, job_id, await picked(context, job_id))
        assert slow is not None
        assert next_one is not None
        before = await row_of(context, job_id)
        outcomes = (GoesOn(0), GoesOn(1, first=True), Ended("failed", "late"), Ended("completed"), Awaits())
        fates = [await left(context, slow, outcome) for outcome in outcomes]
        with pytest.raises(JobHandedBack):
            await slow.progress(1, 2)
        with pytest.raises(JobHandedBack):
            async with context.db.tenant(TENANT) as connection:
                await slow.hold(connection)
        after = await row_of(context, job_id)
        async with context.db.tenant(TENANT) as connection:
            await next_one.hold(connection)
            await next_one.progress(2, 2, connection)
        end = await left(context, next_one, Ended("completed"))

    assert again is None
    assert fates == ["moved on"] * len(outcomes)
    assert after == before
    assert end == "completed"


async def test_a_job_that_goes_on_is_cancelled_only_where_somebody_asked_for_it(run: Run) -> None:
    fates: list[str] = []
    async with run(probe_spec()) as (context, _):
        for asks in (False, True):
            job_id = await enqueued(context)
            job = await begun(context, job_id, await picked(context, job_id))
            assert job is not None
            if asks:
                async with context.db.tenant(TENANT) as connection:
                    await jobs.cancel(connection, "insights", TENANT, job_id)
            fates.append(await left(context, job, GoesOn(0)))

    assert fates == ["queued", "cancelled"]


async def test_a_job_that_is_handed_back_keeps_its_place(run: Run) -> None:
    async with run(probe_spec()) as (context, _):
        job_id, other = await enqueued(context), await enqueued(context)
        job = await begun(context, job_id, await picked(context, job_id))
        assert job is not None
        await left(context, job, GoesOn(0, first=True))
        async with context.db.tenant(TENANT) as connection:
            line = await connection.fetch(
                "select j.job_id from insights.pgqueuer q join insights.job j on q.id = j.queue_id"
                " order by q.priority desc, q.id"
            )

    assert [row["job_id"] for row in line] == [job_id, other]


async def test_the_place_of_one_who_was_let_in_and_then_cancelled_goes_to_the_next(run: Run) -> None:
    async with run(probe_spec()) as (context, _):
        ids = [await enqueued(context) for _ in range(4)]
        tickets = [await picked(context, job_id) for job_id in ids]
        held = [await begun(context, *pair) for pair in zip(ids, tickets, strict=True)]
        assert held[0] is not None
        await left(context, held[0], Ended("completed"))
        let_in = await picked(context, ids[2])
        async with context.db.tenant(TENANT) as connection:
            await jobs.cancel(connection, "insights", TENANT, ids[2])
        nobody = await begun(context, ids[2], let_in)
        next_one = await begun(context, ids[3], await picked(context, ids[3]))
        async with context.db.tenant(TENANT) as connection:
            put_off = await connection.fetchval("select count(*) from insights.pgqueuer where execute_after > now()")

    assert [job is not None for job in held] == [True, True, False, False]
    assert nobody is None
    assert next_one is not None
    assert put_off == 0


async def die_at(context: ServiceContext, job_id: UUID, done: int) -> None:
    """A worker that takes the job up, comes so far and falls silent, until the queue hands the ticket out again."""
    ticket = await picked(context, job_id)
    job = await begun(context, job_id, ticket)
    assert job is not None
    await job.progress(done, None)
    assert await begun(context, job_id, ticket) is None


def _failed() -> float:
    return REGISTRY.get_sample_value("jobs_failed_total", {"service": "insights", "kind": "probe"}) or 0


async def test_a_job_that_no_worker_survives_ends_and_the_next_one_is_let_in(run: Run) -> None:
    async with run(probe_spec()) as (context, _):
        deadly, held, waits = [await enqueued(context) for _ in range(3)]
        assert await begun(context, held, await picked(context, held))
        for _ in range(MOST_DEATHS - 1):
            await die_at(context, deadly, 7)
        goes_on = await row_of(context, deadly)
        ticket = await picked(context, deadly)
        last = await begun(context, deadly, ticket)
        aside = await begun(context, waits, await picked(context, waits))
        counted = _failed()
        await begun(context, deadly, ticket)
        ended = await row_of(context, deadly)
        let_in = await begun(context, waits, await picked(context, waits))
        async with context.db.tenant(TENANT) as connection:
            await jobs.retry(connection, "insights", TENANT, deadly)
        retried = await row_of(context, deadly)

    assert (goes_on["status"], goes_on["attempt"]) == ("queued", MOST_DEATHS - 1)
    assert last is not None
    assert (ended["status"], ended["finished_at"] is None) == ("failed", False)
    assert _failed() == counted + 1
    assert f"ended in the middle of it {MOST_DEATHS} times" in ended["error"]
    assert (aside, let_in is None) == (None, False)
    assert (retried["status"], retried["deaths"]) == ("queued", 0)


async def test_deaths_are_counted_anew_where_a_job_came_further_or_a_step_came_back(run: Run) -> None:
    async with run(probe_spec()) as (context, _):
        job_id = await enqueued(context)
        deaths: list[int] = []
        for done in (5, 3, 5, 6, 6, 0):
            await die_at(context, job_id, done)
            deaths.append((await row_of(context, job_id))["deaths"])
        job = await begun(context, job_id, await picked(context, job_id))
        assert job is not None
        await left(context, job, GoesOn(0))
        deaths.append((await row_of(context, job_id))["deaths"])
        # Each step counts from its own beginning how far it is.
        for done in (1, 2, 2):
            await die_at(context, job_id, done)
            deaths.append((await row_of(context, job_id))["deaths"])

    assert deaths == [1, 2, 3, 1, 2, 3, 0, 1, 1, 2]


async def test_two_replicas_end_a_job_once_though_one_of_them_stalled(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "_LOOK_SECONDS", 0.1)
    stalled, goes_on, told = asyncio.Event(), asyncio.Event(), asyncio.Event()
    attempts: list[int] = []

    async def work(job: JobContext) -> None:
        attempts.append(job.attempt)
        if job.attempt == 1:
            stalled.set()
            await goes_on.wait()
            try:
                await job.progress(1, 2)
            except JobHandedBack:
                told.set()
                raise
        else:
            goes_on.set()
            await told.wait()
            await job.progress(2, 2)

    spec = probe_spec(jobs={"probe": work})
    async with run(spec) as (context, _), asyncio.timeout(60):
        job_id = await enqueued(context)
        await stalled.wait()
        ticket = (await row_of(context, job_id))["queue_id"]
        async with run(spec):
            while not goes_on.is_set():
                async with context.db.tenant(TENANT) as connection:
                    await connection.execute(
                        "update insights.pgqueuer set heartbeat = now() - interval '1 hour' where id = $1", ticket
                    )
                await asyncio.sleep(0.05)
            while (row := await row_of(context, job_id))["status"] != "completed":
                await asyncio.sleep(0.02)

    assert attempts == [1, 2]
    assert (row["done"], row["total"]) == (2, 2)


class QuickToNotice(running.QueueLoop):
    """Asks its listener for a sign of life all the time; its own statements fail once, where it is told to."""

    fails: ClassVar[list[Exception]] = []

    async def _run_periodic_health_check(self, interval: timedelta = timedelta(seconds=1)) -> None:
        await super()._run_periodic_health_check(interval)

    def entrypoints_below_capacity_limits(self) -> Any:
        """Called before each dequeue."""
        if self.fails:
            raise self.fails.pop()
        return super().entrypoints_below_capacity_limits()


async def lose_the_listener(context: ServiceContext) -> None:
    async with context.db.tenant(TENANT) as connection:
        ended = await connection.fetchval(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity"
            " where application_name = 'branchwise-insights-jobs' and query like 'LISTEN%'"
        )
    assert ended == 1


async def fail_at_a_statement(context: ServiceContext) -> None:
    del context
    QuickToNotice.fails.append(asyncpg.QueryCanceledError("told to fail"))


@pytest.mark.parametrize("breaks", [lose_the_listener, fail_at_a_statement])
async def test_a_replica_that_lost_its_queue_hands_its_jobs_back_and_begins_anew(
    run: Run, monkeypatch: pytest.MonkeyPatch, breaks: Callable[[ServiceContext], Awaitable[None]]
) -> None:
    monkeypatch.setattr(running, "QueueLoop", QuickToNotice)
    monkeypatch.setattr(running, "_LOOK_SECONDS", 0.1)
    monkeypatch.setattr(running, "_RESTART_SECONDS", 0.05)
    at_work, again = asyncio.Event(), asyncio.Event()

    async def work(job: JobContext) -> None:
        if at_work.is_set():
            again.set()
            return
        at_work.set()
        while True:
            await job.progress(1, None)

    told: list[str] = []
    async with run(probe_spec(jobs={"probe": work})) as (context, _), asyncio.timeout(60):
        logger.add(lambda message: told.append(message.record["message"]), level="WARNING")
        job_id = await enqueued(context)
        await at_work.wait()
        await breaks(context)
        await again.wait()
        attempt = (await row_of(context, job_id))["attempt"]

    assert attempt == 1
    assert any("the queue is lost" in line for line in told)
