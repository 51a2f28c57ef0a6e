"""Determine up to which step sources have reported everything, and up to which step an empty figure means zero."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.insights_service.domain.anomalies.series_grid import Grid
from services.insights_service.domain.zones import zone_of
from services.insights_service.store.series import Coverage, SourceState

TRAFFIC_KEY, SALES_KEY, LEADS_KEY = "traffic", "sales", "leads"
# A source that has been silent for longer is regarded as gone.
GONE_DAYS: Final = 28
# The ways by which visits are imported, numbered as in data.road_day.
EXPORT_ROAD, API_ROAD, HITS_ROAD = 1, 2, 3
# How long after an event a vendor's figures may still be incomplete (Google: 4 to 12 hours; Meta: evenings arrive late;
# the cost of Google Ads reaches Google Analytics within a day).
_SETTLES: Final = {"ga4": timedelta(hours=12), "meta_ads": timedelta(hours=3), "woocommerce": timedelta(0)}
_GOOGLE_ADS_SETTLE: Final = timedelta(hours=24)
# How long a vendor may report nothing at all although there was something (Google states 24 to 48 hours).
_SPEAKS_WITHIN: Final = timedelta(hours=48)
# How long Google may still correct its figures.
_RESTATES: Final = timedelta(hours=72)


class Limit(NamedTuple):
    """How far a source has reported, as steps of a grid.

    Steps from `until` on are unknown. Before `silent_until` a missing figure is known to be 0. From `settled_until` on
    figures may still change.
    """

    until: int
    silent_until: int
    settled_until: int


class Told(NamedTuple):
    """How far a tenant's sources have reported: limits by platform or by one of the keys above, and holes."""

    limits: Mapping[str, Limit]
    # (steps,): whether the step lies on a day whose export file is missing between days with files.
    holes: NDArray[np.bool_]

    def cut(self, since: Mapping[str, datetime], grid: Grid) -> Told:
        """Return the limits cut at the moments since which the sources of these keys are silent."""
        limits = dict(self.limits)
        for key, moment in since.items():
            place, known = grid.place(moment), limits.get(key, Limit(len(grid), 0, len(grid)))
            limits[key] = Limit(*(min(place, until) for until in known))
        return Told(limits, self.holes)


def told_until(coverage: Coverage, grid: Grid, moment: datetime) -> Told:
    """Derive the limits from the last sync of each source that is not gone; the earliest of several for one key."""
    sources = speaking(coverage, moment)
    limits = dict[str, Limit]()
    if newest_road(coverage, moment) == API_ROAD:
        _limit(limits, TRAFFIC_KEY, [_of_analytics(one, grid) for one in sources if one.kind == "ga4"])
    # Shops report their orders without delay.
    shops = [_places(grid, one, timedelta(0)) for one in sources if one.kind == "woocommerce"]
    if shops:
        traffic = limits.get(TRAFFIC_KEY, Limit(len(grid), 0, len(grid)))
        _limit(limits, SALES_KEY, [Limit(min(place, traffic.until), place, traffic.settled_until) for place in shops])
    if grid.grain == "day":
        for platform in {platform for one in sources for platform in platforms_of(one)}:
            reporting = [one for one in sources if platform in platforms_of(one)]
            _limit(limits, platform, [_of_ads(one, grid) for one in reporting])
    return Told(limits, _holes(coverage, grid))


def speaking(coverage: Coverage, moment: datetime) -> list[SourceState]:
    """Return the sources that are not gone."""
    since = moment - timedelta(GONE_DAYS)
    return [one for one in coverage.sources if one.last_sync_at > since]


def platforms_of(source: SourceState) -> set[str]:
    """Return the platforms whose costs a source reports."""
    return {*source.platforms, *({"meta"} if source.kind == "meta_ads" else ())}


def newest_road(coverage: Coverage, moment: datetime) -> int | None:
    """Return the way by which visits were imported last; None if none came within GONE_DAYS."""
    today = moment.astimezone(zone_of(coverage.time_zone)).date()
    days = [day for day in coverage.roads if today - timedelta(GONE_DAYS) <= day <= today]
    return coverage.roads[max(days)] if days else None


def _limit(limits: dict[str, Limit], key: str, of_each: Iterable[Limit]) -> None:
    """Set the limit of a key to the earliest of several sources, if there is any."""
    parts = list(zip(*of_each, strict=True))
    if parts:
        until, silent, settled = (min(part) for part in parts)
        limits[key] = Limit(until, min(until, silent), min(until, settled))


def _of_analytics(source: SourceState, grid: Grid) -> Limit:
    settled = _SETTLES["ga4"]
    return Limit(*(_places(grid, source, after) for after in (settled, _SPEAKS_WITHIN, _RESTATES)))


def _of_ads(source: SourceState, grid: Grid) -> Limit:
    """Return the limit by whole days of each account's own clock; a missing figure is never known to be 0."""
    after = _GOOGLE_ADS_SETTLE if source.kind == "ga4" else _SETTLES.get(source.kind, timedelta(0))
    clocks = [grid, *(Grid(grid.grain, zone_of(zone), grid.instants, grid.local) for zone in source.zones)]
    until = min(_places(clock, source, after) for clock in clocks)
    return Limit(until, 0, until)


def _places(grid: Grid, source: SourceState, after: timedelta) -> int:
    """Return how many steps had been over for at least `after` when the source was last read."""
    return max(grid.place(source.last_sync_at - after), 0)


def _holes(coverage: Coverage, grid: Grid) -> NDArray[np.bool_]:
    days = sorted(coverage.roads)
    missing = [
        np.arange(np.datetime64(day) + 1, np.datetime64(following))
        for day, following in pairwise(days)
        if (following - day).days > 1 and coverage.roads[day] == coverage.roads[following] == EXPORT_ROAD
    ]
    dates = grid.local.astype("datetime64[D]")
    return np.isin(dates, np.concatenate(missing)) if missing else np.zeros(len(grid), dtype=np.bool_)
