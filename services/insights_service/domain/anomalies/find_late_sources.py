"""Sources that have told nothing for longer than they ever are silent: what is missing then is no drop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from services.insights_service.domain.anomalies.judged_series import COMPANY, GONE_DAYS, LEADS, TRAFFIC, JudgedSeries
from services.insights_service.domain.anomalies.series_grid import Floats, Grid

# Steps of silence that may be chance, and that have gone on for so long that the source is gone.
_FEWEST: Final = {"hour": 6, "day": 2}
_GONE: Final = {"hour": 14 * 24, "day": GONE_DAYS}
_LONGER: Final = 1.5  # than any silence of the weeks before
_WEEKS: Final = 4
_EVENTS: Final = 10.0  # that would have come meanwhile


class Silence(NamedTuple):
    """A source without a word since a step, and what of it is not judged."""

    source: str
    since: int
    pulse: JudgedSeries
    metrics: tuple[str, ...]


def find_late_sources(series: Sequence[JudgedSeries], grid: Grid) -> list[Silence]:
    """The sources that are late at the end of the grid."""
    found = list[Silence]()
    for one in series:
        source, metrics = _source_of(one)
        if source and (since := _silent_since(one, grid)) is not None:
            found.append(Silence(source, since, one, metrics))
    return found


def _source_of(one: JudgedSeries) -> tuple[str, tuple[str, ...]]:
    if (one.metric, one.dimension) == ("sessions", COMPANY):
        return "ga4", TRAFFIC
    if (one.metric, one.dimension) == ("leads", COMPANY):
        return "crm", LEADS
    if (one.metric, one.dimension) == ("spend", "platform"):
        return f"{one.member_id}_ads", ("spend",)
    return "", ()


def _silent_since(one: JudgedSeries, grid: Grid) -> int | None:
    silent = len(grid) - one.known_until
    week = 7 * (24 if grid.grain == "hour" else 1)
    past = np.nan_to_num(one.values[max(one.known_until - _WEEKS * week, 0) : one.known_until])
    if len(past) < week or not _FEWEST[grid.grain] <= silent <= _GONE[grid.grain]:
        return None
    missed = float(past[-week:].mean()) * silent
    enough = missed >= _EVENTS if one.metric != "spend" else missed > 0
    return one.known_until if enough and silent > _LONGER * _longest_silence(past) else None


def _longest_silence(past: Floats) -> int:
    some = np.flatnonzero(past > 0)
    edges = np.concatenate([[-1], some, [len(past)]])
    return int(np.diff(edges).max()) - 1
