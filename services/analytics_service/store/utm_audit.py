"""Spend without leads and leads without a campaign: the database's functions that find them."""

from typing import Any, NamedTuple
from uuid import UUID

from common.db import Connection
from common.db.jsonb import raw_jsonb
from common.pagination import PageParams
from services.analytics_service.store.day_range import DateRange
from services.analytics_service.store.marketing import Platforms, Rows

_SPEND = ("platform", "campaign_id", "campaign_name", "spend", "impressions", "clicks")
_LEADS = (
    *("platform", "utm_source", "utm_campaign", "utm_id", "leads", "n_contracts", "revenue", "platform_has_ads"),
    "reason",
)


class Listed(NamedTuple):
    """A page of a list, and what all its pages come to."""

    rows: Rows
    totals: dict[str, Any]


async def get_spend_on_no_leads(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms, page: PageParams
) -> Listed:
    """Campaigns that cost something and brought no lead, by spend; beside all spend and leads."""
    statement = "select * from analytics.get_spend_on_no_leads($1, $2, $3, $4, $5, $6)"
    rows = await connection.fetch(statement, tenant_id, *days, platforms, page.limit, page.offset)
    totals = {"campaigns": "campaigns", "spend_without_leads": "spend_without_leads", "spend": "all_spend"}
    return _listed(rows, _SPEND, totals | {"leads": "all_leads"})


async def get_leads_of_no_campaign(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms, page: PageParams
) -> Listed:
    """Leads of no campaign by what they say of where they came from, and why they have none, by leads."""
    statement = "select * from analytics.get_leads_of_no_campaign($1, $2, $3, $4, $5, $6)"
    rows = await connection.fetch(statement, tenant_id, *days, platforms, page.limit, page.offset)
    totals = {"kinds": "kinds", "leads_without_campaign": "all_leads", "leads_without_ads": "without_ads"}
    found = _listed(rows, _LEADS, totals)
    return Listed(found.rows, found.totals | {"by_reason": raw_jsonb(rows[0]["by_reason"])})


def _listed(rows: list[Any], columns: tuple[str, ...], totals: dict[str, str]) -> Listed:
    """Each row has the totals, under names of its own where a column has theirs; without a platform it has no more."""
    listed = [{name: row[name] for name in columns} for row in rows if row["platform"] is not None]
    return Listed(listed, {name: rows[0][column] for name, column in totals.items()})
