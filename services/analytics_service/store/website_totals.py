"""Exact sums of website events, from which the website metrics of goals are computed."""

from typing import Any
from uuid import UUID

from common.db import Connection
from services.analytics_service.store.day_range import DateRange


async def get_website_totals(connection: Connection, tenant_id: UUID, days: DateRange) -> dict[str, Any]:
    """Return the range's sums."""
    statement = "select * from analytics.get_website_totals($1, $2, $3)"
    return dict(await connection.fetchrow(statement, tenant_id, *days) or {})
