"""Reading one piece of a backfill: a sync of its days, with the backfill's progress instead of its own."""

from dataclasses import dataclass, fields
from time import monotonic
from typing import Any, Final

from common.db import Connection
from common.jobs import JobContext
from services.data_service.domain.open_source import open_source
from services.data_service.domain.settle_sync import settle_sync
from services.data_service.domain.source_kinds import SOURCE_KINDS
from services.data_service.domain.sync_run import SourceAccess, SyncRun
from services.data_service.errors import SourcePaused
from services.data_service.sources.vendor import NeedsAttention
from services.data_service.store.backfill_pieces import Piece, Standing, mark_read

# What a sync counts that is no new row.
_NOT_NEW: Final = frozenset({"duplicates", "rejected", "unchanged", "restated", "days_not_kept"})


@dataclass
class PieceOfJob(JobContext):
    """The backfill as the sync of a piece sees it: what the sync tells of its own pages is days of the whole."""

    days_read: int = 0
    days_in_all: int = 0

    async def progress(self, done: int, total: int | None, connection: Connection | None = None) -> None:
        """Write the counts and look whether to stop; how far the piece itself is plays no part."""
        del done, total
        await super().progress(self.days_read, self.days_in_all, connection)


async def read_piece(job: JobContext, piece: Piece, standing: Standing) -> None:
    """Read a piece's days and note that they are in. Killed anywhere, it is read again and comes out the same.

    Raises:
        SourceNotFound, SourcePaused: the source is gone, or paused, since the backfill began.
        VendorError: the piece still waits; where a person must act, the source says so from now on.
        JobCancelled, JobHandedBack: between two pages.
    """
    access = await open_source(job.service, job.tenant_id, piece.source_id)
    if access.source.status == "paused":
        raise SourcePaused("the source is paused: set it active, then retry")
    sync = SOURCE_KINDS[access.source.kind].sync
    assert sync is not None  # noqa: S101 -- a plan is made only of a kind that reads
    own = PieceOfJob(**_fields_of(job, JobContext), days_read=standing.read, days_in_all=standing.total)
    before, began = _new_rows(job), monotonic()
    data_types = job.params.get("data_types")
    run = SyncRun(
        **_fields_of(access, SourceAccess),
        job=own,
        days=(piece.first_day, piece.last_day),
        data_types=None if data_types is None else frozenset(data_types),
    )
    try:
        await sync(run)
    except NeedsAttention as refused:
        async with run.transaction() as connection:
            await settle_sync(connection, job.tenant_id, run.source, refused)
        raise
    finally:
        job.counts = own.counts
    async with job.service.db.tenant(job.tenant_id) as connection:
        await mark_read(
            connection,
            job.tenant_id,
            job.job_id,
            piece,
            rows=_new_rows(job) - before,
            seconds=monotonic() - began,
        )


def _fields_of(one: Any, kind: type) -> dict[str, Any]:
    return {field.name: getattr(one, field.name) for field in fields(kind)}


def _new_rows(job: JobContext) -> int:
    return sum(number for name, number in job.counts.items() if name not in _NOT_NEW)
