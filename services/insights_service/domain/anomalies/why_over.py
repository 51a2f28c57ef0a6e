"""Determine why an earlier finding is not found any more, so that its end can be described."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from services.insights_service.domain.anomalies.episode import Episode
from services.insights_service.domain.anomalies.find_anomalies import OFF
from services.insights_service.domain.anomalies.judged_series import JudgedSeries, Key
from services.insights_service.domain.anomalies.raise_alarms import RECENT, is_over
from services.insights_service.domain.anomalies.ratio_metrics import RATIOS
from services.insights_service.domain.anomalies.series_grid import Grid
from services.insights_service.domain.anomalies.told_before import is_again, series_cause
from services.insights_service.domain.words.ended import Over
from services.insights_service.domain.words.periods import local
from services.insights_service.store.candidates import Standing

_WEEK: Final = {"hour": 7 * 24, "day": 7}
_WEEKS_BEFORE: Final = 4


class Looked(NamedTuple):
    """The judged series of one grain.

    `known` are all series, `usual` the same without special days, and `episodes` those found. `of_ends` are the
    episodes that were left out because campaigns had ended.
    """

    grid: Grid
    known: Sequence[JudgedSeries]
    usual: Sequence[JudgedSeries]
    episodes: Sequence[Episode]
    of_ends: Sequence[Episode]


def why_over(before: Sequence[Standing], found: set[str], looked: Sequence[Looked]) -> dict[str, Over]:
    """Return why each finding of `before` that is not in `found` is over, by cause; without those of unknown reason."""
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
    """Derive the reason from the series in which the finding was found; None if it is unknown."""
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
    # A ratio consists of several series, and its return to normal is not examined.
    is_back = parts == (one.metric,) and _is_back(one, start, end, was.direction, _WEEK[grid.grain])
    return Over("back", was.window_end) if is_back else None


def _is_back(one: JudgedSeries, start: int, end: int, direction: str, week: int) -> bool:
    """Whether the figures since the end are back at those of the same hours and weekdays of the weeks before."""
    until = one.known_until
    after, weeks = one.values[end:until], range(-(-(until - start) // week), end // week + 1)
    before = [one.values[end - back * week : until - back * week] for back in weeks][:_WEEKS_BEFORE]
    if np.isnan(after).all() or not before or np.isnan(before).all():
        return False
    now, usual = float(np.nanmean(after)), float(np.nanmean(before))
    deviation = now - usual if direction == "up" else usual - now
    return deviation <= OFF * abs(usual)


def _series(was: Standing, looked: Looked) -> tuple[int | None, Sequence[str]]:
    """Return the index of the finding's series and the metrics it is made of; for a ratio, its numerator's series."""
    for place, one in enumerate(looked.known):
        candidates = {
            one.metric: (one.metric,),
            **{ratio.metric: ratio.parts for ratio in RATIOS if ratio.top == one.metric},
        }
        for metric, parts in candidates.items():
            of: Key = (metric, one.dimension, one.member_id)
            if was.cause.startswith(f"{series_cause(of, looked.grid.grain, was.direction)}:"):
                return place, parts
    return None, ()
