"""`sync.ga4`, `sync.meta_ads`, `sync.woocommerce`: reading what is new in one or several sources of a kind.

The sync itself is its kind's (domain/source_kinds.py); here stands what is the same for all: one sync at a time, and
what follows from how it ends. A sync that is killed begins again at its cursors.
"""

from uuid import UUID

from loguru import logger

from common.clock import now
from common.db.outage import is_outage
from common.jobs import AWAITING, JobCancelled, JobContext, JobFailed
from common.jobs.kind import JobHandedBack
from services.data_service.domain.night_window import window_due_on
from services.data_service.domain.open_source import access_to
from services.data_service.domain.settle_sync import settle_sync
from services.data_service.domain.source_kinds import SOURCE_KINDS
from services.data_service.domain.sync_run import SyncRun
from services.data_service.sources.vendor import VendorAway, VendorError
from services.data_service.store.batches import await_refresh
from services.data_service.store.sources import Source, get_source
from services.data_service.store.sync_schedule import take_source
from services.data_service.store.tenant_settings import Place, place_of_tenant


async def sync_sources(job: JobContext) -> object:
    """Read the job's sources one after the other, then wait until every answer includes their rows.

    Raises:
        JobFailed: one of them could not be read, or not to its end; what was read is in.
        JobCancelled, JobHandedBack: between two pages.
    """
    problems: list[str] = []
    is_in = True
    for source_id in map(UUID, job.params["source_ids"]):
        async with job.service.db.tenant(job.tenant_id) as connection:
            source = await take_source(connection, job.tenant_id, source_id, job.job_id)
            place = await place_of_tenant(connection, job.tenant_id)
        if source is None:
            problems.append("the source was removed, or another sync reads it")
            continue
        if source.status == "paused":
            continue
        error, is_in = await _sync(job, source, place)
        if error:
            problems.append(f"{source.name}: {error.reason}" if len(job.params["source_ids"]) > 1 else error.reason)
    if problems:
        raise JobFailed("; ".join(problems))
    return None if is_in else AWAITING


async def _sync(job: JobContext, source: Source, place: Place) -> tuple[VendorError | None, bool]:
    """Read one source and settle it; gives why not all was read, and whether every answer includes what was."""
    error: VendorError | None = None
    window_of = None
    try:
        access = access_to(job.service, job.tenant_id, source, place)
        window_of = window_due_on(source.source_id, access.tenant.zone, source.window_read_on, now())
        run = SyncRun(
            service=access.service,
            tenant_id=access.tenant_id,
            source=source,
            tenant=access.tenant,
            secrets=access.secrets,
            job=job,
            reads_window=window_of is not None,
        )
        await _read(run)
    except VendorError as ended:
        error = ended
    async with job.service.db.tenant(job.tenant_id) as connection:
        await settle_sync(connection, job.tenant_id, source, error, window_of)
        is_in = error is not None or await await_refresh(connection, job.tenant_id, job.job_id)
    return error, is_in


async def _read(run: SyncRun) -> None:
    kind = SOURCE_KINDS[run.source.kind]
    assert kind.sync is not None  # noqa: S101 -- only what has a sync is queued
    try:
        await kind.sync(run)
    except (VendorError, JobCancelled, JobHandedBack):
        raise
    except Exception as error:
        if is_outage(error):
            raise
        async with run.transaction() as connection:
            if await get_source(connection, run.tenant_id, run.source.source_id) is None:
                raise JobCancelled from error
        # A mistake of ours is told like an outage: the source is tried again, and people see that it is not read.
        logger.opt(exception=error).error("{} {}: its sync broke", run.source.kind, run.source.source_id)
        message = f"internal error ({type(error).__name__}); see the log for job {run.job.job_id}"
        raise VendorAway(message) from error
