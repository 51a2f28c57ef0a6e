"""Simulated visits of a company by day and hour, as analytics stores them. Tests change them before storing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import numpy as np

BRANCHES = {"N": "North", "S": "South", "E": "East", "W": "West"}
CHANNELS = ("direct", "paid-search")
_WEEK = np.array([1.0, 1.05, 1.0, 1.0, 1.1, 0.8, 0.7])
_DAY_TOTAL = (
    "insert into analytics.day_total (tenant_id, location_id, day, events, page_views, add_to_carts, searches,"
    " failed_searches, sessions, bought_sessions, purchases, revenue, abandoned_carts, abandoned_value, foreign_rows,"
    " last_ts) values ($1, $2, $3, $4, $4, 0, 0, 0, $4, 0, 0, 0, 0, 0, 0, now())"
)
_TRAFFIC = (
    "insert into analytics.traffic_{grain} (tenant_id, {grain}, channel, sessions, bought_sessions, page_views,"
    " purchases, revenue{more}) values ($1, $2, $3, $4, 0, 0, 0, 0{value})"
)


@dataclass
class Figures:
    """Visits of the `days` days that end with `last`: `branches` by branch and day, `hours` by day and hour."""

    days: int
    last: date
    an_hour: float = 40.0
    seed: int = 5
    branches: dict[str, Any] = field(init=False)
    hours: Any = field(init=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        # The last day counts as a Saturday, so that the random figures do not depend on the day on which tests run.
        weekdays = (5 - np.arange(self.days)[::-1]) % 7
        usual = self.an_hour * 24 * _WEEK[weekdays] * np.exp(0.02 * rng.normal(size=self.days))
        share = np.array([0.4, 0.3, 0.2, 0.1])
        self.branches = {branch: rng.poisson(usual * part) for branch, part in zip(BRANCHES, share, strict=True)}
        course = 0.2 + 1.5 * np.exp(1.5 * (np.cos((np.arange(24) - 15) * np.pi / 12) - 1))
        self.hours = rng.poisson(usual[:, None] / 24 * course / course.mean())

    def day(self, index: int) -> date:
        """Return the day at a negative index: -1 is the last one."""
        return self.last + timedelta(index + 1)

    async def store(self, writer: asyncpg.Connection, tenant_id: UUID) -> None:
        """Store the figures in place of all that the tenant had."""
        for table in ("analytics.day_total", "analytics.traffic_day", "analytics.traffic_hour", "data.locations"):
            await writer.execute(f"delete from {table} where tenant_id = $1", tenant_id)
        await writer.executemany(
            "insert into data.locations (tenant_id, location_id, location_name) values ($1, $2, $3)",
            [(tenant_id, *branch) for branch in BRANCHES.items()],
        )
        days = [self.last - timedelta(self.days - 1 - n) for n in range(self.days)]
        await writer.executemany(
            _DAY_TOTAL,
            [
                (tenant_id, branch, day, int(visits))
                for branch, values in self.branches.items()
                for day, visits in zip(days, values, strict=True)
                if visits
            ],
        )
        totals = np.sum(list(self.branches.values()), axis=0)
        await writer.executemany(
            _TRAFFIC.format(grain="day", more=", told_by_vendor", value=", false"),
            [
                (tenant_id, day, channel, part)
                for day, visits in zip(days, totals, strict=True)
                for channel, part in zip(CHANNELS, (int(visits) // 2, int(visits) - int(visits) // 2), strict=True)
                if part
            ],
        )
        await writer.executemany(
            _TRAFFIC.format(grain="hour", more="", value=""),
            [
                (tenant_id, datetime(day.year, day.month, day.day, hour, tzinfo=UTC), channel, part)
                for day, values in list(zip(days, self.hours, strict=True))[-70:]
                for hour, visits in enumerate(values.tolist())
                for channel, part in zip(CHANNELS, (visits // 2, visits - visits // 2), strict=True)
                if part
            ],
        )
