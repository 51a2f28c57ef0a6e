"""data.backfill_piece: the plan of a backfill and its progress."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from common.db import Connection


class Piece(NamedTuple):
    """Days of one source that are read in one go."""

    source_id: UUID
    first_day: date
    last_day: date
    state: str = "waiting"
    reason: str = ""
    attempts: int = 0

    @property
    def days(self) -> int:
        """How many days the piece has."""
        return (self.last_day - self.first_day).days + 1


class Standing(NamedTuple):
    """The progress of a backfill, in days; `seconds` is the working time that the read days took.

    `failed_in_a_row` counts the pieces that failed since the last one that was read.
    """

    read: int
    waiting: int
    failed: int
    lost: int
    seconds: float
    failed_in_a_row: int

    @property
    def total(self) -> int:
        """How many days the backfill reads in all."""
        return self.read + self.waiting + self.failed


async def add_pieces(connection: Connection, tenant_id: UUID, job_id: UUID, pieces: Sequence[Piece]) -> None:
    """Store a plan, in the transaction of its job."""
    await connection.executemany(
        "insert into data.backfill_piece (tenant_id, job_id, source_id, first_day, last_day, state, reason)"
        " values ($1, $2, $3, $4, $5, $6, $7)",
        [(tenant_id, job_id, *piece[:5]) for piece in pieces],
    )


async def unfinished_backfills(connection: Connection, tenant_id: UUID) -> int:
    """How many of the tenant's backfills wait or run; locked against other counters until the transaction ends."""
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"unfinished backfills {tenant_id}"
    )
    number = await connection.fetchval(
        "select count(*) from data.job where tenant_id = $1 and kind like 'backfill.%'"
        " and status in ('queued', 'running') and not awaiting",
        tenant_id,
    )
    return int(number or 0)


async def next_piece(connection: Connection, tenant_id: UUID, job_id: UUID) -> Piece | None:
    """The waiting piece with the newest days; pieces that failed before come last."""
    row = await connection.fetchrow(
        "select source_id, first_day, last_day, state, reason, attempts from data.backfill_piece"
        " where tenant_id = $1 and job_id = $2 and state = 'waiting'"
        " order by ended_at is not null, last_day desc, source_id limit 1",
        tenant_id,
        job_id,
    )
    return row and Piece(*row)


async def mark_read(
    connection: Connection, tenant_id: UUID, job_id: UUID, piece: Piece, work: tuple[int, float]
) -> None:
    """Mark a piece as read, adding the last step's `work` (new rows, seconds).

    Does nothing if another worker has done so already.
    """
    await connection.execute(
        "update data.backfill_piece set state = 'done', rows = rows + $5, seconds = seconds + $6, reason = '',"
        " ended_at = now()"
        " where tenant_id = $1 and job_id = $2 and source_id = $3 and first_day = $4 and state = 'waiting'",
        tenant_id,
        job_id,
        piece.source_id,
        piece.first_day,
        *work,
    )


async def add_work(
    connection: Connection, tenant_id: UUID, job_id: UUID, piece: Piece, work: tuple[int, float]
) -> None:
    """Add the `work` (new rows, seconds) of a step that read part of a piece."""
    await connection.execute(
        "update data.backfill_piece set rows = rows + $5, seconds = seconds + $6"
        " where tenant_id = $1 and job_id = $2 and source_id = $3 and first_day = $4 and state = 'waiting'",
        tenant_id,
        job_id,
        piece.source_id,
        piece.first_day,
        *work,
    )


async def mark_unanswered(
    connection: Connection, tenant_id: UUID, job_id: UUID, piece: Piece, reason: str, *, gives_up: bool
) -> None:
    """Record that the vendor did not answer; with `gives_up` the piece waits until someone retries the job."""
    await connection.execute(
        "update data.backfill_piece set attempts = attempts + 1, reason = $5,"
        " state = case when $6 then 'failed' else state end, ended_at = case when $6 then now() end"
        " where tenant_id = $1 and job_id = $2 and source_id = $3 and first_day = $4 and state = 'waiting'",
        tenant_id,
        job_id,
        piece.source_id,
        piece.first_day,
        reason,
        gives_up,
    )


async def give_up_source(connection: Connection, tenant_id: UUID, job_id: UUID, source_id: UUID, reason: str) -> None:
    """Give up all unread pieces of a source until someone retries the job."""
    await connection.execute(
        "update data.backfill_piece set state = 'failed', reason = $4"
        " where tenant_id = $1 and job_id = $2 and source_id = $3 and state = 'waiting'",
        tenant_id,
        job_id,
        source_id,
        reason,
    )


async def wait_again(connection: Connection, tenant_id: UUID, job_id: UUID) -> None:
    """Make failed pieces wait again, in the transaction that retries the job."""
    await connection.execute(
        "update data.backfill_piece set state = 'waiting', attempts = 0, reason = ''"
        " where tenant_id = $1 and job_id = $2 and state in ('waiting', 'failed')",
        tenant_id,
        job_id,
    )


async def standing(connection: Connection, tenant_id: UUID, job_id: UUID) -> Standing:
    """The progress of the backfill."""
    row: Any = await connection.fetchrow(
        "select coalesce(sum(days) filter (where state = 'done'), 0),"
        " coalesce(sum(days) filter (where state = 'waiting'), 0),"
        " coalesce(sum(days) filter (where state = 'failed'), 0),"
        " coalesce(sum(days) filter (where state = 'lost'), 0),"
        " coalesce(sum(seconds) filter (where state = 'done'), 0),"
        " count(*) filter (where state = 'failed' and ended_at > coalesce(last_read_at, '-infinity'))"
        " from (select state, seconds, ended_at, last_day - first_day + 1 as days,"
        " max(ended_at) filter (where state = 'done') over () as last_read_at"
        " from data.backfill_piece where tenant_id = $1 and job_id = $2) p",
        tenant_id,
        job_id,
    )
    return Standing(*row)


async def pieces_in(connection: Connection, tenant_id: UUID, job_id: UUID, state: str) -> list[Piece]:
    """The pieces in a state, newest days first."""
    rows = await connection.fetch(
        "select source_id, first_day, last_day, state, reason, attempts from data.backfill_piece"
        " where tenant_id = $1 and job_id = $2 and state = $3 order by last_day desc, source_id",
        tenant_id,
        job_id,
        state,
    )
    return [Piece(*row) for row in rows]


async def days_present(
    connection: Connection, tenant_id: UUID, source_id: UUID, roads: Sequence[int], days: tuple[date, date], zone: str
) -> list[date]:
    """data.get_days_present."""
    rows = await connection.fetch(
        "select day from data.get_days_present($1, $2, $3::smallint[], $4, $5, $6) order by day",
        tenant_id,
        source_id,
        list(roads),
        *days,
        zone,
    )
    return [row["day"] for row in rows]
