"""Statements for the website dashboard's statistics."""

from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from common.db import Connection
from common.db.jsonb import raw_jsonb
from services.analytics_service.store.day_range import DateRange

STATISTICS = (
    "revenue",
    "purchases",
    "visitors",
    "sessions",
    "page_views",
    "add_to_carts",
    "abandoned_carts",
    "abandoned_value",
    "searches",
    "failed_searches",
    "repeat_visitors",
    "conversion_rate",
    "average_order_value",
)


class Period(NamedTuple):
    """The figures of one period by name, and the money that they leave out because it has no exchange rate."""

    days: DateRange
    figures: dict[str, Any]
    unconverted_rows: int
    unconverted: Any
    unconverted_days: list[date]


async def get_periods(
    connection: Connection, tenant_id: UUID, days: DateRange, location_id: str | None
) -> tuple[Period, Period]:
    """Return the figures of the range and of the equally long period before it."""
    current, previous = await connection.fetch(
        "select * from analytics.get_complete_dashboard_data($1, $2, $3, $4)", tenant_id, *days, location_id
    )
    return _period(current), _period(previous)


def _period(row: Any) -> Period:
    figures = {name: row[name] for name in STATISTICS}
    days = DateRange(row["start_date"], row["end_date"])
    unconverted = raw_jsonb(row["unconverted"])
    return Period(days, figures, row["unconverted_rows"], unconverted, row["unconverted_days"])


async def get_breakdown(
    connection: Connection, function: str, tenant_id: UUID, days: DateRange, location_id: str | None
) -> list[dict[str, Any]]:
    """Return the rows of get_daily_statistics, get_top_products, get_top_search_terms or get_location_statistics."""
    rows = await connection.fetch(
        f"select * from analytics.{function}($1, $2, $3, $4)",  # noqa: S608 -- own names
        tenant_id,
        *days,
        location_id,
    )
    return [dict(row) for row in rows]
