"""Up to where sources have told all that happened, and up to where that nothing came means that there was nothing."""

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
# A source that is silent for longer is gone.
GONE_DAYS: Final = 28
# As data.road_day has them.
EXPORT_ROAD, API_ROAD, HITS_ROAD = 1, 2, 3
# How long after something happened a vendor may still tell less of it (Google: 4 to 12 hours; Meta: its evenings come
# late; what Google's ads cost reaches its analytics within a day).
_SETTLES: Final = {"ga4": timedelta(hours=12), "meta_ads": timedelta(hours=3), "woocommerce": timedelta(0)}
_GOOGLE_ADS_SETTLE: Final = timedelta(hours=24)
# How long it may tell nothing at all though there was something (Google allows itself 24 to 48 hours).
_SPEAKS_WITHIN: Final = timedelta(hours=48)
# Google says something else of the last days until then.
_RESTATES: Final = timedelta(hours=72)


class Limit(NamedTuple):
    """Steps from `until` on are not known. Before `silent_until` it is known that what did not come was not there.

    From `settled_until` on figures may still change.
    """

    until: int
    silent_until: int
    settled_until: int


class Told(NamedTuple):
    """What is known of the steps of a grid: limits by what they are of (a platform, else a key above), and holes."""

    limits: Mapping[str, Limit]
    # Days of which a file is missing, among days that came in files.
    holes: NDArray[np.bool_]

    def cut(self, since: Mapping[str, datetime], grid: Grid) -> Told:
        """The same where nothing is known since some moments."""
        limits = dict(self.limits)
        for key, moment in since.items():
            place, known = grid.place(moment), limits.get(key, Limit(len(grid), 0, len(grid)))
            limits[key] = Limit(*(min(place, until) for until in known))
        return Told(limits, self.holes)


def told_until(coverage: Coverage, grid: Grid, moment: datetime) -> Told:
    """By the last word of every source that is not gone, the earliest where several tell the same."""
    sources = speaking(coverage, moment)
    limits = dict[str, Limit]()
    if newest_road(coverage, moment) == API_ROAD:
        _limit(limits, TRAFFIC_KEY, [_of_analytics(one, grid) for one in sources if one.kind == "ga4"])
    # (of a shop's orders nothing is told late)
    shops = [_places(grid, one, timedelta(0)) for one in sources if one.kind == "woocommerce"]
    if shops:
        traffic = limits.get(TRAFFIC_KEY, Limit(len(grid), 0, len(grid)))
        _limit(limits, SALES_KEY, [Limit(min(place, traffic.until), place, traffic.settled_until) for place in shops])
    if grid.grain == "day":
        for platform in {platform for one in sources for platform in platforms_of(one)}:
            tellers = [one for one in sources if platform in platforms_of(one)]
            _limit(limits, platform, [_of_ads(one, grid) for one in tellers])
    return Told(limits, _holes(coverage, grid))


def speaking(coverage: Coverage, moment: datetime) -> list[SourceState]:
    """The sources that are not gone."""
    since = moment - timedelta(GONE_DAYS)
    return [one for one in coverage.sources if one.last_sync_at > since]


def platforms_of(source: SourceState) -> set[str]:
    """The platforms whose costs a source tells."""
    return {*source.platforms, *({"meta"} if source.kind == "meta_ads" else ())}


def newest_road(coverage: Coverage, moment: datetime) -> int | None:
    """By which road visits came last; None where none of the roads brought any lately."""
    today = moment.astimezone(zone_of(coverage.time_zone)).date()
    days = [day for day in coverage.roads if today - timedelta(GONE_DAYS) <= day <= today]
    return coverage.roads[max(days)] if days else None


def _limit(limits: dict[str, Limit], key: str, of_each: Iterable[Limit]) -> None:
    """The earliest of several that tell parts of the same."""
    parts = list(zip(*of_each, strict=True))
    if parts:
        until, silent, settled = (min(part) for part in parts)
        limits[key] = Limit(until, min(until, silent), min(until, settled))


def _of_analytics(source: SourceState, grid: Grid) -> Limit:
    settled = _SETTLES["ga4"]
    return Limit(*(_places(grid, source, after) for after in (settled, _SPEAKS_WITHIN, _RESTATES)))


def _of_ads(source: SourceState, grid: Grid) -> Limit:
    """Whole days of every account's own clock; that nothing was spent is known by nobody else's word."""
    after = _GOOGLE_ADS_SETTLE if source.kind == "ga4" else _SETTLES.get(source.kind, timedelta(0))
    clocks = [grid, *(Grid(grid.grain, zone_of(zone), grid.instants, grid.local) for zone in source.zones)]
    until = min(_places(clock, source, after) for clock in clocks)
    return Limit(until, 0, until)


def _places(grid: Grid, source: SourceState, after: timedelta) -> int:
    """How many steps had been over for so long when a source was read last."""
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
