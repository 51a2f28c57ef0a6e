"""How far sums of a few days scatter: what was seen so far, mixed with what is usual for a company's figures."""

from typing import NamedTuple

import numpy as np

from services.insights_service.domain.arrays import Bools, Floats

_DAYS_DIFFER, _LEVELS_MOVE = 0.02, 0.004  # relative variances: of a day, and of what a level does meanwhile
_PRIOR = 6.0, 3.0  # days, and sums of several days, that they are worth
_MEMORY = 120.0  # days
_OUTLIER = 9.0  # a squared deviation beyond so many variances counts no more
_YOUNG, _WIDE = 14, 1.5  # days in which deviations up to this multiple of the mean are no outliers
_LEVEL_KNOWN_BY = 30.0  # days: a level of few events is known as well as so many days of it tell
_WEEK = 7  # days that have no part in how often nothing came, since they may be judged
_CLOSED = 0.3  # of the level: days with less are no evidence of how often nothing comes
_FREEDOM, _GAINED = 4.0, 0.125  # degrees of freedom of a tail: at first, and for each day (or sum) that was seen


class Tails(NamedTuple):
    """The negative binomial of sums, (widths, series), and the degrees of freedom by which its tails are wider."""

    unit: Floats
    excess: Floats
    freedom: Floats


class DayScatter:
    """Of many series the variance of sums of so many days, as a multiple of the usual one for their mean."""

    def __init__(self, widths: Floats, series: int) -> None:
        self._widths = widths[:, None]
        self._relative = _DAYS_DIFFER / self._widths + _LEVELS_MOVE * (self._widths > 1)
        self._many, self._sums = np.zeros((2, len(widths), series))
        self._counted = [np.zeros((2, series))] * _WEEK  # days, and days of nothing, up to now and some days ago
        self.times = np.ones((len(widths), series))

    def variance(self, means: Floats, whole: Bools) -> Floats:
        """Of sums with these means; `whole` says which series are counts, that scatter by chance at least."""
        return self.times * self._usual(means, whole)

    def of_a_day(self, mean: Floats, whole: Bools) -> Floats:
        """The standard deviation of a day with this mean."""
        means = np.broadcast_to(np.maximum(mean, np.finfo(float).tiny), self.times.shape)
        return np.sqrt(self.variance(means, whole)[0])

    def learn(self, sums: Floats, means: Floats, shares: Floats, known: Bools, whole: Bools) -> None:
        """Take the sums that end on a day."""
        is_open = known[0] & (shares >= _CLOSED)
        counted = self._counted[-1] + np.array([is_open, is_open & (sums[0] <= 0)])
        self._counted = [*self._counted[1:], counted]
        usual = np.where(known, self._usual(means, whole), 1.0)
        young = self._many[0] < _YOUNG
        most = np.maximum(_OUTLIER * self.times, np.where(young, (_WIDE * means) ** 2 / usual, 0.0))
        ratio = np.where(known, np.minimum((sums - means) ** 2 / usual, most), 0.0)
        keep = np.where(known, 1.0 - 1.0 / _MEMORY, 1.0)
        self._many = keep * self._many + known / self._widths
        self._sums = keep * self._sums + ratio / self._widths
        self.times[0] = (_PRIOR[0] + self._sums[0]) / (_PRIOR[0] + self._many[0])
        self.times[1:] = (_PRIOR[1] * self.times[0] + self._sums[1:]) / (_PRIOR[1] + self._many[1:])

    def forget(self, part: Floats) -> None:
        """What was seen so far says so much less: days of the week were not known then."""
        self._many *= 1.0 - part
        self._sums *= 1.0 - part

    def tails(self, means: Floats, whole: Bools) -> Tails:
        """Half of the variance comes in units, as orders do, and half because days differ; counts by ones at least."""
        a_mean = self.variance(means, whole) / means
        # Where on some days nothing comes, units are as large as that takes by chance.
        a_day = means / self._widths
        days, nothing = self._counted[0]
        rare = np.where(nothing > 0, -np.log(np.maximum(nothing, 1.0) / (days + 1.0)), np.inf)
        unit = np.maximum(whole, np.maximum(0.5 * a_mean, np.minimum(a_day / rare, a_mean)))
        excess = np.maximum(a_mean - unit, 0.0) / means
        uncertain = np.where(whole, np.maximum(1.0 - unit / a_mean, 0.5 * (unit > 1.0)) * 2.0, 1.0)
        return Tails(unit, excess, (_FREEDOM + _GAINED * self._many[0]) / np.clip(uncertain, 0.05, 1.0))

    def _usual(self, means: Floats, whole: Bools) -> Floats:
        few = whole * self._widths / (_LEVEL_KNOWN_BY * np.maximum(means, 1e-9))
        return whole * means + (self._relative + few) * means**2
