"""What ratios of marketing are made of: exact sums, of all that leads and ads brought."""

from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from common.db import Connection
from services.analytics_service.store.day_range import DateRange


class MarketingTotals(NamedTuple):
    """The exact sums of a range."""

    leads: int
    contracts: int
    revenue: Decimal
    spend: Decimal
    impressions: int
    clicks: int


async def get_marketing_totals(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: list[str] | None
) -> MarketingTotals:
    """The range's sums, of all platforms or of some."""
    statement = "select * from analytics.get_marketing_totals($1, $2, $3, $4)"
    row = await connection.fetchrow(statement, tenant_id, *days, platforms)
    return MarketingTotals(*(row or ()))
