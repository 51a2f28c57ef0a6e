"""Moving leads and contracts to the days of a changed time zone."""

from typing import Any, Final, NamedTuple
from uuid import UUID

from common.db import Connection
from services.data_service.store.events.marketing_batches import announce_marketing

_MOVE: Final = {
    "lead": "select last_id, seen_rows, moved_rows, lead_days from data.move_leads($1, $2, $3)",
    "contract": "select last_id, seen_rows, moved_rows, lead_ids from data.move_contracts($1, $2, $3)",
}
MOVED_TABLES: Final = tuple(_MOVE)


class Moved(NamedTuple):
    """The last id processed (None at the table's end), how many rows were seen, and how many changed their day."""

    last_id: str | None
    seen: int
    moved: int


async def move_rows(
    connection: Connection, tenant_id: UUID, job_id: UUID, table: str, *, after: str, limit: int
) -> Moved:
    """Process up to `limit` rows of a table and publish those that moved; see data.move_leads.

    Blocks other writers of the tenant's leads and contracts until the caller's transaction ends.
    """
    row: Any = await connection.fetchrow(_MOVE[table], tenant_id, after, limit)
    moved = Moved(row["last_id"], row["seen_rows"], row["moved_rows"])
    touched = {name: row[name] for name in ("lead_days", "lead_ids") if name in row}
    await announce_marketing(connection, tenant_id, job_id, moved.moved, **touched)
    return moved


async def count_movable(connection: Connection, tenant_id: UUID) -> int:
    """How many rows there are to process."""
    count: int | None = await connection.fetchval(
        "select (select count(*) from data.lead where tenant_id = $1)"
        " + (select count(*) from data.contract where tenant_id = $1)",
        tenant_id,
    )
    return count or 0
