"""The schedule of syncs: which sources are due, claiming them, and storing the outcome."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from common.db import Connection
from services.data_service.store.syncs.sources import COLUMNS, Source, get_source, source_of

# A sync that only waits for its rows to be in the answers no longer occupies its source.
_AT_WORK = (
    "exists (select from data.job j where j.tenant_id = s.tenant_id and j.job_id = s.sync_job_id"
    " and j.status in ('queued', 'running') and not j.awaiting)"
)


class Due(NamedTuple):
    """A source that is due."""

    tenant_id: UUID
    source_id: UUID


class Claimed(NamedTuple):
    """A source locked for scheduling; `at_work`: its last sync has not ended."""

    source_id: UUID
    kind: str
    at_work: bool


async def due_sources(connection: Connection, limit: int) -> list[Due]:
    """The due sources of all tenants (look-up `due_sources`), the longest due first."""
    rows = await connection.fetch(
        "select tenant_id, source_id from data.source where next_sync_at <= now() and status in ('active', 'degraded')"
        " order by next_sync_at limit $1",
        limit,
    )
    return [Due(*row) for row in rows]


async def claim_due(connection: Connection, tenant_id: UUID, source_ids: Sequence[UUID]) -> list[Claimed]:
    """Lock those that are still due and that no other replica is scheduling."""
    rows = await connection.fetch(
        f"select s.source_id, s.kind, {_AT_WORK} from data.source s"  # noqa: S608 -- own names
        " where s.tenant_id = $1 and s.source_id = any($2) and s.next_sync_at <= now()"
        " and s.status in ('active', 'degraded') order by s.source_id for update of s skip locked",
        tenant_id,
        list(source_ids),
    )
    return [Claimed(*row) for row in rows]


async def plan_next(
    connection: Connection, tenant_id: UUID, source_id: UUID, next_sync_at: datetime | None, job_id: UUID | None = None
) -> None:
    """Schedule a source's next sync if it is active, and with `job_id` store which job reads it now."""
    await connection.execute(
        "update data.source set sync_job_id = coalesce($4, sync_job_id),"
        " next_sync_at = case when status in ('active', 'degraded') then $3::timestamptz end"
        " where tenant_id = $1 and source_id = $2",
        *(tenant_id, source_id, next_sync_at, job_id),
    )


async def bring_forward(connection: Connection, tenant_id: UUID, source_id: UUID) -> None:
    """Make a source due now, if it is active."""
    await connection.execute(
        "update data.source set next_sync_at = now() where tenant_id = $1 and source_id = $2"
        " and status in ('active', 'degraded')",
        *(tenant_id, source_id),
    )


async def bring_others_forward(connection: Connection, tenant_id: UUID, job_id: UUID) -> None:
    """Make the sources of a sync due now, because it ends without having read them all."""
    await connection.execute(
        "update data.source set next_sync_at = now() where tenant_id = $1 and sync_job_id = $2"
        " and status in ('active', 'degraded')",
        *(tenant_id, job_id),
    )


async def job_at_work(connection: Connection, tenant_id: UUID, source_id: UUID) -> UUID | None:
    """The job of a source's unfinished sync, or None."""
    return await connection.fetchval(
        f"select s.sync_job_id from data.source s where s.tenant_id = $1 and s.source_id = $2 and {_AT_WORK}",  # noqa: S608 -- own names
        *(tenant_id, source_id),
    )


async def queued_at(connection: Connection, tenant_id: UUID, job_id: UUID) -> datetime:
    """When a sync was queued for the first time."""
    row = await connection.fetchrow(
        "select created_at from data.job where tenant_id = $1 and job_id = $2", tenant_id, job_id
    )
    assert row is not None  # noqa: S101 -- it is at work
    return row["created_at"]


async def take_source(connection: Connection, tenant_id: UUID, source_id: UUID, job_id: UUID) -> Source | None:
    """Take a source for this job to read; None if it is gone or another job reads it."""
    source = await get_source(connection, tenant_id, source_id)
    if source is None or source.sync_job_id == job_id:
        # Scheduled for this job already; read afresh, since a retried job must see later changes.
        return source
    row = await connection.fetchrow(
        "update data.source s set sync_job_id = $3 where s.tenant_id = $1 and s.source_id = $2"  # noqa: S608 -- own names
        f" and not {_AT_WORK} returning {COLUMNS}",
        *(tenant_id, source_id, job_id),
    )
    return row and source_of(row)


async def note_settled(connection: Connection, tenant_id: UUID, job_id: UUID, source_id: UUID, problem: str) -> None:
    """Store in the job that a source is done, with its problem or '', in the transaction that settles the source.

    The count of crashed workers begins at 0 again for the next source.
    """
    await connection.execute(
        "update data.job set deaths = 0, died_at = 0, params = jsonb_set(params, '{settled}',"
        " coalesce(params -> 'settled', '{}') || jsonb_build_object($3::text, $4::text))"
        " where tenant_id = $1 and job_id = $2",
        *(tenant_id, job_id, str(source_id), problem),
    )


class Outcome(NamedTuple):
    """A source's state after a sync; `read_at` and `window_read_on` are None if unchanged."""

    status: str
    reason: str
    failures: int
    next_sync_at: datetime | None
    read_at: datetime | None = None
    window_read_on: date | None = None


async def settle(connection: Connection, tenant_id: UUID, source_id: UUID, outcome: Outcome) -> None:
    """Store the outcome of a sync; `updated_at` stays, since it is for people's changes."""
    await connection.execute(
        "update data.source set status = $3, reason = $4, failures = $5, next_sync_at = $6,"
        " last_sync_at = coalesce($7, last_sync_at), window_read_on = coalesce($8, window_read_on)"
        " where tenant_id = $1 and source_id = $2",
        tenant_id,
        source_id,
        *outcome,
    )
