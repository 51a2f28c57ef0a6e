"""Find the episodes in which a series differed from its forecast, with their bounds and what was expected."""

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

# The number of newest steps that are judged, of steps before an alarm where its episode may begin, and of a season.
RECENT: Final = {"hour": 7 * 24, "day": 14}
_BACK: Final = {"hour": 24, "day": 3}
_SEASON: Final = {"hour": 24, "day": 7}
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
# The least relative change of a mild episode, and of any ratio: in large figures a smaller one may be significant, but
# it is not worth an alert.
CHANGE: Final = 0.1
# The least absolute change of a mild episode of a count: two leads instead of 0.6 are not worth an alert.
COUNTED: Final = 2.0
# The shortest return period of a mild episode, in days.
LEAST_DAYS: Final = 7.0
# The most alarms for which episodes are built, and the relative deviation above which a step prolongs an episode.
MOST_ALARMS: Final = 60
OFF: Final = 0.25
_WIDTH_95: Final = 3.92
# An episode that ended longer ago than this number of steps is not reported any more.
STANDS: Final = {"hour": 24, "day": 3}
# The levels of the intervals, in percent: of mild episodes, and of all others.
LEVELS: Final = (80, 95)
_Ends = tuple[Floats, Floats]
# The first step, the mean, the lower and upper ends at all LEVELS, and those by which the episode's bounds are found.
_Forecast = tuple[int, Floats, _Ends, _Ends]
# The score, the step, the series, and the direction (0 if unknown).
_Alarm = tuple[float, int, JudgedSeries, int]


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


def find_anomalies(series: Sequence[JudgedSeries], grid: Grid, least: float | None = None) -> list[Episode]:
    """Return the episodes among the newest steps whose score is at least `least`, without overlaps in a series."""
    least = LEAST_SCORE[grid.grain] if least is None else least
    found = find_alarms([one.values for one in series], [grid.local] * len(series), least=least)
    scores = {one.key: alarms for one, alarms in zip(series, found, strict=True)}
    alarms = [alarm for one in series for alarm in _newest_alarms(one, scores[one.key], least, grid)]
    alarms.sort(key=lambda alarm: -alarm[0])
    forecasts = _with_forecasts(alarms[:MOST_ALARMS], grid)
    episodes = _episodes(forecasts, grid)
    surprising = [one for one in episodes if one.score >= CLEAR]
    reported = list[Episode]()
    for one, ((_, at, *_), (_, _, (low, high), _)) in zip(episodes, forecasts, strict=True):
        if not stands(one) or is_return(one, surprising):
            continue
        # The interval that is reported lies within the one tested here, so it excludes the actual figure as well.
        is_mild, steps = one.score < CLEAR or not is_outside(one), len(one.expected)
        level, past_days = 0 if is_mild else 1, _past_days(one, at, scores[one.series.key].heights)
        episode = replace(one, low=low[level, :steps], high=high[level, :steps], past_days=past_days, is_mild=is_mild)
        if not is_mild or _is_worth_reporting(episode):
            reported.append(episode)
    earlier = _earlier_episodes(reported, scores, grid)
    return apart([one for one in reported if not is_return(one, earlier)])


def _newest_alarms(one: JudgedSeries, scored: Alarms, least: float, grid: Grid) -> list[_Alarm]:
    """Return the alarms of a series' newest steps; those below CLEAR, which age sooner, of fewer steps."""
    clear, mild = one.known_until - RECENT[grid.grain], one.known_until - 2 * STANDS[grid.grain]
    alarms = _alarms(one, scored, slice(clear, one.known_until), least, grid)
    return [alarm for alarm in alarms if alarm[0] >= CLEAR or alarm[1] >= mild]


def _earlier_episodes(episodes: Sequence[Episode], scores: Mapping[Key, Alarms], grid: Grid) -> list[Episode]:
    """Return episodes of the same series from before the newest steps: their ends may cause alarms among these."""
    recent, series = RECENT[grid.grain], {one.series.key: one.series for one in episodes}
    alarms = [
        alarm
        for key, one in series.items()
        for alarm in _alarms(
            one, scores[key], slice(one.known_until - 2 * recent, one.known_until - recent), CLEAR, grid
        )
    ]
    return _episodes(_with_forecasts(alarms, grid), grid)


