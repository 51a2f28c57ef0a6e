"""data.get_availability and data.get_stream_days."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from common.db import Connection


class EventDay(NamedTuple):
    """Rows of one table on one day of the tenant's zone."""

    event_table: str
    day: date
    event_count: int
    last_ts: datetime


class StreamDay(NamedTuple):
    """Rows of one stream on one day; None where they are not counted, and of a file for the source."""

    stream: str
    origin: str
    source_id: UUID | None
    day: date
    row_count: int | None
    last_at: datetime | None


async def get_availability(connection: Connection, tenant_id: UUID, time_zone: str) -> list[EventDay]:
    """Every day that has rows, by table."""
    rows = await connection.fetch("select * from data.get_availability($1, $2)", tenant_id, time_zone)
    return [EventDay(*row) for row in rows]


async def get_stream_days(connection: Connection, tenant_id: UUID, time_zone: str) -> list[StreamDay]:
    """Every day that has anything, by stream, origin and source."""
    rows = await connection.fetch("select * from data.get_stream_days($1, $2)", tenant_id, time_zone)
    return [StreamDay(*row) for row in rows]
