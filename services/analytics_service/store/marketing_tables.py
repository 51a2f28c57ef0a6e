"""Marketing's tables: their columns, and reading the rows that the refresh stored."""

from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

from common.db import Connection

# The values of the key columns mapped to those of the other columns, in the order of COLUMNS.
Rows = dict[tuple[Any, ...], tuple[Any, ...]]

_LEADS: Final = ("leads", "contracts", "revenue")
_ADS: Final = ("spend", "impressions", "clicks", "claimed_conversions", "claimed_revenue")
# The key columns and the other columns of each table.
COLUMNS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "campaign": (("platform", "campaign_ref"), ("account_id", "external_id", "name")),
    "campaign_word": (("platform", "kind", "word"), ("campaign_ref",)),
    "campaign_month": (
        ("month", "platform", "account_id", "campaign_key"),
        ("campaign_id", "name", "names", "first_day"),
    ),
    "fact_leads": (
        ("day", "lead_id"),
        (
            *("hour", "platform", "channel", "utm_source", "utm_campaign", "utm_id", "is_paid", "campaign_ref"),
            *("product_id", "product_name", "location_id", "contracts", "revenue"),
        ),
    ),
    "fact_leads_month": (("month", "platform", "channel", "utm_source", "is_paid", "campaign_ref"), _LEADS),
    "stray_lead_month": (("month", "platform", "utm_source", "utm_campaign", "utm_id"), _LEADS),
    "lead_channel_day": (("day", "channel"), _LEADS),
    "lead_hour": (("hour", "channel"), ("day", *_LEADS)),
    "v6_product_performance": (("month", "platform", "product_id", "product_name"), _LEADS),
    "v6_branch_performance": (("month", "platform", "location_id"), _LEADS),
    "v6_campaign_roi_daily": (("day", "platform", "campaign_ref"), (*_LEADS, *_ADS)),
    "v6_campaign_roi_monthly": (("month", "platform", "campaign_ref"), (*_LEADS, *_ADS)),
    "platform_day": (("day", "platform"), ("paid_leads", *_LEADS, *_ADS)),
    "platform_month": (("month", "platform"), ("paid_leads", *_LEADS, *_ADS)),
    "unconverted_day": (("day", "platform", "side", "currency", "rate_day"), ("rows", "amount")),
}

# Sources of tables that are not checked row by row: lead_hour has all hours of a day in one row.
_SOURCES: Final = {
    "lead_hour": "(select h.tenant_id, h.day, h.channel, u.* from analytics.lead_hour h cross join lateral"
    " unnest(h.hours, h.leads, h.contracts, h.revenue) as u (hour, leads, contracts, revenue)) lead_hour"
}


class Span(NamedTuple):
    """A range of days, both ends included; of a monthly table it means the months that begin in it."""

    first: date
    last: date


ALL_DAYS = Span(date.min, date.max)


async def read_stored_marketing(connection: Connection, tenant_id: UUID, days: Span = ALL_DAYS) -> dict[str, Rows]:
    """Return the rows that the refresh stored in marketing's tables, by table."""
    stored: dict[str, Rows] = {}
    for table, (keys, others) in COLUMNS.items():
        names = ", ".join((*keys, *others))
        source = _SOURCES.get(table, f"analytics.{table}")
        statement = f"select {names} from {source} where tenant_id = $1"  # noqa: S608 -- own names
        day = next((name for name in ("day", "month") if name in (*keys, *others)), None)
        if day:
            statement += f" and {day} between $2 and $3"
        rows = [tuple(row) for row in await connection.fetch(statement, tenant_id, *(days if day else ()))]
        stored[table] = {row[: len(keys)]: row[len(keys) :] for row in rows}
    return stored