def _episodes(forecasts: Sequence[tuple[_Alarm, _Forecast]], grid: Grid) -> list[Episode]:
    """Build each alarm's episode from its forecast."""
    return [
        episode_of(score, at, one, begin, mean, *usual, grid, direction)
        for (score, at, one, direction), (begin, mean, _, usual) in forecasts
    ]


def _alarms(one: JudgedSeries, scored: Alarms, within: slice, least: float, grid: Grid) -> list[_Alarm]:
    """Return the alarms of a series among the steps `within` whose score is at least `least`."""
    first = max(within.start, FEWEST[grid.grain] // 2)
    steps = scored.heights[first : max(within.stop, 0)]
    return [
        (float(scored.heights[at]), int(at), one, int(scored.directions[at]))
        for at in first + np.flatnonzero(steps >= least)
    ]


def _is_worth_reporting(mild: Episode) -> bool:
    """Whether a mild episode lies outside of its interval, is a large enough change, and is rare enough."""
    count_change = np.inf if mild.series.metric in MONEY else abs(mild.change)
    is_large = abs(mild.change) >= CHANGE * abs(mild.sum_expected) and count_change >= COUNTED
    return is_large and mild.past_days >= LEAST_DAYS and is_outside(mild)


def _past_days(one: Episode, at: int, scores: Floats) -> float:
    """Return the return period that the scores of the days before the alarm at step `at` support."""
    if one.grid.grain == "hour":
        return np.inf
    before = slice(max(at - _BACK["day"], 0))
    known = ~np.isnan(one.known[before])
    surprising = np.where(scores >= CLEAR, scores, 0.0)
    return days_by_its_past(one.score, surprising[before][known][FEWEST["day"] :])


def usual_a_step(series: Sequence[JudgedSeries], grid: Grid) -> dict[str, float]:
    """Return the mean absolute value of each company metric in a step, over the last four weeks."""
    steps = 28 * (24 if grid.grain == "hour" else 1)
    return {one.metric: _mean(one.values, steps) for one in series if one.dimension == COMPANY}


def _mean(values: Floats, steps: int) -> float:
    known = values[~np.isnan(values)][-steps:]
    return float(np.abs(known).mean()) if len(known) else 0.0


def _with_forecasts(alarms: Sequence[_Alarm], grid: Grid) -> list[tuple[_Alarm, _Forecast]]:
    """Pair each alarm with the forecast that begins some steps before it."""
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
    """Find the bounds of the episode that raised an alarm at the step `at`, by the forecast from `begin` on.

    If the alarm has no `direction`, the steps up to it decide whether it is a rise or a fall.
    """
    actual = one.values[begin : one.known_until]
    steps = len(actual)
    residuals = np.nan_to_num(actual - mean[:steps])
    variance = np.maximum((high - low)[:steps] / _WIDTH_95, 1e-9) ** 2
    alarm = at - begin
    # It began where the standardised sum of residuals up to the alarm is largest.
    sums = np.cumsum(residuals[alarm::-1]) / np.sqrt(np.cumsum(variance[alarm::-1]))
    back = int((sums * direction if direction else np.abs(sums)).argmax())
    up = bool(sums[back] > 0)
    # It ended where the sum of residuals beyond a tolerance is largest.
    beyond = (residuals if up else -residuals) - OFF * np.abs(mean[:steps])
    after = int(np.cumsum(beyond[alarm:]).argmax())
    end = at + after + 1
    slack = 2 if grid.grain == "hour" else 0
    return Episode(
        one, grid, at - back, end, one.known_until - end <= slack, score, begin, mean[:steps], low[:steps], high[:steps]
    )


def stands(one: Episode) -> bool:
    """Whether an episode goes on, or ended recently enough to be reported."""
    return one.series.known_until - one.end <= STANDS[one.grid.grain]


def is_outside(one: Episode) -> bool:
    """Whether the actual total lies outside of the episode's interval.

    An alert that shows a figure within its usual range makes the reader trust the next one less.
    """
    low, high = one.interval
    return not low <= one.sum_actual <= high


def apart(episodes: Sequence[Episode]) -> list[Episode]:
    """Drop episodes that overlap an earlier one of the list in the same series; mild ones yield to all others."""
    kept = dict[Key, list[Episode]]()
    for one in sorted(episodes, key=lambda one: one.is_mild):
        others = kept.setdefault(one.series.key, [])
        if not any(one.start < other.end and other.start < one.end for other in others):
            others.append(one)
    return [one for others in kept.values() for one in others]
