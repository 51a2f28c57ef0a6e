"""`backfill.*`: reading a stored plan step by step, newest days first.

A step holds a worker's slot for seconds; waiting for a vendor, its quota or a pending report holds none. If a piece
finally fails (the vendor does not answer, or an internal error), all other pieces are still read, then the job fails
and names the days that are missing; a retry reads only those.
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

# The pauses between the eight attempts at a piece whose vendor does not answer: 78 minutes in all.
_AWAY_SECONDS: Final = (30, 60, 120, 300, 600, 1800, 1800)
# An internal error seldom goes away: fewer attempts, then the other days go on.
_MORE_OF_OURS: Final = 2
# If this many pieces in a row fail, the cause is not the pieces.
_MOST_FAILED: Final = 3
# Jitter: a quota renews for every waiting job at the same time, and they should not all retry at that second.
_LEEWAY_SECONDS: Final = (5.0, 60.0)


async def backfill_step(job: JobContext) -> object:
    """Read pieces for the time of one step.

    Raises:
        JobFailed: some days could not be read; the message names them.
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
    """The next piece and the progress; a cancelled job ends here."""
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
    """Pause before the next attempt; after the last attempt give the piece up and go on with the others."""
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
    """Give up a source until a person acts; the job's other sources go on."""
    async with job.service.db.tenant(job.tenant_id) as connection:
        await give_up_source(connection, job.tenant_id, job.job_id, piece.source_id, reason)
        await job.hold(connection)


async def _end(job: JobContext, stands: Standing) -> object:
    """End the job: completed only if every day was read."""
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
