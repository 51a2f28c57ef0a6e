"""Re-resolving the locations of stored events by a changed rule."""

from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from common.db import Connection
from services.data_service.store.events.record_events import announce_batch

_START = datetime(1970, 1, 1, tzinfo=UTC)


class Cursor(NamedTuple):
    """The key after which to continue in a table."""

    event_ts: datetime = _START
    event_id: UUID = UUID(int=0)


async def resolve_locations(
    connection: Connection,
    tenant_id: UUID,
    job_id: UUID,
    *,
    table: str,
    place: str,
    name: str,
    after: Cursor,
    limit: int,
) -> tuple[Cursor | None, int]:
    """Process up to `limit` events of one table and publish those that changed as a batch.

    Returns:
        Where to continue (None at the table's end), and how many events changed.
    """
    rows = await connection.fetch(
        "select is_cursor, last_event_id, user_pseudo_id, user_id, event_count, first_ts,"
        " (extract(epoch from first_ts) * 1000000)::bigint as first_us,"
        " (extract(epoch from last_ts) * 1000000)::bigint as last_us"
        " from data.resolve_locations($1, $2, $3, $4, $5, $6, $7)",
        tenant_id,
        table,
        place,
        name,
        after.event_ts,
        after.event_id,
        limit,
    )
    cursor: Cursor | None = None
    changed = 0
    keys: list[tuple[str | None, str | None, int, int]] = []
    for row in rows:
        if row["is_cursor"]:
            cursor = Cursor(row["first_ts"], row["last_event_id"])
        else:
            changed += row["event_count"]
            keys.append((row["user_pseudo_id"], row["user_id"], row["first_us"], row["last_us"]))
    if changed:
        await announce_batch(connection, tenant_id, uuid4(), job_id, {table: changed}, keys)
    return cursor, changed
