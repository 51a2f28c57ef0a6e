"""Variance and tails of sums of a few days: the series' own, shrunk towards what is usual for company figures."""

from typing import NamedTuple

import numpy as np

from services.insights_service.domain.arrays import Bools, Floats

_DAYS_DIFFER, _LEVELS_MOVE = 0.02, 0.004  # Relative variances: between days, and of the level within a sum.
_PRIOR = 6.0, 3.0  # Weight of the prior: in days, and in sums of several days.
_MEMORY = 120.0  # Days.
_OUTLIER = 9.0  # Squared deviations are limited to this many variances.
_YOUNG, _WIDE = 14, 1.5  # In the first _YOUNG days, deviations up to _WIDE times the mean are not limited.
_LEVEL_KNOWN_BY = 30.0  # Days from which a level is estimated; their Poisson error widens the variance of counts.
_WEEK = 7  # The latest days are left out of the share of zero days, because the sums that are judged contain them.
_CLOSED = 0.3  # Weekdays with a lower share of the level say nothing about the probability of a zero day.
_FREEDOM, _GAINED = 4.0, 0.125  # Degrees of freedom of the tail: at first, and gained per day seen.


class Tails(NamedTuple):
    """The negative binomial of sums, (widths, series), and the degrees of freedom of its Student-t widened tails."""

    unit: Floats
    excess: Floats
    freedom: Floats


class DayScatter:
    """The variance of sums of several widths, for many series, as a multiple of the usual one for their mean."""

    def __init__(self, widths: Floats, series: int) -> None:
        self._widths = widths[:, None]
        self._relative = _DAYS_DIFFER / self._widths + _LEVELS_MOVE * (self._widths > 1)
        self._weights, self._sums = np.zeros((2, len(widths), series))
        self._day_counts = [np.zeros((2, series))] * _WEEK  # Numbers of days and of zero days, from a week ago to now.
        self.factor = np.ones((len(widths), series))

    def variance(self, means: Floats, is_count: Bools) -> Floats:
        """Return the variance of sums with these means.

        `is_count` marks the series of counts, whose variance is at least that of a Poisson distribution before scaling.
        """
        return self.factor * self._usual(means, is_count)

    def of_a_day(self, mean: Floats, is_count: Bools) -> Floats:
        """Return the standard deviation of a day with this mean."""
        means = np.broadcast_to(np.maximum(mean, np.finfo(float).tiny), self.factor.shape)
        return np.sqrt(self.variance(means, is_count)[0])

    def learn(self, sums: Floats, means: Floats, shares: Floats, known: Bools, is_count: Bools) -> None:
        """Learn the sums that end on a day, (widths, series)."""
        is_open = known[0] & (shares >= _CLOSED)
        day_counts = self._day_counts[-1] + np.array([is_open, is_open & (sums[0] <= 0)])
        self._day_counts = [*self._day_counts[1:], day_counts]
        usual = np.where(known, self._usual(means, is_count), 1.0)
        young = self._weights[0] < _YOUNG
        limit = np.maximum(_OUTLIER * self.factor, np.where(young, (_WIDE * means) ** 2 / usual, 0.0))
        ratio = np.where(known, np.minimum((sums - means) ** 2 / usual, limit), 0.0)
        decay = np.where(known, 1.0 - 1.0 / _MEMORY, 1.0)
        self._weights = decay * self._weights + known / self._widths
        self._sums = decay * self._sums + ratio / self._widths
        self.factor[0] = (_PRIOR[0] + self._sums[0]) / (_PRIOR[0] + self._weights[0])
        self.factor[1:] = (_PRIOR[1] * self.factor[0] + self._sums[1:]) / (_PRIOR[1] + self._weights[1:])

    def forget(self, part: Floats) -> None:
        """Reduce the weight of past deviations by this part, because the weekday profile was not known then."""
        self._weights *= 1.0 - part
        self._sums *= 1.0 - part

    def tails(self, means: Floats, is_count: Bools) -> Tails:
        """Return the negative binomial of sums with these means.

        Half of the variance is due to the size of single events, as of orders, and half to differences between days.
        The unit of counts is at least 1.
        """
        variance_to_mean = self.variance(means, is_count) / means
        # If some days are zero, the unit is as large as this share of zero days implies by chance.
        daily_means = means / self._widths
        days, zero_days = self._day_counts[0]
        events_a_day = np.where(zero_days > 0, -np.log(np.maximum(zero_days, 1.0) / (days + 1.0)), np.inf)
        unit = np.maximum(
            is_count, np.maximum(0.5 * variance_to_mean, np.minimum(daily_means / events_a_day, variance_to_mean))
        )
        excess = np.maximum(variance_to_mean - unit, 0.0) / means
        uncertain = np.where(is_count, np.maximum(1.0 - unit / variance_to_mean, 0.5 * (unit > 1.0)) * 2.0, 1.0)
        return Tails(unit, excess, (_FREEDOM + _GAINED * self._weights[0]) / np.clip(uncertain, 0.05, 1.0))

    def _usual(self, means: Floats, is_count: Bools) -> Floats:
        level_error = is_count * self._widths / (_LEVEL_KNOWN_BY * np.maximum(means, 1e-9))
        return is_count * means + (self._relative + level_error) * means**2
