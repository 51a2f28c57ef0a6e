"""What platforms claim beside what the company's books say: the database's functions that hold the two together."""

from typing import Any
from uuid import UUID

from common.db import Connection
from common.pagination import PageParams
from services.analytics_service.store.day_range import DateRange
from services.analytics_service.store.marketing import Platforms, Rows


async def get_ledger(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms, page: PageParams
) -> Rows:
    """The lines, a day and campaign each, by day and spend."""
    statement = "select * from analytics.get_ledger($1, $2, $3, $4, $5, $6)"
    return [
        dict(row) for row in await connection.fetch(statement, tenant_id, *days, platforms, page.limit, page.offset)
    ]


async def get_ledger_totals(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms
) -> dict[str, Any]:
    """What the lines of all pages come to."""
    statement = "select * from analytics.get_ledger_totals($1, $2, $3, $4)"
    return dict(await connection.fetchrow(statement, tenant_id, *days, platforms) or {})
