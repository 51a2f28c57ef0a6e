"""What ratios of marketing are made of: exact sums, of all that leads and ads brought."""

from typing import Any
from uuid import UUID

from common.db import Connection
from services.analytics_service.store.day_range import DateRange


async def get_marketing_totals(
    connection: Connection, tenant_id: UUID, days: DateRange, platform: str | None
) -> dict[str, Any]:
    """The range's sums, of one platform or of all."""
    statement = "select * from analytics.get_marketing_totals($1, $2, $3, $4)"
    platforms = None if platform is None else [platform]
    return dict(await connection.fetchrow(statement, tenant_id, *days, platforms) or {})
