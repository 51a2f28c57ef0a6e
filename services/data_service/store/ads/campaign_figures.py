"""data.get_campaign_figures."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from common.db import Connection
from common.db.jsonb import raw_jsonb


class CampaignFigures(NamedTuple):
    """Sums of a campaign; `by_currency` is the money of the `unconverted_days`, which no sum includes."""

    impressions: int
    clicks: int
    spend: Decimal
    revenue: Decimal
    conversions: Decimal
    money_clicks: int
    unconverted_rows: int
    unconverted_days: list[date]
    by_currency: Any


async def figures_of(
    connection: Connection, tenant_id: UUID, campaign_ids: Sequence[UUID], first: date, last: date
) -> dict[UUID, CampaignFigures]:
    """The sums over the range, for those campaigns that have figures."""
    rows = await _get(connection, tenant_id, campaign_ids, first, last, by_day=False)
    return {campaign_id: figures for campaign_id, _, figures in rows}


async def daily_figures_of(
    connection: Connection, tenant_id: UUID, campaign_id: UUID, first: date, last: date
) -> dict[date, CampaignFigures]:
    """The campaign's daily figures, for the days that have any."""
    rows = await _get(connection, tenant_id, [campaign_id], first, last, by_day=True)
    return {day: figures for _, day, figures in rows}


async def _get(
    connection: Connection, tenant_id: UUID, campaign_ids: Sequence[UUID], first: date, last: date, *, by_day: bool
) -> list[tuple[UUID, date, CampaignFigures]]:
    rows = await connection.fetch(
        "select * from data.get_campaign_figures($1, $2, $3, $4, $5)", tenant_id, campaign_ids, first, last, by_day
    )
    return [(row[0], row[1], CampaignFigures(*row[2:-1], by_currency=raw_jsonb(row[-1]))) for row in map(tuple, rows)]
