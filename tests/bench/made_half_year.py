"""Simulated companies with over a year of hours and with anomalies, stored as analytics stores their figures."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import numpy as np
from numpy.typing import NDArray

from tests.insights_service.kept_sums import keep_sums

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

HISTORY_DAYS, HOURLY_DAYS = 400, 71
_COURSE = 0.15 + 1.5 * np.exp(1.5 * (np.cos((np.arange(24) - 15) * np.pi / 12) - 1))
_WEEK = np.array([1.0, 1.05, 1.0, 1.0, 1.1, 0.8, 0.7])
# Faults of a part of the visits or of a campaign: the share that is left, and for how many hours.
_INCIDENTS = ((0.0, 6), (0.0, 24), (0.4, 24), (0.5, 72), (3.0, 3), (2.0, 24), (1.6, 24 * 14), (0.6, 24 * 14))


@dataclass(frozen=True)
class World:
    """A kind of company: visits an hour, their growth in a year, the yearly season, and how much days differ."""

    name: str
    visits: float = 60.0
    growth: float = 0.0
    swing: float = 0.0
    differ: float = 0.05
    incidents_a_week: float = 1.0
    history_days: int = HISTORY_DAYS
    channels: int = 5
    branches: int = 4
    campaigns: int = 6
    leads_a_day: float = 40.0
    has_hours: bool = True


@dataclass(frozen=True)
class Made:
    """The figures of a company from a first day on: visits (days, 24, channels, branches), and campaigns by day."""

    first: date
    visits: Ints
    leads: Ints
    spend: Floats

    @property
    def days(self) -> list[date]:
        """The number of days."""
        return [self.first + timedelta(place) for place in range(len(self.visits))]


def make(world: World, begin: date, days: int, seed: int) -> Made:
    """Simulate a company's history before `begin` and `days` days after it."""
    rng = np.random.default_rng(seed)
    many = world.history_days + days
    first = begin - timedelta(world.history_days)
    at = np.arange(many)
    weekdays = (first.weekday() + at) % 7
    noise = np.exp(world.differ * rng.normal(size=many))
    level = (1 + world.growth * at / 365) * (1 + world.swing * np.sin(at * 2 * np.pi / 365)) * _WEEK[weekdays] * noise
    share = _shares(world.channels)[:, None] * _shares(world.branches)[None, :]
    mean = world.visits * level[:, None, None, None] * (_COURSE / _COURSE.mean())[:, None, None] * share
    of_campaign = world.leads_a_day * level[:, None] * _shares(world.campaigns)
    spend = 20 * of_campaign * np.exp(0.1 * rng.normal(size=of_campaign.shape))
    for _ in range(rng.poisson(world.incidents_a_week * many / 7)):
        _go_wrong(rng, mean, of_campaign, spend)
    return Made(first, rng.poisson(mean), rng.poisson(of_campaign), spend)


def _shares(many: int) -> Floats:
    share = 1.0 / np.arange(1, many + 1)
    return share / share.sum()


def _go_wrong(rng: np.random.Generator, mean: Floats, leads: Floats, spend: Floats) -> None:
    left, hours = _INCIDENTS[rng.integers(len(_INCIDENTS))]
    begin = int(rng.integers(mean.shape[0] * 24))
    flat = mean.reshape(-1, *mean.shape[2:])[begin : begin + hours]
    day = slice(begin // 24, begin // 24 + max(hours // 24, 1))
    what = rng.integers(5)
    if what == 0:
        flat *= left
    elif what == 1:
        flat[:, rng.integers(mean.shape[2])] *= left
    elif what == 2:
        flat[:, :, rng.integers(mean.shape[3])] *= left
    elif what == 3:
        leads[day, rng.integers(leads.shape[1])] *= left
    else:
        spend[day, rng.integers(leads.shape[1])] *= max(left, 0.2)


async def store(writer: asyncpg.Connection, tenant_id: UUID, made: Made, hourly_from: date | None, seed: int) -> None:
    """Store all figures, with hours from `hourly_from` on, if at all. The simulated time limits what is read."""
    rng = np.random.default_rng(seed)
    bought = rng.binomial(made.visits, 0.03)
    revenue = bought * 50.0 * np.exp(0.1 * rng.normal(size=bought.shape))
    days = made.days
    figures = (made.visits, bought, revenue)
    by_hour, by_day = [[one.sum(axis=axes) for one in figures] for axes in ((3,), (1, 3))]
    by_branch = [one.sum(axis=(1, 2)) for one in figures]
    channels, branches = range(made.visits.shape[2]), range(made.visits.shape[3])
    await _copy(
        writer,
        "traffic_hour",
        "tenant_id hour channel sessions bought_sessions page_views purchases revenue",
        [
            (tenant_id, datetime(day.year, day.month, day.day, hour, tzinfo=UTC), f"channel-{channel}", *more)
            for place, day in enumerate(days)
            if hourly_from is not None and day >= hourly_from
            for hour in range(24)
            for channel in channels
            if (more := _figures(by_hour, (place, hour, channel)))
        ],
    )
    await _copy(
        writer,
        "traffic_day",
        "tenant_id day channel sessions bought_sessions page_views purchases revenue told_by_vendor",
        [
            (tenant_id, day, f"channel-{channel}", *more, False)
            for place, day in enumerate(days)
            for channel in channels
            if (more := _figures(by_day, (place, channel)))
        ],
    )
    moment = datetime.now(UTC)
    await _copy(
        writer,
        "day_total",
        "tenant_id location_id day sessions bought_sessions page_views purchases revenue events add_to_carts searches"
        " failed_searches abandoned_carts abandoned_value foreign_rows last_ts",
        [
            (tenant_id, f"B{branch}", day, *more, *(0,) * 7, moment)
            for place, day in enumerate(days)
            for branch in branches
            if (more := _figures(by_branch, (place, branch)))
        ],
    )
    await _copy(
        writer,
        "v6_campaign_roi_daily",
        "tenant_id day platform campaign_ref leads contracts revenue spend impressions clicks claimed_conversions"
        " claimed_revenue",
        [
            (tenant_id, day, ("google", "meta")[campaign % 2], f"a/{campaign}", int(leads), 0, 0, spend, 0, 0, 0, 0)
            for place, day in enumerate(days)
            for campaign, (leads, spend) in enumerate(
                zip(made.leads[place], made.spend[place].round(2).tolist(), strict=True)
            )
        ],
    )
    await keep_sums(writer, tenant_id)
    await writer.execute(
        "insert into analytics.rollup_state (tenant_id, time_zone, currency, last_run_at)"
        " values ($1, 'UTC', 'USD', now())",
        tenant_id,
    )


def _figures(of: list[Any], place: tuple[int, ...]) -> tuple[Any, ...]:
    """Return sessions, sessions with a purchase, page views, purchases and revenue of hours or days with visits."""
    visits, bought, revenue = (one[place] for one in of)
    return (int(visits), 0, 0, int(bought), round(float(revenue), 2)) if visits else ()


async def _copy(writer: asyncpg.Connection, table: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
    await writer.copy_records_to_table(table, schema_name="analytics", columns=columns.split(), records=rows)
