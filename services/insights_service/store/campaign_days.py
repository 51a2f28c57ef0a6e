"""Daily leads and spend of campaigns: table `analytics.v6_campaign_roi_daily`."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from common.db import Connection

_DAYS = """
select t.platform, t.campaign_ref, array_agg(t.day order by t.day) as days, array_agg(t.leads order by t.day) as leads,
    array_agg(t.spend::float8 order by t.day) as spend
from unnest($2::text[], $3::text[]) as asked (platform, campaign_ref)
inner join analytics.v6_campaign_roi_daily t
    on t.tenant_id = $1 and t.platform = asked.platform and t.campaign_ref = asked.campaign_ref
where t.day between $4 and $5
group by t.platform, t.campaign_ref
"""

# Whether a platform spent anything earlier is answered by the primary key's index, from the first such row.
_FIRST_SPEND = """
select asked.platform, min(t.day) as day
from unnest($2::text[]) as asked (platform)
inner join analytics.v6_campaign_roi_daily t on t.tenant_id = $1 and t.platform = asked.platform
where t.day between $3 and $4 and t.spend > 0 and not exists (
    select from analytics.v6_campaign_roi_daily b
    where b.tenant_id = $1 and b.platform = asked.platform and b.day < $3 and b.spend > 0
)
group by asked.platform
having min(t.day) > $3
"""


class CampaignDay(NamedTuple):
    """A campaign's leads and spend on a day."""

    day: date
    leads: int
    spend: float


# By platform and campaign.
CampaignDays = Mapping[tuple[str, str], Sequence[CampaignDay]]


async def get_campaign_days(
    connection: Connection, tenant_id: UUID, campaigns: Sequence[tuple[str, str]], first: date, last: date
) -> CampaignDays:
    """Return the days of these campaigns that have a row, in order; both `first` and `last` are included."""
    platforms, refs = [platform for platform, _ in campaigns], [ref for _, ref in campaigns]
    rows: list[Any] = await connection.fetch(_DAYS, tenant_id, platforms, refs, first, last)
    return {
        (row["platform"], row["campaign_ref"]): [
            CampaignDay(*day) for day in zip(row["days"], row["leads"], row["spend"], strict=True)
        ]
        for row in rows
    }


async def get_first_spend(
    connection: Connection, tenant_id: UUID, platforms: Sequence[str], first: date, last: date
) -> Mapping[str, date]:
    """Return the day on which a platform spent for the first time ever, for platforms where it is after `first`."""
    rows: list[Any] = await connection.fetch(_FIRST_SPEND, tenant_id, platforms, first, last)
    return {row["platform"]: row["day"] for row in rows}
