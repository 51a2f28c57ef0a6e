"""COPY into a temporary table: plain COPY into a table under row-level security is refused."""

from collections.abc import Sequence

from common.db import Connection
from services.data_service.store.events.staged_event import StagedEvent


async def stage(connection: Connection, copy: bytes) -> None:
    """COPY into the events' staging table of this connection; the first call creates it."""
    await connection.execute("select data.staging_table()")
    await _copy(connection, "staged_event", StagedEvent._fields, copy)


async def stage_rows(connection: Connection, table: str, columns: Sequence[str], copy: bytes) -> None:
    """COPY into one of the staging tables for rows of files; the first call creates it."""
    await connection.execute("select data.staging_rows()")
    await _copy(connection, table, columns, copy)


async def _copy(connection: Connection, table: str, columns: Sequence[str], copy: bytes) -> None:
    # As one buffer: after each piece of an iterator, asyncpg waits for room to write, even if the connection is lost
    # meanwhile, without end. (It takes bytes for the name of a file.)
    source = memoryview(copy)
    await connection.copy_to_table(table, schema_name="pg_temp", columns=columns, source=source, format="text", null="")
