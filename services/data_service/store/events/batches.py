"""When analytics' answers include what was recorded."""

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
    """Write down a batch whose rows are in, and the (user, device or '') pairs among them."""
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
    """Whether the answers include everything recorded until now; if not, the job is noted to wait for it."""
    return bool(await connection.fetchval("select data.await_refresh($1, $2)", tenant_id, job_id))


async def mark_refreshed(connection: Connection, tenant_id: UUID, batch_ids: Sequence[UUID]) -> list[UUID]:
    """Note that the answers include these batches; gives the jobs that waited for the last of them."""
    rows = await connection.fetch("select data.mark_refreshed($1, $2)", tenant_id, list(batch_ids))
    return [row[0] for row in rows]
