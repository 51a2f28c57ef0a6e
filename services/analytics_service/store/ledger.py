"""Statements for the reconciliation ledger: platforms' claims beside the company's books."""

from typing import Any
from uuid import UUID

from common.db import Connection
from common.pagination import PageParams
from services.analytics_service.store.day_range import DateRange
from services.analytics_service.store.marketing import Platforms, Rows


async def get_ledger(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms, page: PageParams
) -> Rows:
    """Return a page of lines, one per day and campaign, by day and spend."""
    statement = "select * from analytics.get_ledger($1, $2, $3, $4, $5, $6)"
    return [
        dict(row) for row in await connection.fetch(statement, tenant_id, *days, platforms, page.limit, page.offset)
    ]


async def get_ledger_totals(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms
) -> dict[str, Any]:
    """Return the totals of the lines of all pages."""
    statement = "select * from analytics.get_ledger_totals($1, $2, $3, $4)"
    return dict(await connection.fetchrow(statement, tenant_id, *days, platforms) or {})
