"""Simulated leads of a company, stored as analytics does: a row for each lead, and their sums."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import msgspec
import numpy as np
from numpy.typing import NDArray

from services.insights_service.domain.anomalies.episode import Episode
from services.insights_service.domain.anomalies.judged_series import JudgedSeries
from services.insights_service.domain.anomalies.series_grid import days_between
from services.insights_service.domain.reasons.drill_down import question_of, reasons_of
from services.insights_service.store.leaves import LeafQuestion, get_leaves
from tests.insights_service.cubes import Cube, others_of
from tests.insights_service.kept_sums import keep_sums

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
_FIRST = date(2026, 3, 2)
_FACTORS = [0.0, 0.3, 2.5]
# The number of weeks to compare with. In the week after them, another segment changes on each day.
_WEEKS = 4


@dataclass
class Leads:
    """Leads of the days from `first` on: `day` and `hour` of each lead, and its `codes` as in `Cube`."""

    first: date
    day: list[NDArray[np.intp]] = field(default_factory=list[NDArray[np.intp]])
    hour: list[NDArray[np.intp]] = field(default_factory=list[NDArray[np.intp]])
    codes: list[NDArray[np.intp]] = field(default_factory=list[NDArray[np.intp]])

    def add(self, rng: np.random.Generator, cube: Cube, day: int, factor: float) -> None:
        """Simulate a day's leads, with those of the cube's segment multiplied by `factor`."""
        counts = rng.poisson(np.where(cube.mask, cube.leads * factor, cube.leads))
        leads = np.repeat(cube.codes, counts, axis=0)
        self.day.append(np.full(len(leads), day))
        self.hour.append(rng.binomial(23, 0.55, len(leads)))
        self.codes.append(leads)

    async def store(self, writer: asyncpg.Connection, tenant_id: UUID) -> None:
        """Store the leads in place of all that the tenant had."""
        for table in ("fact_leads", "v6_campaign_roi_daily", "lead_channel_day", "campaign"):
            await writer.execute(f"delete from analytics.{table} where tenant_id = $1", tenant_id)
        await writer.execute("delete from data.locations where tenant_id = $1", tenant_id)
        await writer.copy_records_to_table(
            "fact_leads", schema_name="analytics", columns=_LEAD, records=self._rows(tenant_id)
        )
        await writer.execute(_SUMS.format(tenant=tenant_id))
        await keep_sums(writer, tenant_id)

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


async def named_first(
    writer: asyncpg.Connection, reader: asyncpg.Connection, tenant_id: UUID, rng: np.random.Generator, company: Cube
) -> list[bool]:
    """Return for each day of a week whether the first reason names the segment that changed on that day."""
    injected = list(others_of(rng, company, 7))
    leads, begin = Leads(_FIRST), 7 * _WEEKS
    for day in range(begin):
        leads.add(rng, company, day, 1.0)
    for day, cube in enumerate(injected, begin):
        leads.add(rng, cube, day, rng.choice(_FACTORS))
    await leads.store(writer, tenant_id)
    grid = days_between(_FIRST, _FIRST + timedelta(begin + 7), ZoneInfo("UTC"))
    counts = np.bincount(np.concatenate(leads.day), minlength=len(grid)).astype(float)
    series = JudgedSeries("leads", "company", "", "", counts)
    usual = np.full(7, company.leads.sum())
    named = list[bool]()
    for day, cube in enumerate(injected, begin):
        episode = Episode(series, grid, day, day + 1, False, 9.0, begin, usual, usual, usual)
        question = question_of(episode, {})
        assert question is not None
        named.append(named_by(cube, await first_reason(reader, tenant_id, episode, question)))
    return named


async def first_reason(
    reader: asyncpg.Connection, tenant_id: UUID, episode: Episode, question: LeafQuestion
) -> list[dict[str, Any]] | None:
    """Return the segment of the first reason; None if there is no reason."""
    async with reader.transaction():
        await reader.execute(f"set local app.tenant_id = '{tenant_id}'")
        rows = await get_leaves(reader, tenant_id, question)
    reasons = reasons_of(episode, question, rows, per_step=False)
    return msgspec.to_builtins(reasons[0].segment) if reasons else None


def named_by(cube: Cube, segment: list[dict[str, Any]] | None) -> bool:
    """Return whether a reason's segment is the one that changed, apart from 2 % of its leads."""
    if segment is None:
        return False
    named = np.ones(len(cube.codes), dtype=np.bool_)
    column = {"platform": 0, "channel": 0, "campaign": 1, "branch": 2, "product": 3}
    for part in segment:
        codes = cube.codes[:, column[part["dimension"]]]
        members = [int(member["id"].rpartition(" ")[2].lstrip("pchbx")) for member in part["members"]]
        named &= np.isin(codes % 3 if part["dimension"] == "channel" else codes, members)
    return float(cube.leads[named != cube.mask].sum()) <= 0.02 * float(cube.leads[cube.mask].sum())
