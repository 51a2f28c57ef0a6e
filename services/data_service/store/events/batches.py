"""Recorded batches, and when analytics' answers include them."""

from collections.abc import Sequence
from uuid import UUID

from common.db import Connection


async def close_batch(
    connection: Connection,
    tenant_id: UUID,
    batch_id: UUID,
    job_id: UUID | None,
    rows: int,
    seen: Sequence[tuple[str, str]] = (),
) -> None:
    """Store a batch whose rows are recorded, with the (user, device or '') pairs `seen` in them."""
    await connection.execute(
        "select data.close_batch($1, $2, $3, $4, $5, $6)",
        tenant_id,
        batch_id,
        job_id,
        rows,
        [user for user, _ in seen],
        [device for _, device in seen],
    )


async def await_refresh(connection: Connection, tenant_id: UUID, job_id: UUID) -> bool:
    """Whether the answers include everything recorded so far; if not, the job is marked as waiting for it."""
    return bool(await connection.fetchval("select data.await_refresh($1, $2)", tenant_id, job_id))


async def mark_refreshed(connection: Connection, tenant_id: UUID, batch_ids: Sequence[UUID]) -> list[UUID]:
    """Mark these batches as included in the answers; returns the jobs that now have nothing left to wait for."""
    rows = await connection.fetch("select data.mark_refreshed($1, $2)", tenant_id, list(batch_ids))
    return [row[0] for row in rows]
