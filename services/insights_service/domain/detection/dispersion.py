"""How far sums of a window scatter about what is expected: a variance unit * mean + excess * mean², from the past."""

import numpy as np
from scipy.special import betainc

from services.insights_service.domain.arrays import Bools, Floats

_MEMORY = 60.0  # days
OUTLIER = 9.0  # a squared deviation beyond so many variances counts no more
FEWEST_SUMS = 10.0  # sums before the variance is believed
_SUMS_TO_TELL, _MANY, _STEADY = 200.0, 5.0, 0.5  # sums, of such a mean, that scatter so much less than chance would
_LEAST_EXCESS, _BY_CHANCE = 1e-6, 0.01  # without any the binomial has no size; so little of chance's own is none
_FINEST = 1e-9  # of the mean, as the unit: of more units the incomplete beta function knows no tail
_UNKNOWN = 1e150  # until then nothing is an outlier


class Dispersion:
    """Of many series the negative-binomial scatter of sums: `unit` is 1 for counts, more for money."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.unit, self.excess = np.full(shape, _UNKNOWN), np.zeros(shape)
        self._sums = np.zeros((5, *shape))  # of 1, mean, mean², squared deviation / mean, squared deviation

    def learn(self, sums: Floats, means: Floats, known: Bools, whole: Bools) -> None:
        """Take a day's sums, steps last; `whole` says which series are counts, whose unit is at least 1."""
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
        """Which series scatter far less than counts do by chance: gauges that are told in whole numbers."""
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
    """Which sums are off by more than so many standard deviations."""
    return (sums - means) ** 2 > times**2 * means * (unit + excess * means)


def _products(first: Floats, second: Floats) -> Floats:
    return np.einsum("...i,...i", first, second)


def fitted(sums: Floats, floor: Floats) -> tuple[Floats, Floats]:
    """Unit and excess: a straight line of the squared deviation over the mean, with neither end below what can be.

    `sums` are of 1, mean, mean², squared deviation / mean, squared deviation; `floor` is the least that the unit is.
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
    """Of each sum the natural logarithm of the probability to be so far off on its side, by the negative binomial.

    With a lower `least_excess` sums of very many units are held to scatter that little about their mean.
    """
    unit = np.maximum(unit, _FINEST * means)
    amount, mean = np.maximum(sums, 0.0) / unit, means / unit
    size = 1.0 / np.maximum(excess, np.maximum(least_excess, np.minimum(_LEAST_EXCESS, _BY_CHANCE / mean)))
    above = betainc(np.maximum(amount, 1e-9), size, mean / (size + mean))
    below = betainc(size, np.floor(amount) + 1.0, size / (size + mean))
    return np.log(np.maximum(np.where(amount > mean, above, below), 1e-300))
