"""Spend without leads and leads without a campaign: the database's functions that find them."""

from typing import Any
from uuid import UUID

from common.db import Connection
from common.db.jsonb import raw_jsonb
from common.pagination import PageParams
from services.analytics_service.store.day_range import DateRange
from services.analytics_service.store.marketing import Platforms, Rows


async def get_spend_without_leads(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms, page: PageParams
) -> Rows:
    """Campaigns that cost something and brought no lead, by spend."""
    statement = "select * from analytics.get_spend_without_leads($1, $2, $3, $4, $5, $6)"
    return [
        dict(row) for row in await connection.fetch(statement, tenant_id, *days, platforms, page.limit, page.offset)
    ]


async def get_leads_without_campaign(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms, page: PageParams
) -> Rows:
    """Leads of no campaign by what they say of where they came from, and why they have none, by leads."""
    statement = "select * from analytics.get_leads_without_campaign($1, $2, $3, $4, $5, $6)"
    return [
        dict(row) for row in await connection.fetch(statement, tenant_id, *days, platforms, page.limit, page.offset)
    ]


async def get_utm_audit_totals(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms
) -> dict[str, Any]:
    """What both lists come to, on all pages, beside all spend and leads."""
    statement = "select * from analytics.get_utm_audit_totals($1, $2, $3, $4)"
    row = dict(await connection.fetchrow(statement, tenant_id, *days, platforms) or {})
    return row | {"by_reason": raw_jsonb(row["by_reason"])}
