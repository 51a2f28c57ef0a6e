"""Leads of a made company, as analytics keeps them: a row each, and what they add up to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import numpy as np
from numpy.typing import NDArray

from tests.insights_service.cubes import Cube

_LEAD = (
    *("tenant_id", "day", "lead_id", "hour", "platform", "channel", "utm_source", "utm_campaign", "utm_id", "is_paid"),
    *("campaign_ref", "product_id", "product_name", "location_id", "contracts", "revenue"),
)
_SUMS = """
insert into analytics.v6_campaign_roi_daily (
    tenant_id, day, platform, campaign_ref, leads, contracts, revenue, spend, impressions, clicks, claimed_conversions,
    claimed_revenue
)
select tenant_id, day, platform, campaign_ref, count(*), sum(contracts), sum(revenue), 0, 0, 0, 0, 0
from analytics.fact_leads where tenant_id = '{tenant}' group by 1, 2, 3, 4;
insert into analytics.lead_channel_day (tenant_id, day, channel, leads, contracts, revenue)
select tenant_id, day, channel, count(*), sum(contracts), sum(revenue)
from analytics.fact_leads where tenant_id = '{tenant}' group by 1, 2, 3;
insert into data.locations (tenant_id, location_id, location_name)
select distinct tenant_id, location_id, 'Branch ' || substr(location_id, 2)
from analytics.fact_leads where tenant_id = '{tenant}';
insert into analytics.campaign (tenant_id, platform, campaign_ref, account_id, name)
select distinct tenant_id, platform, campaign_ref, 'a', 'Campaign ' || substr(campaign_ref, 2)
from analytics.fact_leads where tenant_id = '{tenant}';
"""
# Four weeks to compare with, and one in which every day has a segment of its own that changed.
WEEKS = 5


@dataclass
class Leads:
    """Leads of days from `first` on: `day` and `hour` of each, and `codes` (leads, dimensions) as cubes have them."""

    first: date
    day: list[NDArray[np.intp]] = field(default_factory=list[NDArray[np.intp]])
    hour: list[NDArray[np.intp]] = field(default_factory=list[NDArray[np.intp]])
    codes: list[NDArray[np.intp]] = field(default_factory=list[NDArray[np.intp]])

    def add(self, random: np.random.Generator, cube: Cube, day: int, factor: float) -> None:
        """A day of the company, on which the segment changed; most leads come by day."""
        came = random.poisson(np.where(cube.mask, cube.leads * factor, cube.leads))
        leads = np.repeat(cube.codes, came, axis=0)
        self.day.append(np.full(len(leads), day))
        self.hour.append(random.binomial(23, 0.55, len(leads)))
        self.codes.append(leads)

    def until(self, days: int) -> list[float]:
        """How many came on each of the days."""
        return np.bincount(np.concatenate(self.day), minlength=days).astype(float).tolist()

    async def store(self, writer: asyncpg.Connection, tenant_id: UUID) -> None:
        """Instead of all that the tenant had."""
        for table in ("fact_leads", "v6_campaign_roi_daily", "lead_channel_day", "campaign"):
            await writer.execute(f"delete from analytics.{table} where tenant_id = $1", tenant_id)
        await writer.execute("delete from data.locations where tenant_id = $1", tenant_id)
        await writer.copy_records_to_table(
            "fact_leads", schema_name="analytics", columns=_LEAD, records=self._rows(tenant_id)
        )
        await writer.execute(_SUMS.format(tenant=tenant_id))

    def _rows(self, tenant_id: UUID) -> list[tuple[Any, ...]]:
        day, hour, codes = np.concatenate(self.day), np.concatenate(self.hour), np.concatenate(self.codes)
        midnight = datetime(self.first.year, self.first.month, self.first.day, tzinfo=UTC)
        return [
            (
                *(tenant_id, self.first + timedelta(d), str(number), midnight + timedelta(days=d, hours=h)),
                *(f"p{platform}", f"ch{platform % 3}", "", "", "", True, f"c{campaign}"),
                *(f"x{product}", f"Product {product}", f"b{branch}", 0, 0),
            )
            for number, (d, h, (platform, campaign, branch, product)) in enumerate(
                zip(day.tolist(), hour.tolist(), codes.tolist(), strict=True)
            )
        ]


def named_by(cube: Cube, segment: list[dict[str, Any]]) -> bool:
    """Whether a reason's segment is the one that changed, but for leaves of next to nothing."""
    named = np.ones(len(cube.codes), dtype=np.bool_)
    column = {"platform": 0, "channel": 0, "campaign": 1, "branch": 2, "product": 3}
    for part in segment:
        of = cube.codes[:, column[part["dimension"]]]
        members = [int(member["id"].rpartition(" ")[2].lstrip("pchbx")) for member in part["members"]]
        named &= np.isin(of % 3 if part["dimension"] == "channel" else of, members)
    return float(cube.leads[named != cube.mask].sum()) <= 0.02 * float(cube.leads[cube.mask].sum())
