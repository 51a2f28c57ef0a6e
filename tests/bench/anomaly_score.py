"""Scores of detectors on labelled series, as in the Numenta Anomaly Benchmark: early alarms win, false alarms cost.

Each labelled anomaly is a window of time. The first alarm inside a window counts, by a sigmoid that gives nearly 1 at
the window's beginning and falls towards 0 at its end; further alarms in it do not count. A window without an alarm
costs 1, and an alarm outside all windows costs the profile's weight (less just behind a window). The first 15 % of a
series, at most 750 points, are for learning and are not scored. A score of 0 is that of a detector without any alarms,
100 that of one that finds every anomaly at its first point.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Labelled(NamedTuple):
    """A series with its anomalies: windows [first, last] of row numbers."""

    name: str
    family: str
    values: Floats
    timestamps: NDArray[np.datetime64]
    windows: tuple[tuple[int, int], ...]


class Tally(NamedTuple):
    """The result of a threshold: the score, the windows that were found, and the alarms outside of windows."""

    score: float
    threshold: float
    found: int
    windows: int
    false_alarms: int


def probation(rows: int) -> int:
    """Return how many rows at the beginning of a series are not scored."""
    return int(min(0.15 * rows, 750))


def _sigmoid(position: Floats) -> Floats:
    return np.where(position > 3.0, -1.0, 2.0 / (1.0 + np.exp(np.minimum(5.0 * position, 60.0))) - 1.0)


def _costs(series: Labelled) -> Floats:
    """Return the cost of an alarm at each row outside the windows (1 far from any), NaN inside and during probation."""
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
    """Return for each threshold the reward of the first alarms in the windows, and how many windows have one."""
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
    """Return the tally of each threshold over all series together; a false alarm costs `weight` of a window."""
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
    """Return the tally at the single threshold with the best score over the whole corpus."""
    flat = np.unique(np.concatenate([given[probation(len(given)) :] for given in scores]))
    if len(flat) > 1500:
        upper = flat[-1500:]
        flat = np.unique(np.concatenate([upper, np.quantile(flat, np.linspace(0.0, 1.0, 500))]))
    return max(tallies(corpus, scores, np.append(flat, np.inf), weight), key=lambda one: one.score)
