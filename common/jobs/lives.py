"""Begin and end a worker's run of a job. The ticket serves as a fencing token in each statement.

A worker that was silent for too long counts as dead, even if it is only slow, and another worker takes its job over
under a new ticket. Later writes of the slow worker then no longer match `queue_id`, and change nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from loguru import logger
from prometheus_client import Counter

from common.clock import now
from common.db import Connection
from common.jobs.context import JobContext
from common.jobs.lanes import Lane
from common.jobs.tickets import QueueTicket, queue_again
from common.jobs.turns import STEP_ASIDE, admit_next, has_free_slot, lock_lane, step_aside
from common.plain_text import plain_text

# If this many workers in a row went silent at a job, without any progress between them, the job itself is the cause.
MOST_DEATHS: Final = 10
# Days by name, or the problems of many sources.
_LONGEST_TEXT: Final = 10_000

FAILED = Counter("jobs_failed", "Jobs that ended as failed", ["service", "kind"])


@dataclass(frozen=True)
class Ended:
    """The job is over."""

    status: Literal["completed", "failed", "cancelled"]
    error: str | None = None


@dataclass(frozen=True)
class Awaits:
    """The job's own work is done; something else will complete it."""


@dataclass(frozen=True)
class GoesOn:
    """The job is queued again, to run from `at` on (None: now), for the reason in `note`.

    With `first`, it is queued in front of the waiting jobs. `attempt` is the number of previous attempts.
    """

    attempt: int
    at: datetime | None = None
    note: str = ""
    first: bool = False


Outcome = Ended | Awaits | GoesOn
# The resulting state of the job; "moved on": another worker has it, or it ended without this one.
Fate = Literal["completed", "failed", "cancelled", "awaiting", "queued", "moved on"]


async def begin(connection: Connection, service: str, ticket: QueueTicket, queue_id: int, lane: Lane) -> Any:
    """Begin a job by its ticket, in a transaction of its tenant.

    Returns:
        The job's row; None if there is nothing to do now.
    """
    await lock_lane(connection, service, ticket.tenant_id, lane)
    job = await connection.fetchrow(
        f"select kind, status from {service}.job where tenant_id = $1 and job_id = $2 and queue_id = $3"  # noqa: S608 -- own name
        " and status in ('queued', 'running') and not awaiting for update",
        ticket.tenant_id,
        ticket.job_id,
        queue_id,
    )
    if job is None:
        # For example, it was admitted and then cancelled: its slot goes to the tenant's next job.
        await admit_next(connection, service, ticket.tenant_id, lane)
        return None
    if job["status"] == "running":
        await _take_over(connection, service, ticket, job["kind"], lane)
        return None
    if not await has_free_slot(connection, service, ticket.tenant_id, lane):
        await step_aside(connection, service, ticket, job["kind"])
        return None
    return await connection.fetchrow(
        f"update {service}.job set status = 'running', attempt = attempt + 1, note = '', resumes_at = null,"  # noqa: S608 -- own name
        " started_at = coalesce(started_at, clock_timestamp()) where tenant_id = $1 and job_id = $2"
        " returning kind, params, attempt, deaths, counts, eta, request_id, trace_id",
        ticket.tenant_id,
        ticket.job_id,
    )


async def _take_over(connection: Connection, service: str, ticket: QueueTicket, kind: str, lane: Lane) -> None:
    """Queue a job whose worker went silent, in front of all others; fail it after MOST_DEATHS workers."""
    row: Any = await connection.fetchrow(
        f"update {service}.job set deaths = case when done > died_at then 1 else deaths + 1 end,"  # noqa: S608 -- own name
        " died_at = greatest(died_at, done) where tenant_id = $1 and job_id = $2 returning deaths",
        ticket.tenant_id,
        ticket.job_id,
    )
    deaths = row["deaths"]
    logger.warning("job {}: its worker went silent ({} in a row)", ticket.job_id, deaths)
    if deaths < MOST_DEATHS:
        await queue_again(connection, service, ticket, kind, first=True)
        return
    await connection.execute(
        f"update {service}.job set status = 'failed', error = $3, finished_at = clock_timestamp()"  # noqa: S608 -- own name
        " where tenant_id = $1 and job_id = $2",
        ticket.tenant_id,
        ticket.job_id,
        f"its worker ended in the middle of it {deaths} times in a row; see the log for job {ticket.job_id}",
    )
    FAILED.labels(service, kind).inc()
    await admit_next(connection, service, ticket.tenant_id, lane)


async def leave(connection: Connection, job: JobContext, outcome: Outcome, lane: Lane) -> Fate:
    """Write the outcome of a job and admit the tenant's next one, in one transaction of the tenant.

    A job that would be queued again is cancelled here if somebody has requested that.
    """
    service = job.service.name
    await lock_lane(connection, service, job.tenant_id, lane)
    is_next_admitted = await admit_next(connection, service, job.tenant_id, lane)
    if isinstance(outcome, GoesOn):
        changes = "attempt = $4, note = $5, resumes_at = $6, deaths = 0, died_at = 0"
        note = plain_text(outcome.note, _LONGEST_TEXT)
        unless_cancelled = "and cancel_requested_at is null"
        if await _change(connection, job, changes, outcome.attempt, note, outcome.at, only=unless_cancelled):
            after = outcome.at and max(outcome.at - now(), timedelta(0))
            if is_next_admitted and outcome.at is None and not outcome.first:
                # The job admitted above will admit this one again. If both were queued, either could run first.
                after = STEP_ASIDE
            ticket = QueueTicket(job.tenant_id, job.job_id)
            await queue_again(connection, service, ticket, job.kind, after=after, first=outcome.first)
            return "queued"
        outcome = Ended("cancelled")
    if isinstance(outcome, Awaits):
        return "awaiting" if await _change(connection, job, "awaiting = true") else "moved on"
    changes = "status = $4, error = $5, finished_at = clock_timestamp()"
    error = outcome.error and plain_text(outcome.error, _LONGEST_TEXT)
    return outcome.status if await _change(connection, job, changes, outcome.status, error) else "moved on"


async def _change(connection: Connection, job: JobContext, changes: str, *values: object, only: str = "") -> bool:
    """Change the job's row. Returns False if this worker no longer holds the job."""
    done = await connection.fetchval(
        f"update {job.service.name}.job set {changes}"  # noqa: S608 -- own names
        f" where tenant_id = $1 and job_id = $2 and queue_id = $3 and status = 'running' {only} returning true",
        job.tenant_id,
        job.job_id,
        job.queue_id,
        *values,
    )
    return bool(done)
