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
_VOLATILITY_MEMORY, _JUMP_MEMORY = 40.0, 200.0
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
    limited = _without_outliers(_without_outliers(values, means), means)
    level = _shifted(means.of(limited, _LONG), 1)
    jump = np.abs(np.diff(values, axis=1, prepend=values[:, :1]))
    step = means.of(values, _FAST)
    step -= _shifted(means.of(limited, _SLOW), 2 * int(_FAST))
    found = [View(values - level, 20), View(step, 20), View(jump, 10, signs=_UP)]
    found.append(View(_volatility(jump, means), 100, in_logs=True))
    steps_per_day = DAY / rows.step if rows.step > 0 else 0.0
    if steps_per_day >= _FINE[0]:
        found += _by_the_day(rows, values, limited, means)
    return found


def ground_of(values: Floats, means: FadingMeans) -> Floats:
    """Return the size of negligible deviations: a share of the long standard deviation plus one of the level."""
    mean = means.of(values, _LONGEST)
    size = mean if values.min() >= 0.0 else means.of(np.abs(values), _LONGEST)
    deviation = values - mean
    deviation *= deviation
    negligible = np.sqrt(means.of(deviation, _LONGEST))
    negligible *= _COARSE
    negligible += _OF_LEVEL * size
    negligible += np.finfo(float).tiny
    return negligible


def _by_the_day(rows: Rows, values: Floats, limited: Floats, means: FadingMeans) -> list[View]:
    steps_per_day = DAY / rows.step
    steps = round(steps_per_day)
    unlike = _unlike_earlier_days(rows, values)
    drift = means.of(limited, steps_per_day)
    drift -= _shifted(means.of(limited, 7 * steps_per_day), steps)
    found = [View(means.of(unlike, _FAST), 2 * steps), View(drift, 2 * steps)]
    if steps_per_day >= _FINE[1]:
        found.append(View(means.of(unlike, steps_per_day / 4), 2 * steps))
    return found


def _volatility(jump: Floats, means: FadingMeans) -> Floats:
    """Return the logarithm of the recent jump size relative to the earlier one; single large jumps are limited."""
    limit = _shifted(means.of(jump, _JUMP_MEMORY), 1)
    limit *= 6.0
    capped = np.minimum(jump, limit, out=limit)
    negligible = means.of(jump, _LONGEST)
    negligible *= 0.01
    negligible += np.finfo(float).tiny
    recent = means.of(capped, _VOLATILITY_MEMORY)
    recent += negligible
    negligible += _shifted(means.of(capped, _LONG), int(_VOLATILITY_MEMORY))
    recent /= negligible
    return np.log(recent, out=recent)


def _unlike_earlier_days(rows: Rows, values: Floats) -> Floats:
    """Return the deviation from the most similar earlier day, so that the echo of a fault on one of them is ignored."""
    above, below = np.full_like(values, np.inf), np.full_like(values, -np.inf)
    known = np.zeros(values.shape[1], dtype=np.int64)
    for days in _DAYS_BEFORE:
        rows_before = earlier(rows.seconds, rows.step, days)
        exists = rows_before >= 0
        known += exists
        deviation = values - values.take(np.maximum(rows_before, 0), axis=1)
        deviation[:, ~exists] = np.inf
        np.minimum(above, deviation, out=above)
        deviation[:, ~exists] = -np.inf
        np.maximum(below, deviation, out=below)
    np.maximum(above, 0.0, out=above)
    above += np.minimum(below, 0.0, out=below)
    above[:, known < _TWO_DAYS] = 0.0
    return above


def _without_outliers(values: Floats, means: FadingMeans) -> Floats:
    mean = _shifted(means.of(values, _LONG), 1)
    deviation = values - mean
    deviation *= deviation
    spread = _shifted(means.of(deviation, _LONG), 1)
    np.sqrt(spread, out=spread)
    spread *= _OUTLIER
    limited = np.maximum(values, mean - spread)
    mean += spread
    np.minimum(limited, mean, out=limited)
    limited[:, :_FEW] = values[:, :_FEW]
    return limited


def _shifted(values: Floats, rows: int) -> Floats:
    """Shift by `rows` rows; the first value fills the beginning."""
    shifted = np.empty_like(values)
    shifted[:, :rows] = values[:, :1]
    shifted[:, rows:] = values[:, :-rows]
    return shifted
