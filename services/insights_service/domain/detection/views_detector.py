"""Series without a stable profile: looked at from several sides, and judged by the one that is most surprised.

Level, step, single jump, restlessness, the same time on earlier days, and the day's level against the week's; upwards
and downwards apart, since most series have one long tail. Each is compared with its own past alone (conformal.py).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.insights_service.domain.detection.calendar import DAY, Ints, Rows, earlier
from services.insights_service.domain.detection.conformal import improbability

Floats = NDArray[np.float64]

_LONG, _SLOW, _FAST = 600.0, 60.0, 4.0  # memories, in rows
_RESTLESS = 40.0
_OUTLIER = 3.0  # standard deviations beyond which a value does not move the level it is judged by
_FEW = 30  # rows that are taken as they are
_COARSE = 0.2  # of the standard deviation: differences below it are nothing
_OF_LEVEL = 1e-4  # and so are those below this share of the level
_DAYS_BEFORE, _TWO_DAYS = (1, 2, 7), 2
_FINE = 12, 24  # steps a day from which on days are compared, and quarters of them


class _View(NamedTuple):
    high: Floats  # how far above what was expected; negative below
    start: int  # the row from which on it means something
    in_logs: bool  # is a logarithm already


def views_surprise(rows: Rows, values: Floats) -> Floats:
    """How surprising each row is, 0 and up; a series a row of `values`, all of them at the times of `rows`."""
    spread = _spread(values)
    most = np.zeros_like(values)
    for view in _views(rows, values):
        if view.start >= values.shape[1]:
            continue
        high, ground = view.high[:, view.start :], spread[:, view.start :]
        for sign in (1.0, -1.0):
            if view.in_logs:
                found = improbability(sign * high)
            else:
                found = np.where(
                    sign * high > ground, improbability(np.log(np.maximum(sign * high, 0.0) + ground)), 0.0
                )
            most[:, view.start :] = np.maximum(most[:, view.start :], found)
    return most


def _views(rows: Rows, values: Floats) -> list[_View]:
    calm = _without_outliers(_without_outliers(values))
    level = _before(_mean(calm, _LONG), 1)
    jump = np.abs(np.diff(values, axis=1, prepend=values[:, :1]))
    step = _mean(values, _FAST) - _before(_mean(calm, _SLOW), 2 * int(_FAST))
    found = [_View(values - level, 20, False), _View(step, 20, False), _View(jump, 10, False)]
    found.append(_View(_restlessness(jump), 100, True))
    a_day = DAY / rows.step if rows.step > 0 else 0.0
    if a_day >= _FINE[0]:
        found += _by_the_day(rows, values, calm, a_day)
    return found


def _by_the_day(rows: Rows, values: Floats, calm: Floats, a_day: float) -> list[_View]:
    steps = round(a_day)
    unlike = _unlike_all([_difference(values, earlier(rows.seconds, rows.step, days)) for days in _DAYS_BEFORE])
    drift = _mean(calm, a_day) - _before(_mean(calm, 7 * a_day), steps)
    found = [_View(_mean(unlike, _FAST), 2 * steps, False), _View(drift, 2 * steps, False)]
    if a_day >= _FINE[1]:
        found.append(_View(_mean(unlike, a_day / 4), 2 * steps, False))
    return found


def _restlessness(jump: Floats) -> Floats:
    """The logarithm of how much larger jumps became; a single large one counts little."""
    usual = _before(_mean(jump, 200.0), 1)
    capped = np.minimum(jump, 6.0 * usual)
    ground = 0.01 * _mean(jump, 2000.0) + np.finfo(float).tiny
    return np.log((_mean(capped, _RESTLESS) + ground) / (_before(_mean(capped, _LONG), int(_RESTLESS)) + ground))


def _difference(values: Floats, at: Ints) -> Floats:
    return np.where(at >= 0, values - values[:, np.maximum(at, 0)], np.nan)


def _unlike_all(differences: list[Floats]) -> Floats:
    """What is left beside the most similar of earlier days: an echo of what went wrong yesterday is nothing."""
    apart = np.array(differences)
    known = ~np.isnan(apart)
    above = np.where(known, apart, np.inf).min(axis=0)
    below = np.where(known, -apart, np.inf).min(axis=0)
    left = np.where(above > 0, above, np.where(below > 0, -below, 0.0))
    return np.where(known.sum(axis=0) >= _TWO_DAYS, left, 0.0)


def _without_outliers(values: Floats) -> Floats:
    middle = _before(_mean(values, _LONG), 1)
    spread = np.sqrt(_before(_mean((values - middle) ** 2, _LONG), 1))
    calm = np.clip(values, middle - _OUTLIER * spread, middle + _OUTLIER * spread)
    calm[:, :_FEW] = values[:, :_FEW]
    return calm


def _spread(values: Floats) -> Floats:
    """What counts as nothing: a part of the long standard deviation and of the level."""
    middle = _mean(values, 2000.0)
    deviation = np.sqrt(_mean((values - middle) ** 2, 2000.0))
    return _COARSE * deviation + _OF_LEVEL * _mean(np.abs(values), 2000.0) + np.finfo(float).tiny


def _mean(values: Floats, memory: float) -> Floats:
    """The mean of the past that forgets with this memory, in rows; the beginning weighs as little as it is long.

    By blocks, within which sums are divided by their own fading; a filter of SciPy's would cost 50 MB to load.
    """
    series, rows = values.shape
    keep, width = np.exp(-1.0 / memory), int(min(8 * memory, 256))
    blocks = -(-rows // width)
    padded = np.zeros((series, blocks * width))
    padded[:, :rows] = values
    fading = keep ** np.arange(width)
    sums = np.cumsum(padded.reshape(series, blocks, width) / fading, axis=2) * fading
    carried = np.zeros((series, blocks))
    for block in range(1, blocks):
        carried[:, block] = carried[:, block - 1] * keep**width + sums[:, block - 1, -1]
    sums += carried[:, :, None] * (fading * keep)
    weights = (1.0 - keep ** np.arange(1, rows + 1)) / (1.0 - keep)
    return sums.reshape(series, -1)[:, :rows] / weights


def _before(values: Floats, rows: int) -> Floats:
    """What was so many rows earlier; the first value where there was nothing yet."""
    first = np.repeat(values[:, :1], min(rows, values.shape[1]), axis=1)
    return np.concatenate([first, values[:, : max(values.shape[1] - rows, 0)]], axis=1)
