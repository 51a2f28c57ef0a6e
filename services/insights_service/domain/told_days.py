"""Up to which day figures have been reported, so that a day that is still missing is not taken for a day of zero."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from services.insights_service.domain.anomalies.series_grid import Grid, days_between
from services.insights_service.domain.anomalies.told_until import (
    GONE_DAYS,
    LEADS_KEY,
    SALES_KEY,
    TRAFFIC_KEY,
    Limit,
    Told,
    told_until,
)
from services.insights_service.domain.zones import zone_of
from services.insights_service.store.candidates import StandingLate
from services.insights_service.store.series import Coverage

_VISITS: Final = ("sessions", TRAFFIC_KEY)
# For each metric, the metric of detection that is reported together with it, and the key of the source's limit.
_REPORTED_WITH: Final = {
    **dict.fromkeys(("sessions", "page_views", "add_to_carts", "searches"), _VISITS),
    "purchases": ("purchases", SALES_KEY),
    "online_revenue": ("revenue", SALES_KEY),
    "leads": ("leads", LEADS_KEY),
    "revenue": ("lead_revenue", LEADS_KEY),
}
# This many empty last days may still be filled by a source or by the next file. If there are more, the source is
# reported as late.
_MAY_COME: Final = 2


class ToldDays:
    """Up to which day a company's figures are known, by the coverage of its sources and those that are late.

    `kept_from` is the first day whose figures were not removed by age; None if none were.
    """

    def __init__(self, coverage: Coverage, late: Sequence[StandingLate], today: date, moment: datetime) -> None:
        self._late: Final = late
        self.kept_from: Final = coverage.days_from
        self._grid: Final[Grid] = days_between(today - timedelta(GONE_DAYS + 1), today, zone_of(coverage.time_zone))
        self._told: Final[Told] = told_until(coverage, self._grid, moment)

    def end(self, metric: str, channel: str | None, history: Sequence[float]) -> date:
        """Return the first day that is not reported yet: today if all of `history` is, which ends yesterday."""
        reported_with, key = _REPORTED_WITH.get(metric, (metric, ""))
        steps = len(self._grid)
        # Figures from files or posted events have no limit, and nothing confirms that an empty day is really zero.
        limit = self._limit(metric, channel, key) or Limit(steps, 0, steps)
        until, silent = limit.until, max(limit.silent_until, limit.until - _MAY_COME)
        while until > silent and steps - until < len(history) and not history[until - steps - 1]:
            until -= 1
        return min(self._grid.begin(until).date(), self.late_since(reported_with, channel))

    def late_since(self, metric: str, channel: str | None = None) -> date:
        """Return the first day that a late source of the metric has not reported; today if none is late."""
        places = [
            max(self._grid.place(late.since), 0)
            for late in self._late
            if metric in late.metrics and channel in {None, late.channel or channel}
        ]
        return self._grid.begin(min([*places, len(self._grid)])).date()

    def _limit(self, metric: str, channel: str | None, key: str) -> Limit | None:
        limits = self._told.limits
        if metric != "spend":
            return limits.get(key) or (limits.get(TRAFFIC_KEY) if key == SALES_KEY else None)
        platforms = {channel} if channel else limits.keys() - {TRAFFIC_KEY, SALES_KEY, LEADS_KEY}
        return min((limits[platform] for platform in platforms if platform in limits), default=None)
