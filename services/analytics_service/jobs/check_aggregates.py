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
from services.analytics_service.store.differences import add_differences
from services.analytics_service.store.dirty_keys import mark_days
from services.analytics_service.store.marketing_tables import Span

# Enough to see what is wrong.
_MOST_NOTED: Final = 1_000


async def check_aggregates(job: JobContext) -> None:
    """Check month by month. `counts`: rows compared, and `differences`; with `mend` these days are marked dirty."""
    days = Span(date.fromisoformat(job.params["date_from"]), date.fromisoformat(job.params["date_to"]))
    months = list(months_of(days))
    job.counts = {"rows": 0, "differences": 0}
    for number, month in enumerate(months):
        await job.progress(number, len(months))
        rows, found = await check_days(job.service.db, job.tenant_id, month)
        job.count({"rows": rows, "differences": len(found)})
        if not found:
            continue
        logger.error("{} rows of {} to {} differ from raw rows, {} first", len(found), *month, found[0].table)
        async with job.service.db.tenant(job.tenant_id) as connection:
            await add_differences(connection, job.tenant_id, job.job_id, found[:_MOST_NOTED])
            if job.params["mend"]:
                batch_id = uuid5(job.job_id, month.first.isoformat())
                await mark_days(connection, job.tenant_id, batch_id, month.first, month.last)
        if job.params["mend"]:
            wake_refresher(job.service)
    await job.progress(len(months), len(months))


CHECK_AGGREGATES: Final = JobKind(CHECK_AGGREGATES_KIND, check_aggregates)
