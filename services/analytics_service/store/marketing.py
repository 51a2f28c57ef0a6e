"""Marketing's database functions whose rows are answered as they are."""

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
    """Return the range's figures, and the money that they leave out because it has no exchange rate."""
    statement = "select * from analytics.get_marketing_kpi($1, $2, $3, $4)"
    row = dict(await connection.fetchrow(statement, tenant_id, *days, platforms) or {})
    row["unconverted"] = _unconverted(row)
    return row


async def get_unconverted(connection: Connection, tenant_id: UUID, days: DateRange) -> dict[str, Any]:
    """Return the money of all platforms that the range's figures leave out because it has no exchange rate."""
    row = await connection.fetchrow("select * from analytics.unconverted_of($1, $2, $3)", tenant_id, *days)
    return _unconverted(dict(row or {}))


async def get_lead_trend(connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms) -> Rows:
    """Return leads by day."""
    return await _rows(connection, "get_lead_trend", tenant_id, days, platforms)


async def get_spend_trend(connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms) -> Rows:
    """Return spend by day."""
    return await _rows(connection, "get_spend_trend", tenant_id, days, platforms)


async def get_metric_trend(connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms) -> Rows:
    """Return the figures of leads and ads by day."""
    return await _rows(connection, "get_metric_trend", tenant_id, days, platforms)


async def get_platform_leads(connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms) -> Rows:
    """Return leads by platform."""
    return await _rows(connection, "get_platform_leads", tenant_id, days, platforms)


async def get_paid_split(connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms) -> Rows:
    """Return paid and organic leads by platform."""
    return await _rows(connection, "get_paid_split", tenant_id, days, platforms)


async def get_utm_sources(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms, limit: int
) -> Rows:
    """Return leads by platform and source."""
    return await _rows(connection, "get_utm_sources", tenant_id, days, platforms, limit)


async def get_campaigns(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms, limit: int
) -> Rows:
    """Return campaigns by spend."""
    return await _rows(connection, "get_campaigns", tenant_id, days, platforms, limit)


async def get_campaign_scatter(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms, limit: int
) -> Rows:
    """Return campaigns with at least three leads."""
    return await _rows(connection, "get_campaign_scatter", tenant_id, days, platforms, limit)


async def get_campaign_changes(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms, limit: int
) -> Rows:
    """Return campaigns compared with the previous period."""
    return await _rows(connection, "get_campaign_changes", tenant_id, days, platforms, limit)


async def get_products(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms, limit: int
) -> Rows:
    """Return products by leads."""
    return await _rows(connection, "get_products", tenant_id, days, platforms, limit)


async def get_branches(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms, limit: int
) -> Rows:
    """Return branches by leads."""
    return await _rows(connection, "get_branches", tenant_id, days, platforms, limit)


async def _rows(
    connection: Connection, function: str, tenant_id: UUID, days: DateRange, platforms: Platforms, *limit: int
) -> Rows:
    places = ", ".join(f"${number}" for number in range(1, 5 + len(limit)))
    statement = f"select * from analytics.{function}({places})"  # noqa: S608 -- own names
    return [dict(row) for row in await connection.fetch(statement, tenant_id, *days, platforms, *limit)]


def _unconverted(row: dict[str, Any]) -> dict[str, Any]:
    """Take the unconverted money out of a row."""
    return {
        "rows": row.pop("unconverted_rows"),
        "by_currency": raw_jsonb(row.pop("unconverted")),
        "days": row.pop("unconverted_days"),
    }
