"""The campaigns and days for which a source has reported figures."""

from datetime import date
from typing import NamedTuple
from uuid import UUID

from common.db import Connection


class FiguresKey(NamedTuple):
    """A campaign's day."""

    campaign_id: str
    day: date


async def told_figures_of(
    connection: Connection, tenant_id: UUID, source_id: UUID, account_id: str, first: date, last: date
) -> dict[FiguresKey, str]:
    """The campaigns' names by campaign and day, where this source last reported anything but zeros."""
    rows = await connection.fetch(
        "select campaign_id, day, campaign_name from data.ad_performance"
        " where tenant_id = $1 and source_id = $2 and account_id = $3 and day between $4 and $5"
        " and (impressions, clicks, spend, conversions, revenue) <> (0, 0, 0, 0, 0)",
        tenant_id,
        source_id,
        account_id,
        first,
        last,
    )
    return {FiguresKey(row["campaign_id"], row["day"]): row["campaign_name"] for row in rows}
