"""Channels' functions of the database: visits, leads and ads by how they came."""

from typing import Any
from uuid import UUID

from common.db import Connection
from services.analytics_service.store.day_range import DateRange

Rows = list[dict[str, Any]]


async def get_channel_figures(connection: Connection, tenant_id: UUID, days: DateRange) -> Rows:
    """What every channel had, by leads."""
    rows = await connection.fetch("select * from analytics.get_channel_figures($1, $2, $3)", tenant_id, *days)
    return [dict(row) for row in rows]


async def get_channel_campaigns(connection: Connection, tenant_id: UUID, days: DateRange, channel: str) -> Rows:
    """A channel's campaigns, by spend."""
    statement = "select * from analytics.get_channel_campaigns($1, $2, $3, $4)"
    return [dict(row) for row in await connection.fetch(statement, tenant_id, *days, channel)]


async def get_dashboard_trend(connection: Connection, tenant_id: UUID, days: DateRange) -> Rows:
    """The company's days."""
    rows = await connection.fetch("select * from analytics.get_dashboard_trend($1, $2, $3)", tenant_id, *days)
    return [dict(row) for row in rows]


async def get_channel_trend(connection: Connection, tenant_id: UUID, days: DateRange, channel: str) -> Rows:
    """A channel's days."""
    statement = "select * from analytics.get_channel_trend($1, $2, $3, $4)"
    return [dict(row) for row in await connection.fetch(statement, tenant_id, *days, channel)]
