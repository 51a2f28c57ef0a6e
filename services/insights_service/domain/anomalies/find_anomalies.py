"""Episodes in which a series was not as expected: from when to when they lasted, and what was expected meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from services.insights_service.domain.anomalies.episode import Episode
from services.insights_service.domain.anomalies.judged_series import COMPANY, MONEY, JudgedSeries, Key
from services.insights_service.domain.anomalies.return_period import days_by_its_past
from services.insights_service.domain.anomalies.returns import is_return
from services.insights_service.domain.anomalies.series_grid import Grid
from services.insights_service.domain.arrays import Floats
from services.insights_service.domain.detect import find_alarms
from services.insights_service.domain.detection.episodes import Alarms
from services.insights_service.domain.detection.step_to_judge import step_to_judge
from services.insights_service.domain.evidence.shapes import Grain
from services.insights_service.domain.forecast import forecast_cautiously

# Steps that are judged, those before an alarm in which what it tells of may have begun, and those of a season.
RECENT: Final = {"hour": 7 * 24, "day": 14}
_BACK: Final = {"hour": 24, "day": 3}
_SEASON: Final = {"hour": 24, "day": 7}
# Known steps without which nobody knows what is usual.
FEWEST: Final = {"hour": 14 * 24, "day": 28}
# Lower scores are not looked at. Chance reaches these once a week by the hour, once in twelve days by the day, and once
# in eight weeks in a ratio of days (return_period.py). If somebody chose more than a few alerts a week, the limits fall
# towards those of many: once a week by the day, and once in two weeks in a ratio.
# What is surprising from CLEAR on and lies outside of the usual range is news; the rest is mild. Of both the bar
# chooses (alert_budget.py).
LEAST_SCORE: Final = {"hour": 1.1, "day": 1.0}
LEAST_OF_MANY: Final = {"hour": 1.1, "day": 0.67}
LEAST_RATIO_OF_MANY: Final = {"hour": 1.1, "day": 0.2}
_FEW_A_WEEK, _MANY_A_WEEK = 3.0, 7.0
CLEAR: Final = 1.4
# From so much on a mild change is called one, and any of a ratio: of large figures less is no chance, and no news.
CHANGE: Final = 0.1
# The least mild change of a count: two leads instead of 0.6 are no news to anybody.
COUNTED: Final = 2.0
# Chance brings a mild change at most once in so many days.
LEAST_DAYS: Final = 7.0
# Episodes looked at more closely, and how far off a step has to be to belong to one, as a part of what was expected.
MOST_ALARMS: Final = 60
OFF: Final = 0.25
_WIDTH_95: Final = 3.92
# An episode over so many steps ago is no news any more.
STANDS: Final = {"hour": 24, "day": 3}
# Percent of cases that the range of a mild episode holds, and that of any other.
LEVELS: Final = (80, 95)
_Ends = tuple[Floats, Floats]
# Where it begins, the mean, the ends of all LEVELS, and those of what is usual.
_Forecast = tuple[int, Floats, _Ends, _Ends]
# How surprising, at which step, of which series, and in which direction (0 if unknown).
_Alarm = tuple[float, int, JudgedSeries, int]


def worth_judging(series: Sequence[JudgedSeries], grid: Grid) -> list[JudgedSeries]:
    """Those with enough known steps; by the hour only where hours have events enough, money where its sales have."""
    by_key = {one.key: one for one in series}
    long = [
        one
        for one in series
        if not one.is_part
        and np.count_nonzero(~np.isnan(one.values)) >= FEWEST[grid.grain]
        and not is_over(one, (one.metric,), by_key, grid)
    ]
    if grid.grain == "day":
        return long
    judged = list[JudgedSeries]()
    for one in long:
        counted = by_key.get(("purchases", *one.key[1:])) if one.metric in MONEY else one
        if counted is not None and step_to_judge(counted.values, grid.local) < np.timedelta64(1, "D"):
            judged.append(one)
    return judged


def is_over(one: JudgedSeries, metrics: Sequence[str], by_key: Mapping[Key, JudgedSeries], grid: Grid) -> bool:
    """Whether a campaign or platform ended so long ago that nothing of it is news; not where the company's are late."""
    if one.dimension not in {"campaign", "platform"}:
        return False
    company = [by_key.get((metric, COMPANY, "")) for metric in (*metrics, "spend")]
    told = min((whole.known_until for whole in company if whole is not None), default=0)
    return told - one.known_until > STANDS[grid.grain]


