"""`insights.generate`: look for what stands out in a tenant's figures; its counts say what came of it."""

from datetime import datetime, timedelta
from typing import Final

from common.clock import now
from common.db import Connection
from common.jobs import AttemptFailed, JobContext, JobFailed, JobKind, Resume, get_job
from services.insights_service.domain.generate import FINDERS, GENERATE_INSIGHTS_KIND, generate
from services.insights_service.errors import AnalyticsAway, AnalyticsRefused
from services.insights_service.store.imports import is_importing

# What was not there (another service, the rest of a file) is asked for again after a third of the time that the job is
# old by then, and no more when the next hour's job is about to come, which has every finder look.
_SOONEST: Final = timedelta(seconds=20)
_PATIENCE: Final = timedelta(minutes=45)
# Of so many things that could not be looked at it is said why.
_MOST_TOLD: Final = 5


async def generate_insights(job: JobContext) -> object:
    """One look with every finder; what one of them could not do is done again by itself, and said in the note.

    It waits for files that are being imported: by a part of their leads every campaign would be dear.
    """

    async def progress(done: int, counts: dict[str, int], connection: Connection) -> None:
        job.count(counts)
        await job.progress(done, len(FINDERS), connection)

    again_at = await _again_at(job)
    if again_at is not None and await _is_importing(job):
        return Resume(again_at, "files are being imported; it looks once they are in")
    failed = await generate(job.service, job.tenant_id, progress, job.job_id)
    if not failed:
        return None
    told = [f"{name}: {_reason(error)}" for name, error in failed.items()]
    why = "; ".join(told[:_MOST_TOLD] + [f"and {len(told) - _MOST_TOLD} more"] * (len(told) > _MOST_TOLD))
    if not all(isinstance(error, AnalyticsAway) for error in failed.values()):
        raise AttemptFailed(why)
    again_at = await _again_at(job)
    if again_at is None:
        raise JobFailed(why)
    return Resume(again_at, f"{why}; it is asked again")


async def _again_at(job: JobContext) -> datetime | None:
    """When to go on with what could not be done now; None: the next hour's job is about to."""
    async with job.service.db.tenant(job.tenant_id, readonly=True) as connection:
        asked_at = (await get_job(connection, job.service.name, job.tenant_id, job.job_id))["created_at"]
    moment = now()
    again_at = moment + max(_SOONEST, (moment - asked_at) / 3)
    return again_at if again_at - asked_at <= _PATIENCE else None


async def _is_importing(job: JobContext) -> bool:
    async with job.service.db.tenant(job.tenant_id, readonly=True) as connection:
        return await is_importing(connection, job.tenant_id)


def _reason(error: Exception) -> str:
    """What a person may read of it."""
    is_known = isinstance(error, AnalyticsAway | AnalyticsRefused)
    return str(error) if is_known else f"internal error ({type(error).__name__})"


GENERATE_INSIGHTS: Final = JobKind(GENERATE_INSIGHTS_KIND, generate_insights)
