"""COPY into a temporary table: plain COPY into a table under row-level security is refused."""

from collections.abc import AsyncIterator

from common.db import Connection
from services.data_service.store.staged_event import StagedEvent


async def stage(connection: Connection, copy: bytes) -> None:
    """Fill the staging table of this connection, which the first call makes."""
    await connection.execute("select data.staging_table()")
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
