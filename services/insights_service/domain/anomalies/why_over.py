"""Why something that stood out is not found any more: each end has its own words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from services.insights_service.domain.anomalies.episode import Episode
from services.insights_service.domain.anomalies.find_anomalies import OFF, RECENT, is_over
from services.insights_service.domain.anomalies.judged_series import JudgedSeries, Key
from services.insights_service.domain.anomalies.ratio_metrics import RATIOS
from services.insights_service.domain.anomalies.series_grid import Grid
from services.insights_service.domain.anomalies.told_before import is_again, series_cause
from services.insights_service.domain.words.ended import Over
from services.insights_service.domain.words.periods import local
from services.insights_service.store.candidates import Standing

_WEEK: Final = {"hour": 7 * 24, "day": 7}
_WEEKS_BEFORE: Final = 4


class Looked(NamedTuple):
    """The series of a grain: as they are known, without the days that are no news, and the episodes of all.

    `of_ends` are episodes that come from campaigns that ended.
    """

    grid: Grid
    known: Sequence[JudgedSeries]
    usual: Sequence[JudgedSeries]
    episodes: Sequence[Episode]
    of_ends: Sequence[Episode]


def why_over(before: Sequence[Standing], found: set[str], looked: Sequence[Looked]) -> dict[str, Over]:
    """By its cause, of each that is not found; of what nobody can tell why there is nothing."""
    over = dict[str, Over]()
    for was in before:
        if was.cause in found:
            continue
        for one in looked:
            why = _why(was, one) if f":{one.grid.grain}:" in was.cause else None
            if why is not None:
                over[was.cause] = why
    return over


def _why(was: Standing, looked: Looked) -> Over | None:
    if any(is_again(one, was) for one in looked.of_ends):
        return Over("campaign")
    if any(is_again(one, was) for one in looked.episodes):
        return Over("merged")
    place, parts = _series(was, looked)
    return None if place is None else _why_of(was, looked, place, parts)


def _why_of(was: Standing, looked: Looked, place: int, parts: Sequence[str]) -> Over | None:
    """By the series that it was found in."""
    one, grid = looked.known[place], looked.grid
    start, end = (grid.place(moment) for moment in (was.starts_at, local(was.window_end, grid.zone)))
    window = slice(max(start, 0), max(end, start + 1, 1))
    if is_over(one, parts, {series.key: series for series in looked.known}, grid):
        return Over("campaign" if one.dimension == "campaign" else "platform")
    if np.isnan(one.values[window]).all():
        return Over("late")
    if np.isnan(looked.usual[place].values[window]).all():
        return Over("declared")
    is_old = one.known_until - start >= RECENT[grid.grain]
    if was.is_ongoing:
        return Over("level") if is_old else None
    # (a ratio is of several series)
    is_back = parts == (one.metric,) and _is_back(one, start, end, was.direction, _WEEK[grid.grain])
    return Over("back", was.window_end) if is_back else None


def _is_back(one: JudgedSeries, start: int, end: int, direction: str, week: int) -> bool:
    """Whether what came since the end is about what came in the same hours and weekdays of the weeks before."""
    until = one.known_until
    after, weeks = one.values[end:until], range(-(-(until - start) // week), end // week + 1)
    before = [one.values[end - back * week : until - back * week] for back in weeks][:_WEEKS_BEFORE]
    if np.isnan(after).all() or not before or np.isnan(before).all():
        return False
    now, usual = float(np.nanmean(after)), float(np.nanmean(before))
    off = now - usual if direction == "up" else usual - now
    return off <= OFF * abs(usual)


def _series(was: Standing, looked: Looked) -> tuple[int | None, Sequence[str]]:
    """Where the series is that it was found in, and of which metrics that is made: of a ratio, its top's."""
    for place, one in enumerate(looked.known):
        made = {one.metric: (one.metric,), **{ratio.metric: ratio.parts for ratio in RATIOS if ratio.top == one.metric}}
        for metric, parts in made.items():
            of: Key = (metric, one.dimension, one.member_id)
            if was.cause.startswith(f"{series_cause(of, looked.grid.grain, was.direction)}:"):
                return place, parts
    return None, ()