def least_score(grain: Grain, per_week: float, *, is_ratio: bool = False) -> float:
    """Return the lowest score that is looked at if the largest number that somebody chose is `per_week`."""
    many = (per_week - _FEW_A_WEEK) / (_MANY_A_WEEK - _FEW_A_WEEK)
    ends = LEAST_SCORE[grain], (LEAST_RATIO_OF_MANY if is_ratio else LEAST_OF_MANY)[grain]
    return ends[0] + min(max(many, 0.0), 1.0) * (ends[1] - ends[0])


def find_anomalies(series: Sequence[JudgedSeries], grid: Grid, least: float | None = None) -> list[Episode]:
    """Return the episodes of the last steps, each once, that reach the score `least`."""
    least = LEAST_SCORE[grid.grain] if least is None else least
    found = find_alarms([one.values for one in series], [grid.local] * len(series), least=least)
    scores = {one.key: alarms for one, alarms in zip(series, found, strict=True)}
    alarms = [alarm for one in series for alarm in _newest_alarms(one, scores[one.key], least, grid)]
    alarms.sort(key=lambda alarm: -alarm[0])
    forecasts = _with_forecasts(alarms[:MOST_ALARMS], grid)
    episodes = _episodes(forecasts, grid)
    surprising = [one for one in episodes if one.score >= CLEAR]
    drawn = list[Episode]()
    for one, ((_, at, *_), (_, _, (low, high), _)) in zip(episodes, forecasts, strict=True):
        if not stands(one) or is_return(one, surprising):
            continue
        # (what is told is the interval, which the usual range holds: so it does not hold what came either)
        is_mild, steps = one.score < CLEAR or not is_outside(one), len(one.expected)
        level, past_days = 0 if is_mild else 1, _past_days(one, at, scores[one.series.key].heights)
        told = replace(one, low=low[level, :steps], high=high[level, :steps], past_days=past_days, is_mild=is_mild)
        if not is_mild or _is_enough(told):
            drawn.append(told)
    former = _former(drawn, scores, grid)
    return apart([one for one in drawn if not is_return(one, former)])


def _newest_alarms(one: JudgedSeries, scored: Alarms, least: float, grid: Grid) -> list[_Alarm]:
    """Of the last steps; those of less surprise, which is no news for long, of fewer."""
    clear, mild = one.known_until - RECENT[grid.grain], one.known_until - 2 * STANDS[grid.grain]
    alarms = _alarms(one, scored, slice(clear, one.known_until), least, grid)
    return [alarm for alarm in alarms if alarm[0] >= CLEAR or alarm[1] >= mild]


def _former(drawn: Sequence[Episode], scores: Mapping[Key, Alarms], grid: Grid) -> list[Episode]:
    """Of the same series those that began before the last steps: their ends may lie in these."""
    recent, series = RECENT[grid.grain], {one.series.key: one.series for one in drawn}
    alarms = [
        alarm
        for key, one in series.items()
        for alarm in _alarms(
            one, scores[key], slice(one.known_until - 2 * recent, one.known_until - recent), CLEAR, grid
        )
    ]
    return _episodes(_with_forecasts(alarms, grid), grid)


def _episodes(forecasts: Sequence[tuple[_Alarm, _Forecast]], grid: Grid) -> list[Episode]:
    """Each by the mean that was expected and the ends of what is usual."""
    return [
        episode_of(score, at, one, begin, mean, *usual, grid, direction)
        for (score, at, one, direction), (begin, mean, _, usual) in forecasts
    ]


