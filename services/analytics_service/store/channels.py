"""Channels' functions of the database: visits, leads and ads by how they came."""

from typing import Any, NamedTuple
from uuid import UUID

from common.db import Connection
from services.analytics_service.store.day_range import DateRange

Rows = list[dict[str, Any]]
# The platform and the campaign_ref of each.
Ads = list[tuple[str, str]]
_WHOLE = ("leads", "n_contracts", "revenue", "spend", "cpl", "roas")
_DAY = ("dt", "leads", "spend", "revenue", "sessions")
_SUMS = ("leads", "contracts", "revenue", "spend", "cpl", "roas")


class ChannelCampaigns(NamedTuple):
    """A channel's campaigns by spend, those whose ads are its own, and what all come to (None: there are none)."""

    rows: Rows
    ads: Ads
    sums: dict[str, Any] | None


async def get_channels(connection: Connection) -> frozenset[str]:
    """Those that the rules know, and the one of what no rule takes."""
    rows = await connection.fetch("select distinct channel from analytics.channel_rule")
    return frozenset(("unassigned", *(row[0] for row in rows)))


async def get_channel_totals(connection: Connection, tenant_id: UUID, days: DateRange, channel: str) -> dict[str, Any]:
    """The exact sums of a channel's leads and visits."""
    statement = "select * from analytics.get_channel_totals($1, $2, $3, $4)"
    return dict(await connection.fetchrow(statement, tenant_id, *days, channel) or {})


async def get_channel_spend(connection: Connection, tenant_id: UUID, days: DateRange, channel: str) -> dict[str, Any]:
    """What the ads of a channel cost, exact."""
    statement = "select analytics.get_channel_spend($1, $2, $3, $4) as spend"
    return dict(await connection.fetchrow(statement, tenant_id, *days, channel) or {})


async def get_channel_figures(connection: Connection, tenant_id: UUID, days: DateRange) -> Rows:
    """What every channel had, by leads."""
    rows = await connection.fetch("select * from analytics.get_channel_figures($1, $2, $3)", tenant_id, *days)
    return [dict(row) for row in rows]


async def get_channel_campaigns(
    connection: Connection, tenant_id: UUID, days: DateRange, channel: str
) -> ChannelCampaigns:
    """Of the days of the range."""
    statement = "select * from analytics.get_channel_campaigns($1, $2, $3, $4)"
    rows = [dict(row) for row in await connection.fetch(statement, tenant_id, *days, channel)]
    told = [(row["platform"], row.pop("campaign_ref"), row.pop("has_ads")) for row in rows]
    sums = [{name: row.pop(f"all_{name}") for name in _SUMS} for row in rows]
    ads = [(platform, ref) for platform, ref, has_ads in told if has_ads]
    return ChannelCampaigns(rows, ads, sums[0] if sums else None)


async def get_dashboard_trend(connection: Connection, tenant_id: UUID, days: DateRange) -> tuple[dict[str, Any], Rows]:
    """The company's range, as get_marketing_kpi has it, and its days."""
    statement = "select * from analytics.get_dashboard_trend($1, $2, $3)"
    whole, *each = await connection.fetch(statement, tenant_id, *days)
    return {name: whole[name] for name in _WHOLE}, [{name: day[name] for name in _DAY} for day in each]


async def get_channel_trend(connection: Connection, tenant_id: UUID, days: DateRange, channel: str, ads: Ads) -> Rows:
    """A channel's days; `ads` are its own campaigns."""
    statement = "select * from analytics.get_channel_trend($1, $2, $3, $4, $5, $6)"
    platforms, refs = [platform for platform, _ in ads], [ref for _, ref in ads]
    return [dict(row) for row in await connection.fetch(statement, tenant_id, *days, channel, platforms, refs)]
