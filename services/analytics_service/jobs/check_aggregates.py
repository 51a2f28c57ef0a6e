"""The job `check-aggregates`: compares days with their raw rows, records differences and, if asked, mends them."""

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

# Of each month; enough to see what is wrong.
_MAX_RECORDED: Final = 1_000


async def check_aggregates(job: JobContext) -> None:
    """Check the days month by month. `counts`: `rows` compared and `differences`.

    With `mend`, all checked days of a month that has differences are marked dirty.
    """
    days = Span(date.fromisoformat(job.params["date_from"]), date.fromisoformat(job.params["date_to"]))
    total = (days.last - days.first).days + 1
    job.counts = {"rows": 0, "differences": 0}
    done = 0
    await job.progress(done, total)
    for month in months_of(days):
        progress = _MonthProgress(job, done, total, (month.last - month.first).days + 1)
        rows, found = await check_days(job.service.db, job.tenant_id, month, progress.on_day_checked)
        done += progress.days
        job.count({"rows": rows, "differences": len(found)})
        if found:
            await _record(job, month, found)
        await job.progress(done, total)


class _MonthProgress:
    """Reports the progress within a month. Days that are checked again because they differed are not counted twice."""

    def __init__(self, job: JobContext, done: int, total: int, days: int) -> None:
        self._job, self._done, self._total = job, done, total
        self._checked = 0
        self.days = days

    async def on_day_checked(self) -> None:
        self._checked += 1
        await self._job.progress(self._done + min(self._checked, self.days), self._total)


async def _record(job: JobContext, month: Span, found: list[Difference]) -> None:
    logger.error("{} rows of {} to {} differ from raw rows, {} first", len(found), *month, found[0].table)
    async with job.service.db.tenant(job.tenant_id) as connection:
        await add_differences(connection, job.tenant_id, job.job_id, found[:_MAX_RECORDED])
        if job.params["mend"]:
            batch_id = uuid5(job.job_id, month.first.isoformat())
            await mark_days(connection, job.tenant_id, batch_id, month.first, month.last)
    if job.params["mend"]:
        wake_refresher(job.service)


CHECK_AGGREGATES: Final = JobKind(CHECK_AGGREGATES_KIND, check_aggregates)
