"""Find the episodes in which a series differed from its forecast, with their bounds and what was expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from services.insights_service.domain.anomalies.episode import Episode
from services.insights_service.domain.anomalies.judged_series import MONEY, JudgedSeries, Key
from services.insights_service.domain.anomalies.raise_alarms import (
    CLEAR,
    LEAST_SCORE,
    STANDS,
    Alarm,
    earlier_alarms,
    newest_alarms,
    raise_alarms,
)
from services.insights_service.domain.anomalies.return_period import days_by_days_before
from services.insights_service.domain.anomalies.returns import is_return
from services.insights_service.domain.anomalies.series_grid import Grid
from services.insights_service.domain.arrays import Floats
from services.insights_service.domain.detection.episodes import Alarms
from services.insights_service.domain.forecast import forecast_cautiously

# The number of steps before an alarm where its episode may begin, and of a season.
_BACK: Final = {"hour": 24, "day": 3}
_SEASON: Final = {"hour": 24, "day": 7}
# The least relative change of a mild episode, and of any ratio: in large figures a smaller one may be significant, but
# it is not worth an alert.
CHANGE: Final = 0.1
# The least absolute change of a count: neither two leads instead of 0.6 nor none instead of 1.1 are worth an alert.
COUNTED: Final = 2.0
# The shortest return period of a mild episode, in days.
LEAST_DAYS: Final = 7.0
# The relative deviation above which a step prolongs an episode.
OFF: Final = 0.25
_WIDTH_95: Final = 3.92
# The levels of the intervals, in percent: of mild episodes, and of all others.
LEVELS: Final = (80, 95)
_Ends = tuple[Floats, Floats]
# The first step, the mean, the lower and upper ends at all LEVELS, and those by which the episode's bounds are found.
_Forecast = tuple[int, Floats, _Ends, _Ends]


def find_anomalies(series: Sequence[JudgedSeries], grid: Grid, least: float | None = None) -> list[Episode]:
    """Return the episodes among the newest steps whose score is at least `least`, without overlaps in a series."""
    least = LEAST_SCORE[grid.grain] if least is None else least
    scores = raise_alarms(series, grid, least)
    forecasts = _with_forecasts(newest_alarms(series, scores, grid, least), grid)
    episodes = _episodes(forecasts, grid)
    surprising = [one for one in episodes if one.score >= CLEAR]
    reported = list[Episode]()
    for one, (alarm, (_, _, (low, high), _)) in zip(episodes, forecasts, strict=True):
        if not stands(one) or is_return(one, surprising):
            continue
        # The interval that is reported lies within the one tested here, so it excludes the actual figure as well.
        is_mild, steps = one.score < CLEAR or not is_outside(one), len(one.expected)
        level, past_days = 0 if is_mild else 1, _past_days(alarm, scores[one.series.key].heights, grid)
        episode = replace(one, low=low[level, :steps], high=high[level, :steps], past_days=past_days, is_mild=is_mild)
        if _is_counted(episode) and (not is_mild or _is_worth_reporting(episode)):
            reported.append(episode)
    earlier = _earlier_episodes(reported, scores, grid)
    return apart([one for one in reported if not is_return(one, earlier)])


def _earlier_episodes(episodes: Sequence[Episode], scores: Mapping[Key, Alarms], grid: Grid) -> list[Episode]:
    """Return episodes of the same series from before the newest steps: their ends may cause alarms among these."""
    series = {one.series.key: one.series for one in episodes}
    alarms = earlier_alarms(list(series.values()), scores, grid)
    return _episodes(_with_forecasts(alarms, grid), grid)


def _episodes(forecasts: Sequence[tuple[Alarm, _Forecast]], grid: Grid) -> list[Episode]:
    """Build each alarm's episode from its forecast."""
    return [
        episode_of(score, at, one, begin, mean, *usual, grid, direction)
        for (score, at, one, direction), (begin, mean, _, usual) in forecasts
    ]


def _is_counted(one: Episode) -> bool:
    """Whether an episode of a count is a change of enough events.

    An alarm of a week's sum may leave few events between the bounds of its episode, which then look like nothing.
    """
    return one.series.metric in MONEY or abs(one.change) >= COUNTED


def _is_worth_reporting(mild: Episode) -> bool:
    """Whether a mild episode lies outside of its interval, is a large enough change, and is rare enough."""
    is_large = abs(mild.change) >= CHANGE * abs(mild.sum_expected)
    return is_large and mild.past_days >= LEAST_DAYS and is_outside(mild)


def _past_days(alarm: Alarm, scores: Floats, grid: Grid) -> float:
    """Return the return period of an alarm that the clear ones of the days before support; no limit for hours."""
    if grid.grain == "hour":
        return np.inf
    clear_or_this = (scores >= CLEAR) | (np.arange(len(scores)) == alarm.at)
    return days_by_days_before(np.where(clear_or_this, scores, 0.0), alarm.series.values, alarm.at)


def _with_forecasts(alarms: Sequence[Alarm], grid: Grid) -> list[tuple[Alarm, _Forecast]]:
    """Pair each alarm with the forecast that begins some steps before it."""
    if not alarms:
        return []
    begins = [one.at - min(_BACK[grid.grain], one.at // 2) for one in alarms]
    horizon = max(one.series.known_until - begin for one, begin in zip(alarms, begins, strict=True))
    histories = [one.series.values[:begin] for one, begin in zip(alarms, begins, strict=True)]
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
