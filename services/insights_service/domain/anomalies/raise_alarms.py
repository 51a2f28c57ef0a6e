"""Choose the series worth judging, and the steps of them that raise an alarm: how surprising a step must be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from services.insights_service.domain.anomalies.judged_series import COMPANY, MONEY, JudgedSeries, Key
from services.insights_service.domain.anomalies.series_grid import Grid
from services.insights_service.domain.detect import find_alarms
from services.insights_service.domain.detection.episodes import Alarms
from services.insights_service.domain.detection.step_to_judge import step_to_judge
from services.insights_service.domain.evidence.shapes import Grain

# The number of newest steps that are judged.
RECENT: Final = {"hour": 7 * 24, "day": 14}
# The fewest known steps from which a normal level can be estimated.
FEWEST: Final = {"hour": 14 * 24, "day": 28}
# Lower scores are ignored. Chance alone reaches these once a week in an hourly series, once in twelve days in a daily
# one, and once in eight weeks in a daily ratio (return_period.py). If somebody chose more than a few alerts a week, the
# limits fall towards LEAST_OF_MANY: once a week in a daily series, and once in two weeks in a daily ratio.
# An episode is mild unless its score is at least CLEAR and it lies outside of its interval. The alert budget chooses
# among both kinds (alert_budget.py).
LEAST_SCORE: Final = {"hour": 1.1, "day": 1.0}
LEAST_OF_MANY: Final = {"hour": 1.1, "day": 0.67}
LEAST_RATIO_OF_MANY: Final = {"hour": 1.1, "day": 0.2}
_FEW_A_WEEK, _MANY_A_WEEK = 3.0, 7.0
CLEAR: Final = 1.4
# The most alarms for which episodes are built.
MOST_ALARMS: Final = 60
# An episode that ended longer ago than this number of steps is not reported any more.
STANDS: Final = {"hour": 24, "day": 3}


class Alarm(NamedTuple):
    """A step of a series that is surprising; the direction is 0 if it is unknown."""

    score: float
    at: int
    series: JudgedSeries
    direction: int


def worth_judging(series: Sequence[JudgedSeries], grid: Grid) -> list[JudgedSeries]:
    """Return the series with enough known steps, and of hourly ones those with enough events (for money, sales)."""
    by_key = {one.key: one for one in series}
    long_enough = [
        one
        for one in series
        if not one.is_part
        and np.count_nonzero(~np.isnan(one.values)) >= FEWEST[grid.grain]
        and not is_over(one, (one.metric,), by_key, grid)
    ]
    if grid.grain == "day":
        return long_enough
    judged = list[JudgedSeries]()
    for one in long_enough:
        counted = by_key.get(("purchases", *one.key[1:])) if one.metric in MONEY else one
        if counted is not None and step_to_judge(counted.values, grid.local) < np.timedelta64(1, "D"):
            judged.append(one)
    return judged


def is_over(one: JudgedSeries, metrics: Sequence[str], by_key: Mapping[Key, JudgedSeries], grid: Grid) -> bool:
    """Whether a campaign or platform ended too long ago to be reported, by how far the company's figures are known."""
    if one.dimension not in {"campaign", "platform"}:
        return False
    company = [by_key.get((metric, COMPANY, "")) for metric in (*metrics, "spend")]
    company_known_until = min((total.known_until for total in company if total is not None), default=0)
    return company_known_until - one.known_until > STANDS[grid.grain]


def least_score(grain: Grain, per_week: float, *, is_ratio: bool = False) -> float:
    """Return the lowest score that is considered if `per_week` is the largest number of alerts that somebody chose."""
    fraction = (per_week - _FEW_A_WEEK) / (_MANY_A_WEEK - _FEW_A_WEEK)
    of_few, of_many = LEAST_SCORE[grain], (LEAST_RATIO_OF_MANY if is_ratio else LEAST_OF_MANY)[grain]
    return of_few + min(max(fraction, 0.0), 1.0) * (of_many - of_few)


def raise_alarms(series: Sequence[JudgedSeries], grid: Grid, least: float) -> dict[Key, Alarms]:
    """Return how surprising each step of the series is, from the score `least` on, by the series' keys."""
    found = find_alarms([one.values for one in series], [grid.local] * len(series), least=least)
    return {one.key: alarms for one, alarms in zip(series, found, strict=True)}


def newest_alarms(
    series: Sequence[JudgedSeries], scores: Mapping[Key, Alarms], grid: Grid, least: float
) -> list[Alarm]:
    """Return the highest alarms of the newest steps; those below CLEAR, which age sooner, of fewer steps."""
    alarms = list[Alarm]()
    for one in series:
        clear, mild = one.known_until - RECENT[grid.grain], one.known_until - 2 * STANDS[grid.grain]
        newest = _alarms(one, scores[one.key], slice(clear, one.known_until), least, grid)
        alarms += [alarm for alarm in newest if alarm.score >= CLEAR or alarm.at >= mild]
    return sorted(alarms, key=lambda alarm: -alarm.score)[:MOST_ALARMS]


def earlier_alarms(series: Sequence[JudgedSeries], scores: Mapping[Key, Alarms], grid: Grid) -> list[Alarm]:
    """Return the clear alarms from before the newest steps."""
    recent = RECENT[grid.grain]
    return [
        alarm
        for one in series
        for alarm in _alarms(
            one, scores[one.key], slice(one.known_until - 2 * recent, one.known_until - recent), CLEAR, grid
        )
    ]


def _alarms(one: JudgedSeries, scored: Alarms, within: slice, least: float, grid: Grid) -> list[Alarm]:
    """Return the alarms of a series among the steps `within` whose score is at least `least`."""
    first = max(within.start, FEWEST[grid.grain] // 2)
    steps = scored.heights[first : max(within.stop, 0)]
    return [
        Alarm(float(scored.heights[at]), int(at), one, int(scored.directions[at]))
        for at in first + np.flatnonzero(steps >= least)
    ]
