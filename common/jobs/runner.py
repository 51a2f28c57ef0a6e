"""Running a service's jobs: PgQueuer hands out each lane's tickets, one for each attempt at a job or step of it."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec
from loguru import logger
from pgqueuer.core.qm import QueueManager
from pgqueuer.db import AsyncpgPoolDriver
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.models import Job as QueueJob

from common.clock import now
from common.db import Connection
from common.db.jsonb import from_jsonb
from common.db.outage import is_outage
from common.jobs.context import AWAITING, JobContext
from common.jobs.kind import JobCancelled, JobFailed, JobHandedBack, JobKind, Resume
from common.jobs.lanes import LANES, lane_of
from common.jobs.lost import lost_jobs, requeue_if_lost
from common.jobs.store import QueueTicket, await_completion, complete, queue_queries, queue_settings, queue_ticket
from common.jobs.turns import STEP_ASIDE, has_a_place, let_next_in
from common.logging import request_id_var, tenant_id_var, trace_id_var
from common.problem import Problem

if TYPE_CHECKING:
    from common.http.context import ServiceContext

# A worker that has not been heard of for this long is dead, and its jobs go to another.
HEARTBEAT_TIMEOUT = timedelta(seconds=12)
_BACKOFF_SECONDS = (1, 5, 20, 60, 180)
# Nothing tells of a pause that is over: it is looked for.
_LOOK_SECONDS = 5.0
_RESTART_SECONDS = 1.0
_FIND_LOST_SECONDS = 15


class JobRunner:
    """One service's worker."""

    def __init__(self, context: "ServiceContext", kinds: Sequence[JobKind]) -> None:
        self.context = context
        self.kinds = {kind.name: kind for kind in kinds}

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until told to stop; starts over when the database went away."""
        while not stopping.is_set():
            try:
                await self._work(stopping)
            except Exception as error:  # noqa: BLE001 -- the database is away: the jobs wait in it
                logger.warning("jobs: waiting: {}: {}", type(error).__name__, error)
                await asyncio.sleep(_RESTART_SECONDS)

    async def _work(self, stopping: asyncio.Event) -> None:
        service = self.context.name
        # A pool of its own: one connection listens, and PgQueuer's statements must not wait for requests.
        pool = await asyncpg.create_pool(
            self.context.settings.dsn(service),
            min_size=1,
            max_size=3,
            server_settings={"application_name": f"branchwise-{service}-jobs"},
        )
        try:
            manager = QueueManager(queue_queries(AsyncpgPoolDriver(pool), service), queue_settings(service).channel)
            for lane in LANES:
                manager.entrypoint(lane.entrypoint, concurrency_limit=lane.slots)(self._attempt)
            helpers = [
                asyncio.create_task(_pass_on(stopping, manager.shutdown)),
                asyncio.create_task(self._find_lost_jobs(stopping)),
            ]
            try:
                await manager.run(
                    dequeue_timeout=timedelta(seconds=_LOOK_SECONDS),
                    shutdown_on_listener_failure=True,
                    heartbeat_timeout=HEARTBEAT_TIMEOUT,
                )
            finally:
                for helper in helpers:
                    helper.cancel()
        finally:
            pool.terminate()

    async def _find_lost_jobs(self, stopping: asyncio.Event) -> None:
        """Queue again what a crash of the database left without a ticket."""
        while not stopping.is_set():
            try:
                await self._queue_lost_jobs()
            except Exception as error:  # noqa: BLE001 -- it is looked for again
                logger.warning("jobs: could not look for lost ones: {}: {}", type(error).__name__, error)
            await asyncio.sleep(_FIND_LOST_SECONDS)

    async def _queue_lost_jobs(self) -> None:
        async with self.context.db.lookup("lost_jobs") as connection:
            tickets = await lost_jobs(connection, self.context.name)
        for ticket in tickets:
            async with self.context.db.tenant(ticket.tenant_id) as connection:
                if await requeue_if_lost(connection, self.context.name, ticket):
                    logger.warning("job {}: its ticket was lost, queued again", ticket.job_id)

    async def _attempt(self, queued: QueueJob) -> None:
        ticket = msgspec.json.decode(queued.payload or b"", type=QueueTicket)
        tenant_id_var.set(str(ticket.tenant_id))
        try:
            job = await self._begin(ticket, int(queued.id))
            if job is not None:
                await self._hold_slot(job)
        except RetryRequested:
            raise
        except Exception as error:
            # The job's own row could not be written: keep the ticket, or nobody would ever look at the job again.
            logger.opt(exception=error).warning("job {}: its state was not saved, trying again", ticket.job_id)
            raise RetryRequested(timedelta(seconds=2)) from error

    async def _begin(self, ticket: QueueTicket, queue_id: int) -> JobContext | None:
        service = self.context.name
        async with self.context.db.tenant(ticket.tenant_id) as connection:
            kind = await connection.fetchval(
                f"select kind from {service}.job where tenant_id = $1 and job_id = $2 and queue_id = $3"  # noqa: S608 -- own name
                " and status in ('queued', 'running') for update",
                ticket.tenant_id,
                ticket.job_id,
                queue_id,
            )
            if kind is None:
                return None
            lane = lane_of(str(kind))
            if not await has_a_place(connection, service, ticket.tenant_id, ticket.job_id, queue_id, lane):
                raise RetryRequested(STEP_ASIDE, "its tenant holds its share of the lane")
            row: Any = await connection.fetchrow(
                f"update {service}.job set status = 'running', attempt = attempt + 1, note = '', resumes_at = null,"  # noqa: S608 -- own name
                " started_at = coalesce(started_at, clock_timestamp()) where tenant_id = $1 and job_id = $2"
                " returning kind, params, attempt, created_by, counts, eta, request_id, trace_id",
                ticket.tenant_id,
                ticket.job_id,
            )
        request_id_var.set(row["request_id"])
        trace_id_var.set(row["trace_id"])
        return JobContext(
            service=self.context,
            tenant_id=ticket.tenant_id,
            job_id=ticket.job_id,
            kind=row["kind"],
            params=from_jsonb(row["params"]),
            attempt=row["attempt"],
            created_by=row["created_by"],
            counts=from_jsonb(row["counts"]),
            eta=row["eta"],
        )

    async def _hold_slot(self, job: JobContext) -> None:
        """Work, then let the tenant's next job in and queue behind it for another step, both at once.

        Were this job still seen at work when the next one asks for its place, that one would step aside in vain.
        """
        resume: Resume | None = None
        goes_on = True
        try:
            resume = await self._run(job)
        finally:
            async with self.context.db.tenant(job.tenant_id) as connection:
                await let_next_in(connection, self.context.name, job.tenant_id, lane_of(job.kind))
                if resume is not None:
                    goes_on = await self._queue_again(connection, job, resume)
        if not goes_on:
            await self._end(job, "cancelled", None)

    async def _run(self, job: JobContext) -> Resume | None:
        kind = self.kinds.get(job.kind)
        logger.info("job {} ({}): attempt {}", job.job_id, job.kind, job.attempt)
        try:
            if kind is None:
                message = f"this version does not know jobs of kind {job.kind}"
                raise JobFailed(message)
            outcome = await kind.run(job)
        except JobHandedBack as handed_back:
            raise RetryRequested(timedelta(0), "the worker is stopping") from handed_back
        except JobCancelled:
            await self._end(job, "cancelled", None)
        except (JobFailed, Problem) as failed:
            await self._end(job, "failed", str(failed))
        except Exception as error:  # noqa: BLE001 -- anything else may pass: try again, then say so
            await self._fail_or_retry(job, kind, error)
        else:
            if isinstance(outcome, Resume):
                return outcome
            async with self.context.db.tenant(job.tenant_id) as connection:
                finish = await_completion if outcome is AWAITING else complete
                await finish(connection, self.context.name, job.tenant_id, job.job_id)
            self.context.wake_relay()
            logger.info("job {} ({}): done {}", job.job_id, job.kind, job.counts)
        return None

    async def _queue_again(self, connection: Connection, job: JobContext, resume: Resume) -> bool:
        """Queue for another step; False: somebody has asked for the job to stop."""
        goes_on = await connection.fetchval(
            f"update {self.context.name}.job set status = 'queued', attempt = 0, note = $3, resumes_at = $4"  # noqa: S608 -- own name
            " where tenant_id = $1 and job_id = $2 and status = 'running' and cancel_requested_at is null"
            " returning true",
            job.tenant_id,
            job.job_id,
            resume.note,
            resume.at,
        )
        if goes_on:
            after = resume.at and max(resume.at - now(), timedelta(0))
            await queue_ticket(connection, self.context.name, job.tenant_id, job.job_id, job.kind, after)
        return bool(goes_on)

    async def _fail_or_retry(self, job: JobContext, kind: JobKind | None, error: Exception) -> None:
        attempts = kind.max_attempts if kind else 1
        logger.opt(exception=error).warning("job {} ({}): attempt {} failed", job.job_id, job.kind, job.attempt)
        if job.attempt < attempts or is_outage(error):
            delay = _BACKOFF_SECONDS[min(job.attempt, len(_BACKOFF_SECONDS)) - 1]
            raise RetryRequested(timedelta(seconds=delay)) from error
        await self._end(job, "failed", f"internal error ({type(error).__name__}); see the log for job {job.job_id}")

    async def _end(self, job: JobContext, status: str, error: str | None) -> None:
        async with self.context.db.tenant(job.tenant_id) as connection:
            await connection.execute(
                f"update {self.context.name}.job set status = $3, error = $4, finished_at = clock_timestamp()"  # noqa: S608 -- own name
                " where tenant_id = $1 and job_id = $2 and status = 'running'",
                job.tenant_id,
                job.job_id,
                status,
                error,
            )
        logger.info("job {} ({}): {} {}", job.job_id, job.kind, status, error or "")


async def _pass_on(stopping: asyncio.Event, shutdown: asyncio.Event) -> Any:
    await stopping.wait()
    shutdown.set()
