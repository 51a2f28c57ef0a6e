"""`check-aggregates`: days held against their raw rows; what differs is noted, and mended where that is asked for."""

from datetime import date
from typing import Final
from uuid import uuid5

from loguru import logger

from common.jobs import JobContext, JobKind
from services.analytics_service.domain.aggregate_jobs import CHECK_AGGREGATES_KIND
from services.analytics_service.domain.check_days import check_days
from services.analytics_service.jobs.rebuild_aggregates import months_of
from services.analytics_service.jobs.refresher import wake_refresher
from services.analytics_service.store.differences import Difference, add_differences
from services.analytics_service.store.dirty_keys import mark_days
from services.analytics_service.store.marketing_tables import Span

# Enough to see what is wrong.
_MOST_NOTED: Final = 1_000


async def check_aggregates(job: JobContext) -> None:
    """Check month by month. `counts`: rows compared, and `differences`; with `mend` these days are marked dirty."""
    days = Span(date.fromisoformat(job.params["date_from"]), date.fromisoformat(job.params["date_to"]))
    total = (days.last - days.first).days + 1
    job.counts = {"rows": 0, "differences": 0}
    done = 0
    await job.progress(done, total)
    for month in months_of(days):
        progress = _Progress(job, done, total, (month.last - month.first).days + 1)
        rows, found = await check_days(job.service.db, job.tenant_id, month, progress.looked)
        done += progress.days
        job.count({"rows": rows, "differences": len(found)})
        if found:
            await _note(job, month, found)
        await job.progress(done, total)


class _Progress:
    """Tells how far a month is; what differs is looked at again, and that goes no further."""

    def __init__(self, job: JobContext, done: int, total: int, days: int) -> None:
        self._job, self._done, self._total = job, done, total
        self._looked = 0
        self.days = days

    async def looked(self) -> None:
        self._looked += 1
        await self._job.progress(self._done + min(self._looked, self.days), self._total)


async def _note(job: JobContext, month: Span, found: list[Difference]) -> None:
    logger.error("{} rows of {} to {} differ from raw rows, {} first", len(found), *month, found[0].table)
    async with job.service.db.tenant(job.tenant_id) as connection:
        await add_differences(connection, job.tenant_id, job.job_id, found[:_MOST_NOTED])
        if job.params["mend"]:
            batch_id = uuid5(job.job_id, month.first.isoformat())
            await mark_days(connection, job.tenant_id, batch_id, month.first, month.last)
    if job.params["mend"]:
        wake_refresher(job.service)


CHECK_AGGREGATES: Final = JobKind(CHECK_AGGREGATES_KIND, check_aggregates)