def _alarms(one: JudgedSeries, scored: Alarms, within: slice, least: float, grid: Grid) -> list[_Alarm]:
    """At which of these steps a series is so surprising."""
    first = max(within.start, FEWEST[grid.grain] // 2)
    steps = scored.heights[first : max(within.stop, 0)]
    return [
        (float(scored.heights[at]), int(at), one, int(scored.directions[at]))
        for at in first + np.flatnonzero(steps >= least)
    ]


def _is_enough(mild: Episode) -> bool:
    """Whether it lies outside of its range, is a change, and chance does not do that every week."""
    counted = np.inf if mild.series.metric in MONEY else abs(mild.change)
    changes = abs(mild.change) >= CHANGE * abs(mild.sum_expected) and counted >= COUNTED
    return changes and mild.past_days >= LEAST_DAYS and is_outside(mild)


def _past_days(one: Episode, at: int, scored: Floats) -> float:
    """By the days before its alarm on which it was judged."""
    if one.grid.grain == "hour":
        return np.inf
    before = slice(max(at - _BACK["day"], 0))
    known = ~np.isnan(one.known[before])
    surprising = np.where(scored >= CLEAR, scored, 0.0)
    return days_by_its_past(one.score, surprising[before][known][FEWEST["day"] :])


def usual_a_step(series: Sequence[JudgedSeries], grid: Grid) -> dict[str, float]:
    """What the company has of a metric in a step, by its last four weeks."""
    steps = 28 * (24 if grid.grain == "hour" else 1)
    return {one.metric: _mean(one.values, steps) for one in series if one.dimension == COMPANY}


def _mean(values: Floats, steps: int) -> float:
    known = values[~np.isnan(values)][-steps:]
    return float(np.abs(known).mean()) if len(known) else 0.0


def _with_forecasts(alarms: Sequence[_Alarm], grid: Grid) -> list[tuple[_Alarm, _Forecast]]:
    """Each alarm with the forecast from some steps before it on."""
    if not alarms:
        return []
    begins = [at - min(_BACK[grid.grain], at // 2) for _, at, *_ in alarms]
    horizon = max(one.known_until - begin for (_, _, one, _), begin in zip(alarms, begins, strict=True))
    histories = [one.values[:begin] for (_, _, one, _), begin in zip(alarms, begins, strict=True)]
    mean, (lower, upper), (low, high) = forecast_cautiously(histories, _SEASON[grid.grain], horizon, LEVELS)
    return [
        (alarm, (begin, mean[place], (lower[place], upper[place]), (low[place, -1], high[place, -1])))
        for place, (alarm, begin) in enumerate(zip(alarms, begins, strict=True))
    ]


def episode_of(
    score: float,
    at: int,
    one: JudgedSeries,
    begin: int,
    mean: Floats,
    low: Floats,
    high: Floats,
    grid: Grid,
    direction: int = 0,
) -> Episode:
    """From when to when it lasts that an alarm tells of, beside what was expected from `begin` on.

    Of an alarm without a `direction` the steps up to it tell whether it is a rise or a fall.
    """
    actual = one.values[begin : one.known_until]
    steps = len(actual)
    off = np.nan_to_num(actual - mean[:steps])
    variance = np.maximum((high - low)[:steps] / _WIDTH_95, 1e-9) ** 2
    alarm = at - begin
    # It began where the sum up to the alarm is furthest from chance.
    sums = np.cumsum(off[alarm::-1]) / np.sqrt(np.cumsum(variance[alarm::-1]))
    back = int((sums * direction if direction else np.abs(sums)).argmax())
    up = bool(sums[back] > 0)
    # It ended where what came on top of a tolerance adds up to most.
    beyond = (off if up else -off) - OFF * np.abs(mean[:steps])
    after = int(np.cumsum(beyond[alarm:]).argmax())
    end = at + after + 1
    slack = 2 if grid.grain == "hour" else 0
    return Episode(
        one, grid, at - back, end, one.known_until - end <= slack, score, begin, mean[:steps], low[:steps], high[:steps]
    )


def stands(one: Episode) -> bool:
    """Whether it was not over long ago."""
    return one.series.known_until - one.end <= STANDS[one.grid.grain]


def is_outside(one: Episode) -> bool:
    """Whether what came lies outside of the range.

    A reader who sees that what came is usual believes the next alert less.
    """
    low, high = one.interval
    return not low <= one.sum_actual <= high


def apart(episodes: Sequence[Episode]) -> list[Episode]:
    """Of those of one series that meet the most surprising, which comes first; one that is mild gives way."""
    kept = dict[Key, list[Episode]]()
    for one in sorted(episodes, key=lambda one: one.is_mild):
        others = kept.setdefault(one.series.key, [])
        if not any(one.start < other.end and other.start < one.end for other in others):
            others.append(one)
    return [one for others in kept.values() for one in others]
