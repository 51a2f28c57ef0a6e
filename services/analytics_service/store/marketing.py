"""Marketing's functions of the database that answer as they are."""

from typing import Any
from uuid import UUID

from common.db import Connection
from common.db.jsonb import raw_jsonb
from services.analytics_service.store.day_range import DateRange

Rows = list[dict[str, Any]]
Platforms = list[str] | None


async def get_marketing_kpi(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms
) -> dict[str, Any]:
    """The range's figures, with the money that they leave out for want of a rate."""
    statement = "select * from analytics.get_marketing_kpi($1, $2, $3, $4)"
    row = dict(await connection.fetchrow(statement, tenant_id, *days, platforms) or {})
    row["unconverted"] = _unconverted(row)
    return row


async def get_unconverted(connection: Connection, tenant_id: UUID, days: DateRange) -> dict[str, Any]:
    """The money of all platforms that the range's figures leave out for want of a rate."""
    row = await connection.fetchrow("select * from analytics.unconverted_of($1, $2, $3)", tenant_id, *days)
    return _unconverted(dict(row or {}))


async def get_lead_trend(connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms) -> Rows:
    """Leads by day."""
    return await _rows(connection, "get_lead_trend", tenant_id, days, platforms)


async def get_spend_trend(connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms) -> Rows:
    """Spend by day."""
    return await _rows(connection, "get_spend_trend", tenant_id, days, platforms)


async def get_metric_trend(connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms) -> Rows:
    """The figures of ads by day."""
    return await _rows(connection, "get_metric_trend", tenant_id, days, platforms)


async def get_platform_leads(connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms) -> Rows:
    """Leads by platform."""
    return await _rows(connection, "get_platform_leads", tenant_id, days, platforms)


async def get_paid_split(connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms) -> Rows:
    """Leads by platform, paid and not."""
    return await _rows(connection, "get_paid_split", tenant_id, days, platforms)


async def get_utm_sources(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms, limit: int
) -> Rows:
    """Leads by platform and source."""
    return await _rows(connection, "get_utm_sources", tenant_id, days, platforms, limit)


async def get_campaigns(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms, limit: int
) -> Rows:
    """Campaigns by spend."""
    return await _rows(connection, "get_campaigns", tenant_id, days, platforms, limit)


async def get_campaign_scatter(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms, limit: int
) -> Rows:
    """Campaigns with at least three leads."""
    return await _rows(connection, "get_campaign_scatter", tenant_id, days, platforms, limit)


async def get_campaign_changes(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms, limit: int
) -> Rows:
    """Campaigns beside the period before."""
    return await _rows(connection, "get_campaign_changes", tenant_id, days, platforms, limit)


async def get_products(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms, limit: int
) -> Rows:
    """Products by leads."""
    return await _rows(connection, "get_products", tenant_id, days, platforms, limit)


async def get_branches(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms, limit: int
) -> Rows:
    """Branches by leads."""
    return await _rows(connection, "get_branches", tenant_id, days, platforms, limit)


async def _rows(
    connection: Connection, function: str, tenant_id: UUID, days: DateRange, platforms: Platforms, *limit: int
) -> Rows:
    places = ", ".join(f"${number}" for number in range(1, 5 + len(limit)))
    statement = f"select * from analytics.{function}({places})"  # noqa: S608 -- own names
    return [dict(row) for row in await connection.fetch(statement, tenant_id, *days, platforms, *limit)]


def _unconverted(row: dict[str, Any]) -> dict[str, Any]:
    """Takes it out of a row."""
    return {
        "rows": row.pop("unconverted_rows"),
        "by_currency": raw_jsonb(row.pop("unconverted")),
        "days": row.pop("unconverted_days"),
    }
