"""The job `rebuild-aggregates`: rebuilds the days `date_from` to `date_to` from raw rows, one month at a time."""

import asyncio
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final
from uuid import UUID, uuid5

from common.jobs import JobContext, JobKind
from services.analytics_service.domain.aggregate_jobs import REBUILD_AGGREGATES_KIND
from services.analytics_service.jobs.refresher import wake_refresher
from services.analytics_service.store.dirty_keys import is_dirty, mark_days
from services.analytics_service.store.marketing_tables import Span

_POLL_SECONDS: Final = 0.5


async def rebuild_aggregates(job: JobContext) -> None:
    """Mark a month dirty, wait until it is refreshed, then the next. After a crash, the job starts over."""
    days = Span(date.fromisoformat(job.params["date_from"]), date.fromisoformat(job.params["date_to"]))
    months = list(months_of(days))
    job.counts = {}
    for number, month in enumerate(months):
        await job.progress(number, len(months))
        batch_id = uuid5(job.job_id, month.first.isoformat())
        async with job.service.db.tenant(job.tenant_id) as connection:
            await mark_days(connection, job.tenant_id, batch_id, month.first, month.last)
        wake_refresher(job.service)
        while await _is_waiting(job, batch_id):
            await asyncio.sleep(_POLL_SECONDS)
            await job.progress(number, len(months))
        job.count({"days": (month.last - month.first).days + 1})
    await job.progress(len(months), len(months))


def months_of(days: Span) -> Iterator[Span]:
    """Split the days into calendar months."""
    first = days.first
    while first <= days.last:
        last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        yield Span(first, min(last, days.last))
        first = last + timedelta(days=1)


async def _is_waiting(job: JobContext, batch_id: UUID) -> bool:
    async with job.service.db.tenant(job.tenant_id, readonly=True) as connection:
        return await is_dirty(connection, job.tenant_id, batch_id)


REBUILD_AGGREGATES: Final = JobKind(REBUILD_AGGREGATES_KIND, rebuild_aggregates)
