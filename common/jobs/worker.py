"""Process a ticket: run one attempt at a job, or one step of it, and write its outcome."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import msgspec
from loguru import logger
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.models import Job as QueueJob

from common.clock import now
from common.db.jsonb import from_jsonb
from common.db.outage import is_outage
from common.http.context import ServiceContext
from common.jobs import lives
from common.jobs.context import JobContext
from common.jobs.kind import JobKind
from common.jobs.lanes import Lane, lane_of
from common.jobs.lives import Awaits, Ended, GoesOn, Outcome
from common.jobs.outcomes import AWAITING, AttemptFailed, JobCancelled, JobFailed, JobHandedBack, Resume
from common.jobs.tickets import QueueTicket
from common.logging import request_id_var, tenant_id_var, trace_id_var
from common.problem import Problem

_BACKOFF_SECONDS = (1, 5, 20, 60, 180)


class Worker:
    """Processes the tickets that one queue manager hands out. Once `leaving` is set, it hands its jobs back."""

    def __init__(self, context: ServiceContext, kinds: Mapping[str, JobKind], leaving: asyncio.Event) -> None:
        self.context = context
        self.kinds = kinds
        self.leaving = leaving

    async def work(self, queued: QueueJob) -> None:
        """Begin the ticket's job, run it and write its outcome.

        Raises:
            RetryRequested: the job's state could not be read or written.
        """
        ticket = msgspec.json.decode(queued.payload or b"", type=QueueTicket)
        tenant_id_var.set(str(ticket.tenant_id))
        lane = lane_of(queued.entrypoint, self.context.settings.sync_slots)
        job = None
        try:
            job = await self._begin(ticket, int(queued.id), lane)
            if job is not None:
                await self._leave(job, await self._run(job), lane)
        except Exception as error:
            # Keep the ticket: without one, no worker would run the job again.
            logger.opt(exception=error).warning("job {}: its state was not saved, trying again", ticket.job_id)
            raise RetryRequested(unsaved_retry_delay(job.deaths if job else 0)) from error

    async def _begin(self, ticket: QueueTicket, queue_id: int, lane: Lane) -> JobContext | None:
        async with self.context.db.tenant(ticket.tenant_id) as connection:
            row = await lives.begin(connection, self.context.name, ticket, queue_id, lane)
        if row is None:
            return None
        request_id_var.set(row["request_id"])
        trace_id_var.set(row["trace_id"])
        return JobContext(
            service=self.context,
            tenant_id=ticket.tenant_id,
            job_id=ticket.job_id,
            kind=row["kind"],
            params=from_jsonb(row["params"]),
            attempt=row["attempt"],
            deaths=row["deaths"],
            counts=from_jsonb(row["counts"]),
            eta=row["eta"],
            queue_id=queue_id,
            leaving=self.leaving,
        )

    async def _run(self, job: JobContext) -> Outcome:
        kind = self.kinds.get(job.kind)
        logger.info("job {} ({}): attempt {}", job.job_id, job.kind, job.attempt)
        if kind is None:
            return Ended("failed", f"this version does not know jobs of kind {job.kind}")
        try:
            result = await kind.run(job)
        except JobHandedBack:
            return GoesOn(job.attempt - 1, first=True)
        except JobCancelled:
            return Ended("cancelled")
        except (JobFailed, Problem) as error:
            return Ended("failed", str(error))
        except Exception as error:  # noqa: BLE001 -- any other error may be temporary
            return _outcome_of_error(job, kind, error)
        return _outcome_of_result(result)

    async def _leave(self, job: JobContext, outcome: Outcome, lane: Lane) -> None:
        async with self.context.db.tenant(job.tenant_id) as connection:
            new_state = await lives.leave(connection, job, outcome, lane)
        self.context.wake_relay()
        if new_state == "failed":
            lives.FAILED.labels(self.context.name, job.kind).inc()
        error = outcome.error if isinstance(outcome, Ended) and outcome.error else ""
        logger.info("job {} ({}): {} {} {}", job.job_id, job.kind, new_state, job.counts, error)


def unsaved_retry_delay(deaths: int) -> timedelta:
    """Return how long to wait before a job whose state was not saved is tried again.

    Such an attempt counts as a death of the worker (lives.py).
    """
    return timedelta(seconds=_BACKOFF_SECONDS[min(deaths, len(_BACKOFF_SECONDS) - 1)])


def _outcome_of_result(result: object) -> Outcome:
    if isinstance(result, Resume):
        return GoesOn(0, result.at, result.note)
    return Awaits() if result is AWAITING else Ended("completed")


def _outcome_of_error(job: JobContext, kind: JobKind, error: Exception) -> Outcome:
    # The text of AttemptFailed is meant for the user and explains the failure, so that the log needs no traceback.
    is_explained = isinstance(error, AttemptFailed)
    logger.opt(exception=None if is_explained else error).warning(
        "job {} ({}): attempt {} failed", job.job_id, job.kind, job.attempt
    )
    if job.attempt < kind.max_attempts or is_outage(error):
        delay = _BACKOFF_SECONDS[min(job.attempt, len(_BACKOFF_SECONDS)) - 1]
        note = f"{error}; another attempt follows" if is_explained else "an attempt failed, another one follows"
        return GoesOn(job.attempt, now() + timedelta(seconds=delay), note)
    internal = f"internal error ({type(error).__name__}); see the log for job {job.job_id}"
    return Ended("failed", str(error) if is_explained else internal)
