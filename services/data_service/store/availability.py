"""data.get_availability."""

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


async def get_availability(connection: Connection, tenant_id: UUID, time_zone: str) -> list[EventDay]:
    """Every day that has rows, by table."""
    rows = await connection.fetch("select * from data.get_availability($1, $2)", tenant_id, time_zone)
    return [EventDay(*row) for row in rows]
