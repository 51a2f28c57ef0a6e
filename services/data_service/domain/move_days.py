"""Leads and contracts belong to the day that their time is on in the tenant's zone: another zone moves them."""

from typing import Final

from common.jobs import JobContext
from services.data_service.store.events.moved_days import MOVED_TABLES, count_movable, move_rows

# The job that applies a changed time zone to what is stored.
MOVE_DAYS_JOB: Final = "move-days"
_ROWS_AT_A_TIME = 5_000


async def move_days(job: JobContext) -> None:
    """Go over all of them by the zone as it is at each step; run again it moves nothing more.

    Where the zone changes once more meanwhile, that change brings a job of its own, which goes over all of them anew.
    """
    job.counts = {}
    async with job.service.db.tenant(job.tenant_id, readonly=True) as connection:
        total = await count_movable(connection, job.tenant_id)
    seen = 0
    for table in MOVED_TABLES:
        after: str | None = ""
        while after is not None:
            async with job.service.db.tenant(job.tenant_id) as connection:
                after, count, moved = await move_rows(
                    connection, job.tenant_id, job.job_id, table, after=after, limit=_ROWS_AT_A_TIME
                )
                seen += count
                if moved:
                    job.count({table: moved})
                await job.progress(min(seen, total), total, connection)
            job.service.wake_relay()
