"""The job `insights.generate`: run the finders on a tenant's figures; the job's counts say how many insights result."""

from datetime import datetime, timedelta
from typing import Final

from common.clock import now
from common.db import Connection
from common.jobs import AttemptFailed, JobContext, JobFailed, JobKind, Resume, get_job
from services.insights_service.domain.generate import FINDERS, GENERATE_INSIGHTS_KIND, generate
from services.insights_service.errors import AnalyticsAway, AnalyticsRefused
from services.insights_service.store.imports import is_importing

# If another service or the rest of a file is missing, the job runs again after a third of its age, at least after
# `_SHORTEST_WAIT`. It gives up at the age of `_LONGEST_WAIT`, when the next hour's job is about to come.
_SHORTEST_WAIT: Final = timedelta(seconds=20)
_LONGEST_WAIT: Final = timedelta(minutes=45)
# The largest number of reasons in a job's note.
_MOST_REASONS: Final = 5


async def generate_insights(job: JobContext) -> object:
    """Run every finder. Those that fail are run again by themselves, and the job's note says why.

    The job waits for files and past days that are being imported: with only a part of its leads, every campaign would
    look expensive, and with only a part of its days, an ordinary one would look unusual.

    Raises:
        AttemptFailed: a finder failed for another reason than an unavailable analytics service.
        JobFailed: the analytics service was unavailable for too long.
    """

    async def progress(done: int, counts: dict[str, int], connection: Connection) -> None:
        job.count(counts)
        await job.progress(done, len(FINDERS), connection)

    again_at = await _again_at(job)
    if again_at is not None and await _is_importing(job):
        return Resume(again_at, "files or past days are being imported; insights are generated once they are complete")
    failed = await generate(job.service, job.tenant_id, progress, job.job_id)
    if not failed:
        return None
    reasons = [f"{name}: {_reason(error)}" for name, error in failed.items()]
    if len(reasons) > _MOST_REASONS:
        reasons[_MOST_REASONS:] = [f"and {len(reasons) - _MOST_REASONS} more"]
    note = "; ".join(reasons)
    if not all(isinstance(error, AnalyticsAway) for error in failed.values()):
        raise AttemptFailed(note)
    again_at = await _again_at(job)
    if again_at is None:
        raise JobFailed(note)
    return Resume(again_at, f"{note}; the job will try again")


async def _again_at(job: JobContext) -> datetime | None:
    """Return when to run the job again, or None if the next hour's job is about to run instead."""
    async with job.service.db.tenant(job.tenant_id, readonly=True) as connection:
        created_at = (await get_job(connection, job.service.name, job.tenant_id, job.job_id))["created_at"]
    moment = now()
    again_at = moment + max(_SHORTEST_WAIT, (moment - created_at) / 3)
    return again_at if again_at - created_at <= _LONGEST_WAIT else None


async def _is_importing(job: JobContext) -> bool:
    async with job.service.db.tenant(job.tenant_id, readonly=True) as connection:
        return await is_importing(connection, job.tenant_id)


def _reason(error: Exception) -> str:
    """Say why a finder failed, in words that do not reveal internals."""
    is_known = isinstance(error, AnalyticsAway | AnalyticsRefused)
    return str(error) if is_known else f"internal error ({type(error).__name__})"


GENERATE_INSIGHTS: Final = JobKind(GENERATE_INSIGHTS_KIND, generate_insights)
