"""Statements for the totals, baselines, recent spend and conversion lag that campaigns are judged by."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple, cast
from uuid import UUID

from common.db import Connection
from services.analytics_service.store.day_range import DateRange


class CampaignTotals(NamedTuple):
    """A campaign's exact sums of a range; `campaign_ref` '' without a name: the platform's leads without a campaign."""

    platform: str
    campaign_ref: str
    campaign_name: str | None
    leads: int
    contracts: int
    revenue: Decimal
    spend: Decimal


class CampaignBaseline(NamedTuple):
    """A campaign's range and the 30 days before it, of which `baseline_days` have data.

    `baseline_length` is the number of days that daily baseline figures are averaged over: 30, or the days since the
    campaign's first day if it is younger.
    """

    platform: str
    campaign_ref: str
    campaign_name: str | None
    leads: int
    spend: Decimal
    baseline_leads: int
    baseline_spend: Decimal
    baseline_days: int
    baseline_length: int


class RecentSpend(NamedTuple):
    """A campaign's spend from a day on; `days` ends with the last day on which its platform spent anything."""

    platform: str
    campaign_ref: str
    spend: Decimal
    days: int


async def get_campaign_totals(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: list[str] | None
) -> list[CampaignTotals]:
    """Return every campaign of the range and, per platform, the leads without a campaign."""
    statement = "select * from analytics.get_campaign_totals($1, $2, $3, $4)"
    return [CampaignTotals(*row) for row in await connection.fetch(statement, tenant_id, *days, platforms)]


async def get_campaign_baselines(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: list[str] | None
) -> list[CampaignBaseline]:
    """Return every campaign of the range or of the 30 days before it."""
    statement = "select * from analytics.get_campaign_baselines($1, $2, $3, $4)"
    return [CampaignBaseline(*row) for row in await connection.fetch(statement, tenant_id, *days, platforms)]


async def get_recent_spend(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: list[str] | None
) -> list[RecentSpend]:
    """Return every campaign with spend on these days."""
    rows = await connection.fetch(
        "select r.platform, r.campaign_ref, sum(r.spend), max(max(r.day)) over (partition by r.platform) - $2::date + 1"
        " from analytics.v6_campaign_roi_daily r where r.tenant_id = $1 and r.day between $2 and $3 and r.spend <> 0"
        " and ($4::text[] is null or r.platform = any($4)) group by r.platform, r.campaign_ref",
        tenant_id,
        *days,
        platforms,
    )
    return [RecentSpend(*row) for row in rows]


async def has_contracts(connection: Connection, tenant_id: UUID) -> bool:
    """Return whether the tenant has any contract that is not cancelled."""
    statement = "select exists (select from data.contract c where c.tenant_id = $1 and c.status = 'signed')"
    return bool(await connection.fetchval(statement, tenant_id))


async def get_conversion_lag(connection: Connection, tenant_id: UUID, today: date) -> int:
    """Return the days within which most of the tenant's latest contracts were signed after their lead, at most 30."""
    lag = await connection.fetchval("select analytics.get_conversion_lag($1, $2)", tenant_id, today)
    return cast("int", lag)
