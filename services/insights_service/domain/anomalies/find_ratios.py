"""Find the episodes in which a ratio differed from its usual value by more than its exposure explains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np
from scipy.special import gammaincinv

from services.insights_service.domain.anomalies.clock_cells import A_DAY, Cells, cells_of
from services.insights_service.domain.anomalies.ends_of_campaigns import has_ended_campaigns
from services.insights_service.domain.anomalies.episode import Episode
from services.insights_service.domain.anomalies.find_anomalies import (
    CHANGE,
    COUNTED,
    LEAST_DAYS,
    LEVELS,
    apart,
    episode_of,
    stands,
)
from services.insights_service.domain.anomalies.judged_ratios import JudgedRatio, least_scatter, value_of
from services.insights_service.domain.anomalies.judged_series import METRICS, JudgedSeries
from services.insights_service.domain.anomalies.raise_alarms import (
    CLEAR,
    FEWEST,
    LEAST_SCORE,
    MOST_ALARMS,
    RECENT,
)
from services.insights_service.domain.anomalies.ratio_episode import RatioEpisode
from services.insights_service.domain.anomalies.return_period import days_by_days_before, return_period_days
from services.insights_service.domain.anomalies.returns import is_return
from services.insights_service.domain.anomalies.series_grid import Grid
from services.insights_service.domain.arrays import Floats
from services.insights_service.domain.detection.episodes import Manner, with_milder
from services.insights_service.domain.detection.ratio_detector import Chances, RatiosSeen, judge_ratios

# The number of steps before an alarm where its episode may begin.
_BACK: Final = {"hour": 24, "day": 14}
# The same rules for alarms as of seasonal series (detect.py).
_MANNERS: Final = {"hour": Manner(0, 48, 12, 1.4, 1.0, 0.5, 2.4), "day": Manner(0, 7, 3, 1.4, 1.0, 0.5, 1.9)}
_WEEKS: Final = 4
# Fewer events than _SOME are taken as none, and with fewer than _FEW a cost is reported as its count of events.
_SOME, _FEW = 0.5, 5.0


class _Alarm(NamedTuple):
    """A step of a ratio, by its place among them, at which there are surprisingly many or few events.

    `scores` are those of all of the ratio's steps.
    """

    at: int
    place: int
    direction: int
    scores: Floats

    @property
    def score(self) -> float:
        return float(self.scores[self.at])


def find_ratios(
    ratios: Sequence[JudgedRatio], series: Sequence[JudgedSeries], grid: Grid, least: float | None = None
) -> list[Episode]:
    """Return the episodes among the newest steps whose score is at least `least`, without overlaps in a ratio.

    `series` tells which campaigns ended.
    """
    if not ratios:
        return []
    least = LEAST_SCORE[grid.grain] if least is None else least
    cells = cells_of(grid)
    seen = _judge(ratios, cells, grid, least)
    alarms = [alarm for place, one in enumerate(ratios) for alarm in _alarms(one, place, seen, cells, grid, least)]
    alarms.sort(key=lambda alarm: -alarm.score)
    since = [_last(one) - RECENT[grid.grain] for one in ratios]
    newest = [alarm for alarm in alarms if alarm.at >= since[alarm.place]][:MOST_ALARMS]
    places = {alarm.place for alarm in newest}
    earlier = [alarm for alarm in alarms if alarm.place in places and alarm.at < since[alarm.place]]
    of_events = {place: ratios[place].events_series for place in places}
    episodes = [
        _episode_of_events(alarm, ratios[alarm.place], of_events[alarm.place], seen, cells, grid)
        for alarm in (*newest, *earlier)
    ]
    surprising = [one for one in episodes if one.score >= CLEAR]
    reported = list[Episode]()
    for alarm, events in zip(newest, episodes, strict=False):
        one = ratios[alarm.place]
        episode = None if is_return(events, surprising) else _episode(alarm, events, one, seen, cells, grid)
        if episode is not None and not has_ended_campaigns(episode, one, series):
            reported.append(replace(episode, past_days=_past_days(alarm, one, grid)))
    return apart(reported)


def _last(one: JudgedRatio) -> int:
    """Return the step after the last known one."""
    return int(np.flatnonzero(~np.isnan(one.top))[-1]) + 1


def _alarms(one: JudgedRatio, place: int, seen: RatiosSeen, cells: Cells, grid: Grid, least: float) -> list[_Alarm]:
    """Return the alarms of the newest steps, and clear ones from before, whose ends may lie among these."""
    manner, seasonal = _MANNERS[grid.grain], np.ones(len(cells), dtype=bool)
    found = with_milder(seen.rises[place], seen.falls[place], seasonal, (manner, manner), least)
    scores, directions = found.heights[cells.at], found.directions[cells.at]
    last, recent = _last(one), RECENT[grid.grain]
    since, first = (max(last - many * recent, FEWEST[grid.grain] // 2) for many in (1, 2))
    lowest = np.where(np.arange(first, last) < since, CLEAR, least)
    steps = first + np.flatnonzero(scores[first:last] >= lowest)
    return [_Alarm(int(at), place, int(directions[at]), scores) for at in steps]


def _past_days(alarm: _Alarm, one: JudgedRatio, grid: Grid) -> float:
    """Return the return period of an alarm that the scores of the days before support; no limit for hours."""
    if grid.grain == "hour":
        return np.inf
    return days_by_days_before(alarm.scores, one.top, alarm.at, is_ratio=True)


def _judge(ratios: Sequence[JudgedRatio], cells: Cells, grid: Grid, least: float) -> RatiosSeen:
    chances = Chances(
        np.array([cells.sums(one.events) for one in ratios]),
        np.array([cells.sums(one.exposure) for one in ratios]),
        np.array([cells.latest(least_scatter(one)) for one in ratios]),
    )
    return judge_ratios(chances, A_DAY[grid.grain], least)


def _episode_of_events(
    alarm: _Alarm, one: JudgedRatio, events: JudgedSeries, seen: RatiosSeen, cells: Cells, grid: Grid
) -> Episode:
    """Find the bounds of an alarm's episode by the events that their exposure lets expect."""
    begin = max(alarm.at - _BACK[grid.grain], 1)
    of = cells.at[begin : _last(one)]
    usual = seen.rate[alarm.place, cells.at[begin - 1]] * seen.season[alarm.place, of]
    means = usual * np.maximum(np.nan_to_num(one.exposure[begin : _last(one)]), 0.0)
    scatter = _scatter(alarm, seen, cells)
    clear = _interval(means, *scatter[min(scatter)], LEVELS[1])
    return episode_of(alarm.score, alarm.at, events, begin, means, *clear, grid, alarm.direction)


