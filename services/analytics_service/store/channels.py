"""Statements for the figures of channels: sessions, leads and ads."""

from typing import Any, NamedTuple
from uuid import UUID

from common.db import Connection
from services.analytics_service.store.day_range import DateRange

Rows = list[dict[str, Any]]
# Campaigns, each as (platform, campaign_ref).
Ads = list[tuple[str, str]]
_TOTAL_COLUMNS = ("leads", "n_contracts", "revenue", "spend", "cpl", "roas")
_DAY_COLUMNS = ("dt", "leads", "spend", "revenue", "sessions")
_SUM_COLUMNS = ("leads", "contracts", "revenue", "spend", "cpl", "roas")


class ChannelCampaigns(NamedTuple):
    """A channel's campaigns by spend, those whose spend goes to the channel, and their sums (None: no campaigns)."""

    rows: Rows
    ads: Ads
    sums: dict[str, Any] | None


async def get_channels(connection: Connection) -> frozenset[str]:
    """Return the channels of the rules, and `unassigned` for sessions that match no rule."""
    rows = await connection.fetch("select distinct channel from analytics.channel_rule")
    return frozenset(("unassigned", *(row[0] for row in rows)))


async def get_channel_totals(connection: Connection, tenant_id: UUID, days: DateRange, channel: str) -> dict[str, Any]:
    """Return the exact sums of a channel's leads and sessions."""
    statement = "select * from analytics.get_channel_totals($1, $2, $3, $4)"
    return dict(await connection.fetchrow(statement, tenant_id, *days, channel) or {})


async def get_channel_spend(connection: Connection, tenant_id: UUID, days: DateRange, channel: str) -> dict[str, Any]:
    """Return the exact spend of a channel, under the key `spend`."""
    statement = "select analytics.get_channel_spend($1, $2, $3, $4) as spend"
    return dict(await connection.fetchrow(statement, tenant_id, *days, channel) or {})


async def get_channel_figures(connection: Connection, tenant_id: UUID, days: DateRange) -> Rows:
    """Return the figures of every channel, by leads."""
    rows = await connection.fetch("select * from analytics.get_channel_figures($1, $2, $3)", tenant_id, *days)
    return [dict(row) for row in rows]


async def get_channel_campaigns(
    connection: Connection, tenant_id: UUID, days: DateRange, channel: str
) -> ChannelCampaigns:
    """Return a channel's campaigns of the range."""
    statement = "select * from analytics.get_channel_campaigns($1, $2, $3, $4)"
    rows = [dict(row) for row in await connection.fetch(statement, tenant_id, *days, channel)]
    campaigns = [(row["platform"], row.pop("campaign_ref"), row.pop("has_ads")) for row in rows]
    sums = [{name: row.pop(f"all_{name}") for name in _SUM_COLUMNS} for row in rows]
    ads = [(platform, ref) for platform, ref, has_ads in campaigns if has_ads]
    return ChannelCampaigns(rows, ads, sums[0] if sums else None)


async def get_dashboard_trend(connection: Connection, tenant_id: UUID, days: DateRange) -> tuple[dict[str, Any], Rows]:
    """Return the range's totals, with the columns of get_marketing_kpi, and one row per day."""
    statement = "select * from analytics.get_dashboard_trend($1, $2, $3)"
    total, *daily = await connection.fetch(statement, tenant_id, *days)
    return {name: total[name] for name in _TOTAL_COLUMNS}, [{name: day[name] for name in _DAY_COLUMNS} for day in daily]


async def get_channel_trend(connection: Connection, tenant_id: UUID, days: DateRange, channel: str, ads: Ads) -> Rows:
    """Return a channel's days; `ads` are the campaigns whose spend goes to the channel."""
    statement = "select * from analytics.get_channel_trend($1, $2, $3, $4, $5, $6)"
    platforms, refs = [platform for platform, _ in ads], [ref for _, ref in ads]
    return [dict(row) for row in await connection.fetch(statement, tenant_id, *days, channel, platforms, refs)]
