"""What campaigns are judged by."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple, cast
from uuid import UUID

from common.db import Connection
from services.analytics_service.store.day_range import DateRange


class CampaignTotals(NamedTuple):
    """The exact sums of a campaign's range; `campaign_ref` '' and no name: what of the platform belongs to none."""

    platform: str
    campaign_ref: str
    campaign_name: str | None
    leads: int
    contracts: int
    revenue: Decimal
    spend: Decimal


class CampaignBaseline(NamedTuple):
    """A campaign's range beside the 30 days before it, with something on `baseline_days` of them.

    Its daily figures before the range are those of `baseline_length` days: 30, or since its first day if it is younger.
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


class SpendLately(NamedTuple):
    """What a campaign spent from a day on, on so many days: up to the last on which its platform spent anything."""

    platform: str
    campaign_ref: str
    spend: Decimal
    days: int


async def get_campaign_totals(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: list[str] | None
) -> list[CampaignTotals]:
    """Every campaign of the range, and per platform what belongs to none."""
    statement = "select * from analytics.get_campaign_totals($1, $2, $3, $4)"
    return [CampaignTotals(*row) for row in await connection.fetch(statement, tenant_id, *days, platforms)]


async def get_campaign_baselines(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: list[str] | None
) -> list[CampaignBaseline]:
    """Every campaign of the range or of the 30 days before."""
    statement = "select * from analytics.get_campaign_baselines($1, $2, $3, $4)"
    return [CampaignBaseline(*row) for row in await connection.fetch(statement, tenant_id, *days, platforms)]


async def get_spend_lately(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: list[str] | None
) -> list[SpendLately]:
    """Every campaign that spent something on these days."""
    rows = await connection.fetch(
        "select r.platform, r.campaign_ref, sum(r.spend), max(max(r.day)) over (partition by r.platform) - $2::date + 1"
        " from analytics.v6_campaign_roi_daily r where r.tenant_id = $1 and r.day between $2 and $3 and r.spend <> 0"
        " and ($4::text[] is null or r.platform = any($4)) group by r.platform, r.campaign_ref",
        tenant_id,
        *days,
        platforms,
    )
    return [SpendLately(*row) for row in rows]


async def has_contracts(connection: Connection, tenant_id: UUID) -> bool:
    """Whether the tenant ever recorded a contract that stands."""
    statement = "select exists (select from data.contract c where c.tenant_id = $1 and c.status = 'signed')"
    return bool(await connection.fetchval(statement, tenant_id))


async def get_conversion_lag(connection: Connection, tenant_id: UUID, today: date) -> int:
    """How many days most of the tenant's leads take to become a contract, at most 30."""
    lag = await connection.fetchval("select analytics.get_conversion_lag($1, $2)", tenant_id, today)
    return cast("int", lag)
