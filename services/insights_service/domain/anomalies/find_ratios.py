"""Find the episodes in which a ratio differed from its usual value by more than its exposure explains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.special import gammaincinv

from services.insights_service.domain.anomalies.clock_cells import A_DAY, Cells, cells_of
from services.insights_service.domain.anomalies.episode import Episode
from services.insights_service.domain.anomalies.find_anomalies import (
    CHANGE,
    CLEAR,
    COUNTED,
    FEWEST,
    LEAST_DAYS,
    LEAST_SCORE,
    LEVELS,
    MOST_ALARMS,
    RECENT,
    apart,
    episode_of,
    stands,
)
from services.insights_service.domain.anomalies.judged_ratios import JudgedRatio, least_scatter, value_of
from services.insights_service.domain.anomalies.judged_series import COMPANY, METRICS, JudgedSeries
from services.insights_service.domain.anomalies.return_period import return_period_days
from services.insights_service.domain.anomalies.series_grid import Grid
from services.insights_service.domain.arrays import Floats
from services.insights_service.domain.detection.episodes import Manner, with_milder
from services.insights_service.domain.detection.ratio_detector import Chances, RatiosSeen, judge_ratios

# The number of steps before an alarm where its episode may begin.
_BACK: Final = {"hour": 24, "day": 14}
# The same rules for alarms as of seasonal series (detect.py).
_MANNERS: Final = {"hour": Manner(0, 48, 12, 1.4, 1.0, 0.5), "day": Manner(0, 7, 3, 1.4, 1.0, 0.5)}
_WEEKS: Final = 4
# Fewer events than _SOME are taken as none, and with fewer than _FEW a cost is reported as its count of events.
_SOME, _FEW = 0.5, 5.0
# If campaigns that ended had at least this share of the exposure, the mix of campaigns explains the change.
_ENDED: Final = 0.2


@dataclass(frozen=True, kw_only=True)
class RatioEpisode(Episode):
    """An episode of a ratio, whose figure is not the sum of its steps' figures.

    `figures` are the expected and the actual ratio of the window, `usual` the ends of its interval. `cost` is the
    change in units of the numerator; `moved` is the direction of the part that changed more.
    """

    of: JudgedRatio
    figures: tuple[float, float]
    usual: tuple[float, float]
    cost: float
    moved: int

    @property
    def sum_expected(self) -> float:
        """The expected ratio of the window."""
        return self.figures[0]

    @property
    def sum_actual(self) -> float:
        """The actual ratio of the window."""
        return self.figures[1]

    @property
    def way(self) -> int:
        """The direction of the part that changed more: down where missing leads raise the cost per lead."""
        return self.moved

    @property
    def known(self) -> Floats:
        """The numerator: it is also known in steps where the denominator is 0 and the ratio has no value."""
        return self.of.top

    @property
    def parts(self) -> tuple[str, ...]:
        """The metrics of the events and of the exposure: one of them may explain the episode as well."""
        return self.of.ratio.parts

    @property
    def adds_up(self) -> bool:
        """Always False: ratios of steps do not add up."""
        return False

    @property
    def concerned(self) -> tuple[str, float]:
        """The numerator's metric, and by how much it differs from its usual amount for the same denominator."""
        return self.of.ratio.top, self.cost

    @property
    def interval(self) -> tuple[float, float]:
        """The ends of the window's interval, which is wide where there is little exposure."""
        return self.usual


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
    alarms = list[tuple[float, int, int]]()
    manner, seasonal = _MANNERS[grid.grain], np.ones(len(cells), dtype=bool)
    for place, one in enumerate(ratios):
        surprise = seen.surprise[place]
        scored = with_milder(surprise, surprise, seasonal, (manner, manner), least).heights[cells.at]
        last = int(np.flatnonzero(~np.isnan(one.top))[-1]) + 1
        since = max(last - RECENT[grid.grain], FEWEST[grid.grain] // 2)
        alarms += [(float(scored[at]), int(at), place) for at in since + np.flatnonzero(scored[since:last] >= least)]
    alarms.sort(key=lambda alarm: -alarm[0])
    found = [
        (ratios[place], _episode(score, at, ratios[place], place, seen, cells, grid))
        for score, at, place in alarms[:MOST_ALARMS]
    ]
    return apart([episode for one, episode in found if episode is not None and not _is_end(one, episode, series)])


def _judge(ratios: Sequence[JudgedRatio], cells: Cells, grid: Grid, least: float) -> RatiosSeen:
    chances = Chances(
        np.array([cells.sums(one.events) for one in ratios]),
        np.array([cells.sums(one.exposure) for one in ratios]),
        np.array([cells.latest(least_scatter(one)) for one in ratios]),
    )
    return judge_ratios(chances, A_DAY[grid.grain], least)


def _episode(
    score: float, at: int, one: JudgedRatio, place: int, seen: RatiosSeen, cells: Cells, grid: Grid
) -> Episode | None:
    """Build the episode of an alarm; None if it is old, too small, or within its interval."""
    begin = max(at - _BACK[grid.grain], 1)
    last = int(np.flatnonzero(~np.isnan(one.top))[-1]) + 1
    of = cells.at[begin:last]
    usual = seen.rate[place, cells.at[begin - 1]] * seen.season[place, of]
    means = usual * np.maximum(np.nan_to_num(one.exposure[begin:last]), 0.0)
    # Only widths of which enough windows had been seen by then have a finite scatter.
    scatter = {
        width: (unit[place, cells.at[at]], seen.excess[width][place, cells.at[at]])
        for width, unit in seen.unit.items()
        if np.isfinite(unit[place, cells.at[at]])
    }
    mild, clear = (_interval(means, *scatter[min(scatter)], level) for level in LEVELS)
    episode = episode_of(score, at, one.events_series, begin, means, *clear, grid)
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


def _is_end(one: JudgedRatio, episode: Episode, series: Sequence[JudgedSeries]) -> bool:
    """Whether campaigns with a large share of the exposure ended during the episode."""
    whole, metric = one.series, one.ratio.parts[1]
    if whole.dimension not in {COMPANY, "platform"}:
        return False
    ended_exposure = 0.0
    for part in series:
        is_part = part.dimension == "campaign" and part.metric == metric and whole.platform in {"", part.platform}
        if is_part and episode.start - 2 <= part.known_until < min(episode.end, len(episode.grid)):
            ended_exposure += float(np.nan_to_num(part.values[: part.known_until][-28:]).mean())
    before = one.exposure[max(episode.start - 28, 0) : episode.start]
    return ended_exposure > 0 and ended_exposure >= _ENDED * float(np.nan_to_num(before).mean())
