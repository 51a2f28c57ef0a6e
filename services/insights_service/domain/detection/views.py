"""The views by which a series without a stable profile is judged.

They are the deviation from the level, the change of level, single jumps, the volatility, the deviation from the same
time on earlier days, and the level of the day compared with that of the week.
"""

from typing import NamedTuple

import numpy as np

from services.insights_service.domain.arrays import Floats
from services.insights_service.domain.detection.calendar import DAY, Rows, earlier
from services.insights_service.domain.detection.fading_means import FadingMeans

_LONGEST, _LONG, _SLOW, _FAST = 2000.0, 600.0, 60.0, 4.0  # Memories, in rows.
_RESTLESS, _JUMPS = 40.0, 200.0
_OUTLIER = 3.0  # Values are limited to this many standard deviations before they enter the level.
_FEW = 30  # First rows, in which outliers are not limited.
# Deviations below the sum of these shares of the standard deviation and of the level do not count.
_COARSE = 0.2
_OF_LEVEL = 1e-4
_DAYS_BEFORE, _TWO_DAYS = (1, 2, 7), 2
_FINE = 12, 24  # Steps a day from which on days are compared, and quarters of days.
_BOTH, _UP = (1.0, -1.0), (1.0,)


class View(NamedTuple):
    """One measure of deviation for each row, (series, rows), positive for rises."""

    high: Floats
    start: int  # First row from which on the view is meaningful.
    in_logs: bool = False  # Whether the measure is a logarithm already.
    signs: tuple[float, ...] = _BOTH  # The directions that are judged.


def views_of(rows: Rows, values: Floats, means: FadingMeans) -> list[View]:
    """Return the views of series, (series, rows), at the times of `rows`."""
    calm = _without_outliers(_without_outliers(values, means), means)
    level = _before(means.of(calm, _LONG), 1)
    jump = np.abs(np.diff(values, axis=1, prepend=values[:, :1]))
    step = means.of(values, _FAST)
    step -= _before(means.of(calm, _SLOW), 2 * int(_FAST))
    found = [View(values - level, 20), View(step, 20), View(jump, 10, signs=_UP)]
    found.append(View(_restlessness(jump, means), 100, in_logs=True))
    a_day = DAY / rows.step if rows.step > 0 else 0.0
    if a_day >= _FINE[0]:
        found += _by_the_day(rows, values, calm, means)
    return found


def ground_of(values: Floats, means: FadingMeans) -> Floats:
    """Return the size of negligible deviations: a share of the long standard deviation plus one of the level."""
    middle = means.of(values, _LONGEST)
    size = middle if values.min() >= 0.0 else means.of(np.abs(values), _LONGEST)
    apart = values - middle
    apart *= apart
    ground = np.sqrt(means.of(apart, _LONGEST))
    ground *= _COARSE
    ground += _OF_LEVEL * size
    ground += np.finfo(float).tiny
    return ground


def _by_the_day(rows: Rows, values: Floats, calm: Floats, means: FadingMeans) -> list[View]:
    a_day = DAY / rows.step
    steps = round(a_day)
    unlike = _unlike_all(rows, values)
    drift = means.of(calm, a_day)
    drift -= _before(means.of(calm, 7 * a_day), steps)
    found = [View(means.of(unlike, _FAST), 2 * steps), View(drift, 2 * steps)]
    if a_day >= _FINE[1]:
        found.append(View(means.of(unlike, a_day / 4), 2 * steps))
    return found


def _restlessness(jump: Floats, means: FadingMeans) -> Floats:
    """Return the logarithm of the recent jump size relative to the earlier one; single large jumps are limited."""
    most = _before(means.of(jump, _JUMPS), 1)
    most *= 6.0
    capped = np.minimum(jump, most, out=most)
    ground = means.of(jump, _LONGEST)
    ground *= 0.01
    ground += np.finfo(float).tiny
    lately = means.of(capped, _RESTLESS)
    lately += ground
    ground += _before(means.of(capped, _LONG), int(_RESTLESS))
    lately /= ground
    return np.log(lately, out=lately)


def _unlike_all(rows: Rows, values: Floats) -> Floats:
    """Return the deviation from the most similar earlier day, so that the echo of a fault on one of them is ignored."""
    above, below = np.full_like(values, np.inf), np.full_like(values, -np.inf)
    known = np.zeros(values.shape[1], dtype=np.int64)
    for days in _DAYS_BEFORE:
        at = earlier(rows.seconds, rows.step, days)
        there = at >= 0
        known += there
        apart = values - values.take(np.maximum(at, 0), axis=1)
        apart[:, ~there] = np.inf
        np.minimum(above, apart, out=above)
        apart[:, ~there] = -np.inf
        np.maximum(below, apart, out=below)
    np.maximum(above, 0.0, out=above)
    above += np.minimum(below, 0.0, out=below)
    above[:, known < _TWO_DAYS] = 0.0
    return above


def _without_outliers(values: Floats, means: FadingMeans) -> Floats:
    middle = _before(means.of(values, _LONG), 1)
    apart = values - middle
    apart *= apart
    spread = _before(means.of(apart, _LONG), 1)
    np.sqrt(spread, out=spread)
    spread *= _OUTLIER
    calm = np.maximum(values, middle - spread)
    middle += spread
    np.minimum(calm, middle, out=calm)
    calm[:, :_FEW] = values[:, :_FEW]
    return calm


def _before(values: Floats, rows: int) -> Floats:
    """Shift by `rows` rows; the first value fills the beginning."""
    moved = np.empty_like(values)
    moved[:, :rows] = values[:, :1]
    moved[:, rows:] = values[:, :-rows]
    return moved
