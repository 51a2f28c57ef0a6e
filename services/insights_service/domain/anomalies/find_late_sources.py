"""Find late sources: those that are polled by their last sync, all others by unusually long silence in the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.insights_service.domain.anomalies.judged_series import (
    COMPANY,
    LEADS,
    TRAFFIC,
    JudgedSeries,
    Key,
    came,
    limit_of,
)
from services.insights_service.domain.anomalies.series_grid import Grid
from services.insights_service.domain.anomalies.told_until import (
    API_ROAD,
    EXPORT_ROAD,
    GONE_DAYS,
    HITS_ROAD,
    LEADS_KEY,
    TRAFFIC_KEY,
    Told,
    newest_road,
    platforms_of,
    speaking,
)
from services.insights_service.domain.detection.step_to_judge import FEWEST_AN_HOUR
from services.insights_service.domain.evidence.shapes import WEBSITE, SourceStatus
from services.insights_service.store.series import Coverage, SourceState

# A source not read for this long is late: sources are read every quarter of an hour, and retried for a while.
_LATE_AFTER: Final = timedelta(days=1)
# Shorter silences (in steps) may be chance; after longer ones than _GONE the source is regarded as gone.
_FEWEST: Final = {"hour": 6, "day": 2}
_GONE: Final = {"hour": 14 * 24, "day": GONE_DAYS}
# A silence is unusual if it is longer than this multiple of the usual silence of the last _WEEKS.
_LONGER: Final = 1.5
_WEEKS: Final = 4
# From this many weeks of history on, usual silences occur more than once, so the longest one is ignored as an outage.
_OFTEN_WEEKS: Final = 3
# The fewest events that must have been expected during a silence.
_EVENTS: Final = 10.0
_VISITS_CAME_BY: Final = {EXPORT_ROAD: "ga4", API_ROAD: "ga4", HITS_ROAD: "measurement_protocol"}


class LateWord(NamedTuple):
    """A source late since a moment, and the metrics not judged without it; `pulse` is the series that shows it."""

    source: str
    status: SourceStatus
    since: datetime
    metrics: tuple[str, ...]
    pulse: JudgedSeries | None
    grid: Grid

    @property
    def keys(self) -> list[str]:
        """The keys of the limits that it sets (see told_until.py)."""
        return [key for key, metric in ((TRAFFIC_KEY, "sessions"), (LEADS_KEY, "leads")) if metric in self.metrics]


def late_by_state(
    coverage: Coverage, series: Sequence[JudgedSeries], grid: Grid, moment: datetime
) -> dict[str, LateWord]:
    """Return sources that were not read for a day or longer, for any reason, by kind; `series` are the daily ones."""
    by_key = {one.key: one for one in series}
    found = dict[str, LateWord]()
    for source in reversed(speaking(coverage, moment)):
        since = source.last_sync_at
        if moment - since >= _LATE_AFTER:
            # Of several sources of one kind, the one that was read longest ago comes last and wins.
            metrics, key = _reported_by(source, coverage, moment)
            found[source.kind] = LateWord(source.kind, _status(source), since, metrics, by_key.get(key), grid)
    return found


def silent_sources(
    coverage: Coverage, series: Sequence[JudgedSeries], grid: Grid, told: Told, moment: datetime
) -> dict[str, LateWord]:
    """Return unusually silent sources by name, without the ad platforms that a polled source reports."""
    by_key = {one.key: one for one in series}
    polled = {platform for source in speaking(coverage, moment) for platform in platforms_of(source)}
    found = dict[str, LateWord]()
    for one in series:
        source, metrics = _silent(one, coverage, moment)
        if source and one.platform not in polled:
            since = _silent_since(one, grid, limit_of(one, told, by_key).until)
            if since is not None:
                found[source] = LateWord(source, "silent", grid.begin(since), metrics, one, grid)
    return found


def _reported_by(source: SourceState, coverage: Coverage, moment: datetime) -> tuple[tuple[str, ...], Key]:
    """Return the metrics that are not judged without a source, and the key of the series that shows it."""
    if source.kind == "woocommerce":
        return ("purchases", "revenue"), ("purchases", COMPANY, "")
    ads = [("spend", "platform", platform) for platform in sorted(platforms_of(source))]
    if source.kind == "ga4":
        told = TRAFFIC if newest_road(coverage, moment) == API_ROAD else ()
        return (*told, *(["spend"] if ads else [])), ("sessions", COMPANY, "")
    return ("spend",), ads[0] if ads else ("spend", COMPANY, "")


def _status(source: SourceState) -> SourceStatus:
    statuses: Mapping[str, SourceStatus] = {
        "paused": "paused",
        "needs_attention": "needs_attention",
        "degraded": "degraded",
    }
    return statuses.get(source.status, "late")


def _silent(one: JudgedSeries, coverage: Coverage, moment: datetime) -> tuple[str, tuple[str, ...]]:
    if (one.metric, one.dimension) == ("sessions", COMPANY):
        return _VISITS_CAME_BY.get(newest_road(coverage, moment) or 0, WEBSITE), TRAFFIC
    if (one.metric, one.dimension) == ("leads", COMPANY):
        return "crm", LEADS
    if (one.metric, one.dimension) == ("spend", "platform"):
        return f"{one.member_id}_ads", ("spend",)
    return "", ()


def _silent_since(one: JudgedSeries, grid: Grid, until: int) -> int | None:
    has_events = came(one.values[: one.known_until])
    silent, week = until - len(has_events), 7 * (24 if grid.grain == "hour" else 1)
    recent, usual = has_events[-_WEEKS * week :], np.nan_to_num(one.values[: one.known_until])[-week:]
    # If the last known step is empty, a source has reported that there was nothing.
    if len(recent) < week or not recent[-1] or not _FEWEST[grid.grain] <= silent <= _GONE[grid.grain]:
        return None
    mean = float(usual.mean())
    if one.metric != "spend" and (mean * silent < _EVENTS or (grid.grain == "hour" and mean < FEWEST_AN_HOUR)):
        return None
    return len(has_events) if silent > _LONGER * _usual_silence(recent, week) else None


def _usual_silence(has_events: NDArray[np.bool_], week: int) -> int:
    """Return the longest silence; with enough history the second longest, so that one outage hides no other."""
    edges = np.concatenate([[-1], np.flatnonzero(has_events), [len(has_events)]])
    silences = np.sort(np.diff(edges) - 1)
    return int(silences[-2] if len(has_events) >= _OFTEN_WEEKS * week else silences[-1])
