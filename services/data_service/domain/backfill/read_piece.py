"""Reading one piece of a backfill: a sync of its days, which reports the backfill's progress instead of its own."""

from dataclasses import dataclass
from time import monotonic
from typing import Final

from common.db import Connection
from common.jobs import JobContext
from services.data_service.domain.backfill.plan_backfill import account_of, refuse_to_read
from services.data_service.domain.syncs.internal_errors import refuse_after_crashes, reporting_internal_errors
from services.data_service.domain.syncs.open_source import open_source
from services.data_service.domain.syncs.source_kinds import SOURCE_KINDS
from services.data_service.domain.syncs.sync_run import SyncRun, ToBeContinued
from services.data_service.errors import SourceReadsAnother
from services.data_service.sources.vendor import NeedsAttention
from services.data_service.store.syncs.backfill_pieces import Piece, Standing, add_work, mark_read
from services.data_service.store.syncs.sync_schedule import bring_forward

# Counts of a sync that are not new rows.
_NOT_NEW: Final = frozenset(
    {
        *("duplicates", "rejected", "unchanged", "restated", "days_not_kept"),
        *("kept_older_days", "kept_older_channel_days", "kept_older_ad_days", "told_by_another_source"),
    }
)


@dataclass
class PieceOfJob(JobContext):
    """The backfill's job as the sync of a piece sees it: progress is in days of the whole backfill."""

    days_read: int = 0
    days_in_all: int = 0

    async def progress(self, done: int, total: int | None, connection: Connection | None = None) -> None:
        """Write the counts and check whether to stop; the piece's own progress is ignored."""
        del done, total
        await super().progress(self.days_read, self.days_in_all, connection)


async def read_piece(job: JobContext, piece: Piece, standing: Standing, *, step_began: float | None = None) -> None:
    """Read the days of a piece and mark it read. A piece interrupted at any point is read again, with the same result.

    `step_began` is when the job's step began, by `monotonic`, if it read other pieces before this one.

    Raises:
        SourceNotFound, SourcePaused, SourceNeedsAttention, SourceReadsAnother: the source has changed since the
            backfill began.
        VendorError (InternalFailure too): the piece still waits.
        ToBeContinued: the piece was read in part; the job continues with the rest.
        JobCancelled, JobHandedBack: between two pages.
    """
    own = PieceOfJob(**vars(job), days_read=standing.read, days_in_all=standing.total)
    before, began = _new_rows(job), monotonic()

    def work() -> tuple[int, float]:
        return _new_rows(job) - before, monotonic() - began

    try:
        async with reporting_internal_errors(job, piece.source_id):
            refuse_after_crashes(job)
            await _read(own, piece, began if step_began is None else step_began)
    except NeedsAttention:
        # The source's own sync finds out, now, whether only these days are refused or the whole source.
        async with job.service.db.tenant(job.tenant_id) as connection:
            await bring_forward(connection, job.tenant_id, piece.source_id)
        raise
    except ToBeContinued:
        job.counts = own.counts
        async with job.service.db.tenant(job.tenant_id) as connection:
            await add_work(connection, job.tenant_id, job.job_id, piece, work())
            await job.hold(connection)
        raise
    finally:
        job.counts = own.counts
    async with job.service.db.tenant(job.tenant_id) as connection:
        await mark_read(connection, job.tenant_id, job.job_id, piece, work())
        await job.hold(connection)


async def _read(job: PieceOfJob, piece: Piece, step_began: float) -> None:
    access = await open_source(job.service, job.tenant_id, piece.source_id)
    refuse_to_read(access.source)
    planned_of = job.params.get("accounts", {}).get(str(piece.source_id))
    if planned_of is not None and planned_of != account_of(access.source):
        message = f"the source was changed and no longer reads {planned_of}: plan a backfill of what it reads now"
        raise SourceReadsAnother(message)
    sync = SOURCE_KINDS[access.source.kind].sync
    assert sync is not None  # noqa: S101 -- a plan is made only of a kind that reads
    data_types = job.params.get("data_types")
    run = SyncRun(
        **vars(access),
        job=job,
        days=(piece.first_day, piece.last_day),
        data_types=None if data_types is None else frozenset(data_types),
        step_began=step_began,
    )
    await sync(run)


def _new_rows(job: JobContext) -> int:
    return sum(number for name, number in job.counts.items() if name not in _NOT_NEW)
