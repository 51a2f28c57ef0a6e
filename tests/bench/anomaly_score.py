"""Labelled series scored the way the Numenta Anomaly Benchmark does it: early is better, and a false alarm costs.

Each labelled anomaly is a window of time. The first alarm inside counts, by a sigmoid that gives nearly 1 at the
window's beginning and falls towards 0 at its end; further ones are neither good nor bad. A window without an alarm
costs 1, an alarm outside all windows the profile's weight (less just behind a window). The first 15 % of a series, at
most 750 points, are for learning and are not scored. 0 is what says nothing, 100 what finds all at their first points.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Labelled(NamedTuple):
    """A series with the windows [first, last] of row numbers in which something is wrong."""

    name: str
    family: str
    values: Floats
    timestamps: NDArray[np.datetime64]
    windows: tuple[tuple[int, int], ...]


class Tally(NamedTuple):
    """What a threshold brings: the score, the windows that were found, the alarms outside of them."""

    score: float
    threshold: float
    found: int
    windows: int
    false_alarms: int


def probation(rows: int) -> int:
    """How many first rows of a series are not scored."""
    return int(min(0.15 * rows, 750))


def _sigmoid(position: Floats) -> Floats:
    return np.where(position > 3.0, -1.0, 2.0 / (1.0 + np.exp(np.minimum(5.0 * position, 60.0))) - 1.0)


def _costs(series: Labelled) -> Floats:
    """What an alarm costs at each row outside the windows (1 far from any), NaN inside and during probation."""
    rows = len(series.values)
    place = np.arange(rows, dtype=float)
    costs = np.ones(rows)
    for first, last in sorted(series.windows):
        behind = place > last
        costs[behind] = -_sigmoid((place[behind] - last) / max(last - first, 1))
    for first, last in series.windows:
        costs[first : last + 1] = np.nan
    costs[: probation(rows)] = np.nan
    return costs


def _rewards(series: Labelled, scores: Floats, thresholds: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Of each threshold what its first alarms in the windows bring, and how many windows have one."""
    total, found = np.zeros(len(thresholds)), np.zeros(len(thresholds), dtype=np.int64)
    for first, last in series.windows:
        begin = max(first, probation(len(scores)))
        highest = np.maximum.accumulate(scores[begin : last + 1])
        at = np.searchsorted(highest, thresholds, side="left")
        hit = at < len(highest)
        position = -(last - (begin + at[hit]) + 1) / (last - first + 1)
        total[hit] += _sigmoid(position) / _sigmoid(np.array(-1.0))
        found += hit
    return total, found


def tallies(corpus: Sequence[Labelled], scores: Sequence[Floats], thresholds: Floats, weight: float) -> list[Tally]:
    """What each threshold brings over all series together, a false alarm weighing `weight` of a window."""
    rewards, found = np.zeros(len(thresholds)), np.zeros(len(thresholds), dtype=np.int64)
    paid, alarms = np.zeros(len(thresholds)), np.zeros(len(thresholds), dtype=np.int64)
    for series, given in zip(corpus, scores, strict=True):
        reward, hit = _rewards(series, given, thresholds)
        rewards, found = rewards + reward, found + hit
        costs = _costs(series)
        outside = ~np.isnan(costs)
        order = np.argsort(given[outside])
        above = np.searchsorted(given[outside][order], thresholds, side="left")
        sums = np.append(np.cumsum(costs[outside][order][::-1])[::-1], 0.0)
        paid, alarms = paid + sums[above], alarms + (outside.sum() - above)
    windows = sum(len(series.windows) for series in corpus)
    raw = rewards - (windows - found) - weight * paid
    of_all = 100.0 * (raw + windows) / (2.0 * max(windows, 1))
    return [
        Tally(float(s), float(t), int(f), windows, int(a))
        for s, t, f, a in zip(of_all, thresholds, found, alarms, strict=True)
    ]


def best(corpus: Sequence[Labelled], scores: Sequence[Floats], weight: float) -> Tally:
    """The tally at the one threshold that suits the whole corpus best."""
    flat = np.unique(np.concatenate([given[probation(len(given)) :] for given in scores]))
    if len(flat) > 1500:
        upper = flat[-1500:]
        flat = np.unique(np.concatenate([upper, np.quantile(flat, np.linspace(0.0, 1.0, 500))]))
    return max(tallies(corpus, scores, np.append(flat, np.inf), weight), key=lambda one: one.score)