def _scatter(alarm: _Alarm, seen: RatiosSeen, cells: Cells) -> dict[int, tuple[float, float]]:
    """Return the dispersion by width; only widths of which enough windows had been seen by then have a finite one."""
    place, at = alarm.place, cells.at[alarm.at]
    return {
        width: (unit[place, at], seen.excess[width][place, at])
        for width, unit in seen.unit.items()
        if np.isfinite(unit[place, at])
    }


def _episode(
    alarm: _Alarm, episode: Episode, one: JudgedRatio, seen: RatiosSeen, cells: Cells, grid: Grid
) -> Episode | None:
    """Build the episode of the ratio from that of its events; None if it is old, too small, or within its interval."""
    score, begin, last, means = alarm.score, episode.begin, _last(one), episode.expected
    scatter = _scatter(alarm, seen, cells)
    mild, clear = _interval(means, *scatter[min(scatter)], LEVELS[0]), (episode.low, episode.high)
    window = slice(episode.start, episode.end)
    wide = next((width for width in scatter if width >= episode.end - episode.start), max(scatter))
    expected = float(means[episode.window].sum())
    usual_mildly, usual_mostly = (_interval(np.array(expected), *scatter[wide], level) for level in LEVELS)
    top, below, came = (float(np.nansum(part[window])) for part in (one.top, one.below, one.events))
    is_mild = score < CLEAR or bool(usual_mostly[0] <= came <= usual_mostly[1])
    is_tiny = is_mild and not one.ratio.sales and abs(came - expected) < COUNTED
    (least, most), (low, high) = (usual_mildly, mild) if is_mild else (usual_mostly, clear)
    if not stands(episode) or least <= came <= most or expected <= 0 or is_tiny:
        return None
    if one.ratio.is_cost and came < _FEW:
        # That there are hardly any leads says more than what the last of them cost.
        few = replace(episode, low=low, high=high, is_mild=is_mild)
        is_rare = not is_mild or return_period_days(score, grid.grain) >= LEAST_DAYS
        return few if is_rare and one.ratio.below in METRICS else None
    exposed = below if not one.ratio.is_cost else top
    figures = _ratio(one, np.array([expected, came]), exposed)
    # If more money was refunded than spent, the ratio is not positive and has no meaning.
    if not abs(figures[1] - figures[0]) >= CHANGE * figures[0] > 0:
        return None
    usually = _ends(one, least, most, exposed)
    chance = np.maximum(np.nan_to_num(one.exposure[begin:last]), 0.0)
    low, high = _ends(one, low, high, chance)
    return RatioEpisode(
        series=one.series,
        grid=grid,
        start=episode.start,
        end=episode.end,
        is_ongoing=episode.is_ongoing,
        score=score,
        begin=begin,
        expected=_ratio(one, means, chance),
        low=low,
        high=high,
        is_mild=is_mild,
        of=one,
        figures=(float(figures[0]), float(figures[1])),
        usual=(float(usually[0]), float(usually[1])),
        cost=abs(top - float(figures[0]) / one.ratio.times * below),
        moved=_direction_of_cause(one, window, 1 if figures[1] > figures[0] else -1, grid),
    )


