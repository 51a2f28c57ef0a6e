"""COPY into a temporary table: plain COPY into a table under row-level security is refused."""

from collections.abc import AsyncIterator

from common.db import Connection
from services.data_service.store.staged_event import StagedEvent

# One per connection and emptied by each commit; it holds no tenant, that comes with the insert.
# Its columns are StagedEvent's, in order.
_CREATE = """
    create temporary table if not exists staged_event (
        kind smallint not null,
        event_us bigint not null,
        event_id uuid not null,
        user_pseudo_id text,
        user_id text,
        session_id text,
        location_id text,
        page_location text,
        page_title text,
        subject text,
        value numeric,
        currency text,
        items jsonb,
        extra jsonb
    ) on commit delete rows
"""


async def stage(connection: Connection, copy: bytes) -> None:
    """Fill the staging table of this connection, making it the first time."""
    if not await connection.fetchval("select to_regclass('pg_temp.staged_event') is not null"):
        await connection.execute(_CREATE)
    await connection.copy_to_table(
        "staged_event",
        schema_name="pg_temp",
        columns=StagedEvent._fields,
        source=_once(copy),
        format="text",
        null="",
    )


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
