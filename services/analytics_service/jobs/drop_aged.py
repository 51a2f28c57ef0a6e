"""The job `drop-aged-aggregates`: drops hours and days past the tenant's ages; days are exported as Parquet first."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from common.clock import now
from common.db import Connection
from common.events import publish
from common.events.contracts.analytics_day_refreshed import DayRefreshed
from common.files import FileStore
from common.jobs import JobContext, JobKind, Resume
from services.analytics_service.domain.aggregate_jobs import DROP_AGED_KIND
from services.analytics_service.domain.export_month import ExportBroken, export_month
from services.analytics_service.store.retention import (
    DAILY_TABLES,
    Due,
    drop_before,
    get_due,
    hold_figures,
    oldest_days,
    oldest_hours,
)

_HOURS_AT_A_TIME: Final = timedelta(days=31)
_RETRY_AFTER: Final = timedelta(seconds=2)
# The id of a published event, and the event.
_Published = tuple[UUID, DayRefreshed]
# Drops one piece; returns whether more is left, and the event that it published.
_Drop = Callable[[Connection, JobContext, Due], Awaitable[tuple[bool, _Published | None]]]


async def drop_aged(job: JobContext) -> object:
    """Drop the oldest first, one month per transaction; called again, the job continues with what is left.

    Each transaction keeps the refresher away, so that the rows dropped are exactly those written to the file.
    """
    async with job.service.db.tenant(job.tenant_id, readonly=True) as connection:
        due = await get_due(connection, job.tenant_id)
        oldest = await oldest_days(connection, job.tenant_id, due.days) if due.days else None
    months = _months(oldest, due.days) if oldest and due.days else 0
    steps: list[_Drop] = [_drop_hours] if due.hours else []
    if due.days:
        steps.append(_drop_month)
    done = 0
    for step in steps:
        more = True
        while more:
            more_left = await _step(job, step, due, min(done, months), months)
            if more_left is None:
                return Resume(now() + _RETRY_AFTER, "figures are being refreshed")
            more = more_left
            done += step is _drop_month
    return None


async def _step(job: JobContext, drop: _Drop, due: Due, done: int, months: int) -> bool | None:
    """Run one transaction; return whether more is left, or None if the refresher is working on the tenant."""
    async with job.service.db.tenant(job.tenant_id) as connection:
        if not await hold_figures(connection, job.tenant_id):
            return None
        more, published = await drop(connection, job, due)
        await job.progress(done, months, connection)
    if published is not None:
        event_id, event = published
        await job.service.extras["answers"].changed(event_id, job.tenant_id, event)
        job.service.wake_relay()
    return more


async def _drop_hours(connection: Connection, job: JobContext, due: Due) -> tuple[bool, None]:
    assert due.hours is not None  # noqa: S101 -- the step is only run if hours are due
    oldest = await oldest_hours(connection, job.tenant_id, due.hours)
    before = due.hours if oldest is None else min(due.hours, oldest + _HOURS_AT_A_TIME)
    _count(job, await drop_before(connection, job.tenant_id, hours=before))
    return before < due.hours, None


async def _drop_month(connection: Connection, job: JobContext, due: Due) -> tuple[bool, _Published | None]:
    assert due.days is not None  # noqa: S101 -- the step is only run if days are due
    oldest = await oldest_days(connection, job.tenant_id, due.days)
    if oldest is None:
        await drop_before(connection, job.tenant_id, days=due.days)
        return False, None
    first = oldest.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    files: FileStore = job.service.extras["files"]
    written = {table: await export_month(connection, files, job.tenant_id, table, first) for table in DAILY_TABLES}
    dropped = await drop_before(connection, job.tenant_id, days=following)
    if any(dropped[table] != rows for table, rows in written.items()):
        message = f"{first:%Y-%m}: the files have {written} rows, but {dropped} rows would be dropped"
        raise ExportBroken(message)
    _count(job, {**dropped, "files": sum(rows > 0 for rows in written.values())})
    days = [str(first + timedelta(days=n)) for n in range((following - first).days)]
    event = DayRefreshed(batch_ids=[], days=days)
    return following < due.days, (await publish(connection, job.service.name, event, job.tenant_id), event)


def _count(job: JobContext, counts: dict[str, int]) -> None:
    job.count({name: rows for name, rows in counts.items() if rows})


def _months(first: date, before: date) -> int:
    return (before.year - first.year) * 12 + before.month - first.month


DROP_AGED: Final = JobKind(DROP_AGED_KIND, drop_aged)
