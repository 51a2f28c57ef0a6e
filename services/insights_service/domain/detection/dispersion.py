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

    def learn(self, sums: Floats, means: Floats, known: Bools, whole: Bools) -> None:
        """Learn a day's sums, (..., steps); `whole` marks the series of counts, whose unit is at least 1."""
        least = np.where(known, means, 1.0)
        apart = sums - least
        apart *= apart
        apart /= least
        most = least * self.excess[..., None]
        most += self.unit[..., None]
        most *= OUTLIER
        np.minimum(apart, most, out=apart)
        apart *= known
        mean = np.multiply(least, known, out=least)
        many = known.sum(axis=-1)
        today = [many, mean.sum(axis=-1), _products(mean, mean), apart.sum(axis=-1), _products(apart, mean)]
        self._sums = np.where(many > 0, (1.0 - 1.0 / _MEMORY) * self._sums + today, self._sums)
        self._fit(whole)

    @property
    def steadier(self) -> Bools:
        """Which series vary far less than Poisson counts: gauges that are given as integers."""
        many, means, _, apart, _ = self._sums
        return (many >= _SUMS_TO_TELL) & (means >= _MANY * many) & (apart < _STEADY * many)

    def _fit(self, whole: Bools) -> None:
        many = np.maximum(self._sums[0], 1e-9)
        floor = np.where(whole, 1.0, 1e-3 * self._sums[3] / many) + np.finfo(float).tiny
        unit, excess = fitted(self._sums, floor)
        known = many >= FEWEST_SUMS
        self.unit = np.where(known, unit, self.unit)
        self.excess = np.where(known, excess, self.excess)


def far(sums: Floats, means: Floats, unit: Floats, excess: Floats, times: float) -> Bools:
    """Return which sums deviate from their means by more than `times` standard deviations."""
    return (sums - means) ** 2 > times**2 * means * (unit + excess * means)


def _products(first: Floats, second: Floats) -> Floats:
    return np.einsum("...i,...i", first, second)


def fitted(sums: Floats, floor: Floats) -> tuple[Floats, Floats]:
    """Fit unit and excess: the intercept and slope of squared deviation / mean as a linear function of the mean.

    `sums` are those of 1, mean, mean², squared deviation / mean, and squared deviation. The unit is at least `floor`,
    and the excess at least 0.
    """
    many, means, squares, apart, weighted = sums
    many = np.maximum(many, 1e-9)
    spread = squares - means**2 / many
    steep = spread > 1e-3 * squares
    excess = np.where(steep, (weighted - means * apart / many) / np.where(steep, spread, 1.0), 0.0)
    unit = (apart - excess * means) / many
    low = unit < floor
    excess = np.where(
        low, np.maximum(weighted - floor * means, 0.0) / np.maximum(squares, np.finfo(float).tiny), excess
    )
    unit = np.where(low, floor, unit)
    flat = excess < 0
    return np.where(flat, np.maximum(apart / many, floor), unit), np.where(flat, 0.0, excess)


def tail(sums: Floats, means: Floats, unit: Floats, excess: Floats, least_excess: float = _LEAST_EXCESS) -> Floats:
    """Return the natural logarithm of the negative binomial's one-sided tail probability for each sum.

    A lower `least_excess` allows sums of very many units to have a smaller relative variance.
    """
    unit = np.maximum(unit, _FINEST * means)
    amount, mean = np.maximum(sums, 0.0) / unit, means / unit
    size = 1.0 / np.maximum(excess, np.maximum(least_excess, np.minimum(_LEAST_EXCESS, _BY_CHANCE / mean)))
    above = betainc(np.maximum(amount, 1e-9), size, mean / (size + mean))
    below = betainc(size, np.floor(amount) + 1.0, size / (size + mean))
    return np.log(np.maximum(np.where(amount > mean, above, below), 1e-300))
