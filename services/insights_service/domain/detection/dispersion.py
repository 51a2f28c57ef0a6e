"""Estimate the overdispersion of sums from their past: the variance is unit * mean + excess * mean²."""

import numpy as np
from scipy.special import betainc

from services.insights_service.domain.arrays import Bools, Floats

_MEMORY = 60.0  # Days.
OUTLIER = 9.0  # Squared deviations are limited to this many variances.
FEWEST_SUMS = 10.0  # Sums from which on the estimated variance is used.
# A series is a gauge if at least _SUMS_TO_TELL sums, with a mean of at least _MANY, have a variance below _STEADY times
# the Poisson variance.
_SUMS_TO_TELL, _MANY, _STEADY = 200.0, 5.0, 0.5
# The size of a negative binomial, 1 / excess, must be finite. An excess of _BY_CHANCE times the Poisson part is as good
# as none.
_LEAST_EXCESS, _BY_CHANCE = 1e-6, 0.01
_FINEST = 1e-9  # Least unit, as a share of the mean; with more units the incomplete beta function is not accurate.
_UNKNOWN = 1e150  # Unit before it is estimated, so that nothing is an outlier.


class Dispersion:
    """The negative binomial dispersion of sums of many series; `unit` is 1 for counts and larger for money."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.unit, self.excess = np.full(shape, _UNKNOWN), np.zeros(shape)
        self._sums = np.zeros((5, *shape))  # Of 1, mean, mean², squared deviation / mean, squared deviation.

    def learn(self, sums: Floats, means: Floats, known: Bools, is_count: Bools) -> None:
        """Learn a day's sums, (..., steps); `is_count` marks the series of counts, whose unit is at least 1."""
        least = np.where(known, means, 1.0)
        squared = sums - least
        squared *= squared
        squared /= least
        limit = least * self.excess[..., None]
        limit += self.unit[..., None]
        limit *= OUTLIER
        np.minimum(squared, limit, out=squared)
        squared *= known
        mean = np.multiply(least, known, out=least)
        count = known.sum(axis=-1)
        today = [count, mean.sum(axis=-1), _products(mean, mean), squared.sum(axis=-1), _products(squared, mean)]
        self._sums = np.where(count > 0, (1.0 - 1.0 / _MEMORY) * self._sums + today, self._sums)
        self._fit(is_count)

    @property
    def underdispersed(self) -> Bools:
        """Which series vary far less than Poisson counts: gauges that are given as integers."""
        count, means, _, squared, _ = self._sums
        return (count >= _SUMS_TO_TELL) & (means >= _MANY * count) & (squared < _STEADY * count)

    def _fit(self, is_count: Bools) -> None:
        count = np.maximum(self._sums[0], 1e-9)
        floor = np.where(is_count, 1.0, 1e-3 * self._sums[3] / count) + np.finfo(float).tiny
        unit, excess = fit_dispersion(self._sums, floor)
        known = count >= FEWEST_SUMS
        self.unit = np.where(known, unit, self.unit)
        self.excess = np.where(known, excess, self.excess)


def deviates(sums: Floats, means: Floats, unit: Floats, excess: Floats, times: float) -> Bools:
    """Return which sums deviate from their means by more than `times` standard deviations."""
    return (sums - means) ** 2 > times**2 * means * (unit + excess * means)


def _products(first: Floats, second: Floats) -> Floats:
    return np.einsum("...i,...i", first, second)


def fit_dispersion(sums: Floats, floor: Floats) -> tuple[Floats, Floats]:
    """Fit unit and excess: the intercept and slope of squared deviation / mean as a linear function of the mean.

    `sums` are those of 1, mean, mean², squared deviation / mean, and squared deviation. The unit is at least `floor`,
    and the excess at least 0.
    """
    count, means, squares, squared, weighted = sums
    count = np.maximum(count, 1e-9)
    mean_spread = squares - means**2 / count
    is_sloped = mean_spread > 1e-3 * squares
    excess = np.where(is_sloped, (weighted - means * squared / count) / np.where(is_sloped, mean_spread, 1.0), 0.0)
    unit = (squared - excess * means) / count
    below_floor = unit < floor
    excess = np.where(
        below_floor, np.maximum(weighted - floor * means, 0.0) / np.maximum(squares, np.finfo(float).tiny), excess
    )
    unit = np.where(below_floor, floor, unit)
    is_negative = excess < 0
    return np.where(is_negative, np.maximum(squared / count, floor), unit), np.where(is_negative, 0.0, excess)


def log_tail(sums: Floats, means: Floats, unit: Floats, excess: Floats, least_excess: float = _LEAST_EXCESS) -> Floats:
    """Return the natural logarithm of the negative binomial's one-sided tail probability for each sum.

    A lower `least_excess` allows sums of very many units to have a smaller relative variance.
    """
    unit = np.maximum(unit, _FINEST * means)
    units, mean = np.maximum(sums, 0.0) / unit, means / unit
    size = 1.0 / np.maximum(excess, np.maximum(least_excess, np.minimum(_LEAST_EXCESS, _BY_CHANCE / mean)))
    above = betainc(np.maximum(units, 1e-9), size, mean / (size + mean))
    below = betainc(size, np.floor(units) + 1.0, size / (size + mean))
    return np.log(np.maximum(np.where(units > mean, above, below), 1e-300))