def _ratio(one: JudgedRatio, events: Floats, exposure: Floats | float) -> Floats:
    """Return the ratio that follows from a number of events and their exposure."""
    if one.ratio.is_cost:
        return value_of(one.ratio, exposure, events)
    return value_of(one.ratio, events, exposure)


def _ends(one: JudgedRatio, least: Floats, most: Floats, exposure: Floats | float) -> tuple[Floats, Floats]:
    """Convert an interval of events to one of the ratio; NaN as the upper end of a cost that may have no events."""
    if one.ratio.is_cost:
        return _ratio(one, most, exposure), _ratio(one, np.where(least < _SOME, 0.0, least), exposure)
    return _ratio(one, least, exposure), _ratio(one, most, exposure)


def _interval(means: Floats, unit: float, excess: float, level: float) -> tuple[Floats, Floats]:
    """Return the interval of `level` % of a Gamma distribution with the variance unit * mean + excess * mean²."""
    is_positive = means > 0
    mean = np.where(is_positive, means, 1.0)
    scale = unit + excess * mean
    low, high = (gammaincinv(mean / scale, part) * scale for part in (0.5 - level / 200, 0.5 + level / 200))
    return np.where(is_positive, low, 0.0), np.where(is_positive, high, 0.0)


def _direction_of_cause(one: JudgedRatio, window: slice, up: int, grid: Grid) -> int:
    """Return the direction of the part that moved the ratio more, compared with the same steps of the weeks before."""
    length, week = window.stop - window.start, 7 * A_DAY[grid.grain]
    spans = [window.start - week * -(-length // week) * weeks for weeks in range(1, _WEEKS + 1)]
    moves = list[float]()
    for part in (one.top, one.below):
        before = [float(np.nansum(part[start : start + length])) for start in spans if start >= 0]
        total = float(np.nansum(part[window]))
        moves.append(
            np.log(max(total, 1e-9) / max(float(np.mean(before)), 1e-9)) if before and sum(before) > 0 else 0.0
        )
    # Without earlier weeks the events are taken to have moved.
    if moves == [0.0, 0.0]:
        return -up if one.ratio.is_cost else up
    return up if up * moves[0] >= -up * moves[1] else -up
