"""`backfill.*`: going through a stored plan, newest days first, a step at a time.

Each step holds a worker's slot for seconds; waiting for a vendor, its quota or a report that it gathers holds none. A
piece that its vendor does not answer for good, or that we stumble over, ends the job as failed, with its days by name,
after all others were read; a retry reads just it.
"""

from datetime import datetime, timedelta
from random import uniform
from time import monotonic
from typing import Final

from common.clock import now
from common.jobs import AWAITING, JobContext, JobFailed, Resume
from common.problem import Problem
from services.data_service.domain.backfill.backfill_progress import eta, missing_in_words
from services.data_service.domain.backfill.read_piece import read_piece
from services.data_service.domain.syncs import sync_run
from services.data_service.domain.syncs.internal_errors import InternalFailure
from services.data_service.domain.syncs.sync_run import ToBeContinued
from services.data_service.sources.vendor import NeedsAttention, QuotaSpent, VendorAway
from services.data_service.store.events.batches import await_refresh
from services.data_service.store.syncs.backfill_pieces import (
    Piece,
    Standing,
    give_up_source,
    mark_unanswered,
    next_piece,
    pieces_in,
    standing,
)
from services.data_service.store.syncs.sources import forget_places

# How long a vendor that does not answer is left alone between the eight attempts at one piece: 78 minutes in all.
_AWAY_SECONDS: Final = (30, 60, 120, 300, 600, 1800, 1800)
# A mistake of ours seldom passes: so many more attempts, and the other days go on.
_MORE_OF_OURS: Final = 2
# So many pieces in a row without an answer, and it is not the pieces.
_MOST_FAILED: Final = 3
# Quotas come back on the vendor's clock, and all who wait for one should not be there at the same second.
_LEEWAY_SECONDS: Final = (5.0, 60.0)


async def backfill_step(job: JobContext) -> object:
    """Read pieces for one step's time.

    Raises:
        JobFailed: days could not be read: they are named.
        JobCancelled, JobHandedBack: between two pieces, or two pages of one.
    """
    began = monotonic()
    while True:
        piece, stands = await _look(job)
        if piece is None or _is_hopeless(piece, stands):
            return await _end(job, stands)
        try:
            await read_piece(job, piece, stands, step_began=began)
        except ToBeContinued as later:
            return Resume() if later.at is None else await _sleep(job, stands, later.at, later.note)
        except QuotaSpent as spent:
            until = max(spent.until, now()) + timedelta(seconds=uniform(*_LEEWAY_SECONDS))  # noqa: S311 -- a pause
            return await _sleep(job, stands, until, spent.reason)
        except VendorAway as away:
            return await _put_off(job, piece, stands, away)
        except (NeedsAttention, Problem) as refused:
            await _give_up_source(job, piece, str(refused))
        job.service.wake_relay()
        if monotonic() - began > sync_run.BACKFILL_STEP_SECONDS:
            return Resume()


async def _look(job: JobContext) -> tuple[Piece | None, Standing]:
    """What is next, and how far it is; here a cancelled job ends."""
    async with job.service.db.tenant(job.tenant_id) as connection:
        piece = await next_piece(connection, job.tenant_id, job.job_id)
        stands = await standing(connection, job.tenant_id, job.job_id)
        job.eta = eta(stands, job.params.get("expected_seconds"), now())
        await job.progress(stands.read, stands.total, connection)
    return piece, stands


def _is_hopeless(piece: Piece, stands: Standing) -> bool:
    return stands.failed_in_a_row >= _MOST_FAILED and piece.attempts == 0


async def _sleep(job: JobContext, stands: Standing, until: datetime, reason: str) -> Resume:
    job.eta = job.eta and until + (job.eta - now())
    await job.progress(stands.read, stands.total)
    return Resume(until, reason)


async def _put_off(job: JobContext, piece: Piece, stands: Standing, away: VendorAway) -> Resume:
    """Leave the vendor alone for a while; after the last attempt the other pieces go on without this one."""
    gives_up = piece.attempts >= (_MORE_OF_OURS if isinstance(away, InternalFailure) else len(_AWAY_SECONDS))
    async with job.service.db.tenant(job.tenant_id) as connection:
        await mark_unanswered(connection, job.tenant_id, job.job_id, piece, away.reason, gives_up=gives_up)
        await job.hold(connection)
    if gives_up:
        return Resume()
    pause = _AWAY_SECONDS[piece.attempts] * uniform(0.8, 1.2)  # noqa: S311 -- a pause
    until = now() + timedelta(seconds=max(pause, away.retry_after or 0.0))
    return await _sleep(job, stands, until, away.reason)


async def _give_up_source(job: JobContext, piece: Piece, reason: str) -> None:
    """A person must act before anything more is read from it; another property of the same job goes on."""
    async with job.service.db.tenant(job.tenant_id) as connection:
        await give_up_source(connection, job.tenant_id, job.job_id, piece.source_id, reason)
        await job.hold(connection)


async def _end(job: JobContext, stands: Standing) -> object:
    """Completed only where every day that can be read was."""
    if stands.failed or stands.waiting:
        raise JobFailed(await _what_is_missing(job))
    if stands.lost:
        job.counts["lost_days"] = stands.lost
    job.eta = None
    async with job.service.db.tenant(job.tenant_id) as connection:
        await forget_places(connection, job.tenant_id, job.job_id)
        await job.progress(stands.read, stands.total, connection)
        is_in = await await_refresh(connection, job.tenant_id, job.job_id)
    return None if is_in else AWAITING


async def _what_is_missing(job: JobContext) -> str:
    async with job.service.db.tenant(job.tenant_id, readonly=True) as connection:
        failed = await pieces_in(connection, job.tenant_id, job.job_id, "failed")
        waiting = await pieces_in(connection, job.tenant_id, job.job_id, "waiting")
    return f"{missing_in_words(failed, waiting)} A retry goes on with just these days."
