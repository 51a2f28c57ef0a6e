"""The rows of reports, read in chunks."""

from collections.abc import AsyncGenerator, Sequence
from typing import Any, Final
from uuid import UUID

from common.db import Connection
from services.analytics_service.store.day_range import DateRange

_CHUNK_ROWS: Final = 2_000


async def report_rows(
    connection: Connection,
    tenant_id: UUID,
    days: DateRange,
    platforms: list[str] | None,
    columns: Sequence[str],
) -> AsyncGenerator[list[tuple[Any, ...]]]:
    """Yield the rows in chunks, by a cursor, so that only one chunk is in memory at a time."""
    cursor = await connection.cursor(
        f"select {', '.join(columns)} from analytics.get_report_rows($1, $2, $3, $4, $5, $6, $7)",  # noqa: S608 -- own names
        tenant_id,
        *days,
        platforms,
        *(name in columns for name in ("day", "platform", "campaign_ref")),
    )
    while rows := await cursor.fetch(_CHUNK_ROWS):
        yield [tuple(row) for row in rows]
