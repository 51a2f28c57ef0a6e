"""Statements for the UTM audit: spend without leads, and leads without a campaign."""

from typing import Any, NamedTuple
from uuid import UUID

from common.db import Connection
from common.db.jsonb import raw_jsonb
from common.pagination import PageParams
from services.analytics_service.store.day_range import DateRange
from services.analytics_service.store.marketing import Platforms, Rows

_SPEND_COLUMNS = ("platform", "campaign_id", "campaign_name", "spend", "impressions", "clicks")
_LEAD_COLUMNS = (
    *("platform", "utm_source", "utm_campaign", "utm_id", "leads", "n_contracts", "revenue", "platform_has_ads"),
    "reason",
)


class Listed(NamedTuple):
    """A page of a list, and the totals of all its pages."""

    rows: Rows
    totals: dict[str, Any]


async def get_spend_on_no_leads(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms, page: PageParams
) -> Listed:
    """Return campaigns with spend and no leads, by spend, with the totals of all spend and leads."""
    statement = "select * from analytics.get_spend_on_no_leads($1, $2, $3, $4, $5, $6)"
    rows = await connection.fetch(statement, tenant_id, *days, platforms, page.limit, page.offset)
    totals = {"campaigns": "campaigns", "spend_without_leads": "spend_without_leads", "spend": "all_spend"}
    return _listed(rows, _SPEND_COLUMNS, totals | {"leads": "all_leads"})


async def get_leads_of_no_campaign(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms, page: PageParams
) -> Listed:
    """Return leads without a campaign, grouped by their UTM values and the reason, by leads."""
    statement = "select * from analytics.get_leads_of_no_campaign($1, $2, $3, $4, $5, $6)"
    rows = await connection.fetch(statement, tenant_id, *days, platforms, page.limit, page.offset)
    totals = {"kinds": "kinds", "leads_without_campaign": "all_leads", "leads_without_ads": "without_ads"}
    found = _listed(rows, _LEAD_COLUMNS, totals)
    return Listed(found.rows, found.totals | {"by_reason": raw_jsonb(rows[0]["by_reason"])})


def _listed(rows: list[Any], columns: tuple[str, ...], totals: dict[str, str]) -> Listed:
    """Split rows into page and totals. Every row carries the totals; a row without a platform carries nothing else.

    `totals` maps the totals' names in the answer to their columns.
    """
    listed = [{name: row[name] for name in columns} for row in rows if row["platform"] is not None]
    return Listed(listed, {name: rows[0][column] for name, column in totals.items()})
