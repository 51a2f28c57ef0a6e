"""`insights.generate`: look for what stands out in a tenant's figures; its counts say what came of it."""

from datetime import timedelta
from typing import Final

from loguru import logger

from common.clock import now
from common.db import Connection
from common.jobs import JobContext, JobKind, Resume
from services.insights_service.domain.generate import FINDERS, GENERATE_INSIGHTS_KIND, generate
from services.insights_service.errors import AnalyticsAway

_AWAY_FOR: Final = timedelta(seconds=20)


async def generate_insights(job: JobContext) -> object:
    """One look. Where another service is away it waits for that one, and says so; it begins anew then."""
    # (what an attempt before counted is counted again)
    job.counts = {}

    async def progress(done: int, counts: dict[str, int], connection: Connection) -> None:
        job.count(counts)
        await job.progress(done, len(FINDERS), connection)

    await job.progress(0, len(FINDERS))
    try:
        await generate(job.service, job.tenant_id, progress)
    except AnalyticsAway as away:
        logger.warning("job {}: {}", job.job_id, away)
        return Resume(now() + _AWAY_FOR, f"{away}; it is asked again")
    return None


GENERATE_INSIGHTS: Final = JobKind(GENERATE_INSIGHTS_KIND, generate_insights)
