"""`sync.ga4`, `sync.meta_ads`, `sync.woocommerce`: reading what is new in one or several sources of a kind.

How a source is read is defined by its kind (domain/syncs/source_kinds.py). This module has what is common: one sync at
a time, and handling its outcome. A sync that was killed, or yielded to others, continues at its cursors; sources that
the job has settled are not read again.
"""

from datetime import date
from uuid import UUID

from common.clock import now
from common.jobs import AWAITING, JobCancelled, JobContext, JobFailed, Resume
from services.data_service.domain.syncs.internal_errors import (
    InternalFailure,
    refuse_after_crashes,
    reporting_internal_errors,
)
from services.data_service.domain.syncs.night_window import window_due_on
from services.data_service.domain.syncs.open_source import access_to
from services.data_service.domain.syncs.settle_sync import settle_sync, tell_of_more
from services.data_service.domain.syncs.source_kinds import SOURCE_KINDS
from services.data_service.domain.syncs.sync_run import SyncRun, ToBeContinued
from services.data_service.errors import SourceNotFound
from services.data_service.sources.vendor import VendorError
from services.data_service.store.events.batches import await_refresh
from services.data_service.store.syncs.sources import Source
from services.data_service.store.syncs.sync_schedule import note_settled, queued_at, take_source
from services.data_service.store.tenant_settings import Place, place_of_tenant


async def sync_sources(job: JobContext) -> object:
    """Read the job's sources one after the other, then wait until every answer includes their rows.

    Raises:
        JobFailed: a source could not be read, or not to its end; what was read is recorded.
        JobCancelled, JobHandedBack: between two pages.
    """
    source_ids: list[str] = job.params["source_ids"]
    problems: dict[str, str] = dict(job.params.get("settled", {}))
    for source_id in source_ids:
        if source_id not in problems:
            try:
                problems[source_id] = await _sync(job, UUID(source_id), is_only=len(source_ids) == 1)
            except ToBeContinued as later:
                async with job.service.db.tenant(job.tenant_id) as connection:
                    since = await queued_at(connection, job.tenant_id, job.job_id)
                    await tell_of_more(connection, job.tenant_id, UUID(source_id), later.note, since)
                    await job.hold(connection)
                return Resume(later.at, later.note)
    if told := [problems[source_id] for source_id in source_ids if problems[source_id]]:
        raise JobFailed("; ".join(told))
    async with job.service.db.tenant(job.tenant_id) as connection:
        is_in = await await_refresh(connection, job.tenant_id, job.job_id)
    return None if is_in else AWAITING


async def _sync(job: JobContext, source_id: UUID, *, is_only: bool) -> str:
    """Read one source and settle it; returns why it was not read completely, or ''.

    Raises:
        ToBeContinued: there is more to read.
    """
    async with job.service.db.tenant(job.tenant_id) as connection:
        source = await take_source(connection, job.tenant_id, source_id, job.job_id)
        place = await place_of_tenant(connection, job.tenant_id)
    if source is None:
        return "the source was removed, or another sync reads it"
    named = "" if is_only else f"{source.name}: "
    if source.status == "paused":
        return f"{named}the source was paused before all of it was read"
    error: VendorError | None = None
    window_of: date | None = None
    try:
        window_of = await _read(job, source, place)
    except VendorError as ended:
        error = ended
    except SourceNotFound:
        if is_only:
            raise JobCancelled from None
        return f"{named}the source was removed"
    try:
        async with reporting_internal_errors(job, source_id):
            return await _settle(job, source, error, window_of, named)
    except InternalFailure as mistake:
        # The source was read but its outcome could not be stored: then that is the problem.
        return await _settle(job, source, mistake, None, named)


async def _settle(
    job: JobContext, source: Source, error: VendorError | None, window_of: date | None, named: str
) -> str:
    """Store the outcome of the sync; returns the problem, prefixed by the source's name."""
    problem = f"{named}{error.reason}" if error else ""
    async with job.service.db.tenant(job.tenant_id) as connection:
        await settle_sync(connection, job.tenant_id, source, error, window_of)
        await job.hold(connection)
        if named:
            await note_settled(connection, job.tenant_id, job.job_id, source.source_id, problem)
    job.deaths = 0
    return problem


async def _read(job: JobContext, source: Source, place: Place) -> date | None:
    """Read what is due; returns the tenant's day whose restated days were read with it."""
    sync = SOURCE_KINDS[source.kind].sync
    assert sync is not None  # noqa: S101 -- only what has a sync is queued
    async with reporting_internal_errors(job, source.source_id):
        refuse_after_crashes(job)
        access = access_to(job.service, job.tenant_id, source, place)
        window_of = window_due_on(source.source_id, access.tenant.zone, source.window_read_on, now())
        await sync(SyncRun(**vars(access), job=job, reads_window=window_of is not None))
        return window_of
