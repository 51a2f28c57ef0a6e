"""Up to which day figures are told: days that a source has not told yet are no days of nothing."""

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
# What detection calls the figures that others come with, and by whose word they are known.
_COMES_WITH: Final = {
    **dict.fromkeys(("sessions", "page_views", "add_to_carts", "searches"), _VISITS),
    "purchases": ("purchases", SALES_KEY),
    "online_revenue": ("revenue", SALES_KEY),
    "leads": ("leads", LEADS_KEY),
    "revenue": ("lead_revenue", LEADS_KEY),
}
# Last days with nothing, of which a source that was read since may tell something yet, or the next file: when there are
# more of them it is told that they are late.
_MAY_COME: Final = 2


class ToldDays:
    """How far the days of a company are told, by what its sources said and which of them were late at the last look."""

    def __init__(self, coverage: Coverage, late: Sequence[StandingLate], today: date, moment: datetime) -> None:
        self._late: Final = late
        self._grid: Final[Grid] = days_between(today - timedelta(GONE_DAYS + 1), today, zone_of(coverage.time_zone))
        self._told: Final[Told] = told_until(coverage, self._grid, moment)

    def end(self, metric: str, channel: str | None, history: Sequence[float]) -> date:
        """The first day that is not told: today, where all of `history` is, which ends yesterday."""
        comes_with, key = _COMES_WITH.get(metric, (metric, ""))
        steps = len(self._grid)
        # (what comes in files, and who posts their own: nobody says that nothing came)
        limit = self._limit(metric, channel, key) or Limit(steps, 0, steps)
        until, silent = limit.until, max(limit.silent_until, limit.until - _MAY_COME)
        while until > silent and steps - until < len(history) and not history[until - steps - 1]:
            until -= 1
        return min(self._grid.begin(until).date(), self.late_since(comes_with, channel))

    def late_since(self, comes_with: str, channel: str | None = None) -> date:
        """The first day of which a late source tells nothing; today, where none is late."""
        places = [
            max(self._grid.place(late.since), 0)
            for late in self._late
            if comes_with in late.metrics and channel in {None, late.channel or channel}
        ]
        return self._grid.begin(min([*places, len(self._grid)])).date()

    def _limit(self, metric: str, channel: str | None, key: str) -> Limit | None:
        limits = self._told.limits
        if metric != "spend":
            return limits.get(key) or (limits.get(TRAFFIC_KEY) if key == SALES_KEY else None)
        platforms = {channel} if channel else limits.keys() - {TRAFFIC_KEY, SALES_KEY, LEADS_KEY}
        return min((limits[one] for one in platforms if one in limits), default=None)
