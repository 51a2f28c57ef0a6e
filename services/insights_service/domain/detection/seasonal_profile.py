"""The weekly profile: the usual value of each step of the week as a multiple of the level."""

import numpy as np

from services.insights_service.domain.arrays import Bools, Floats

_FORGET = 0.88  # Decay per week; a value eight weeks ago weighs a third.
_PRIOR = 1.0  # Weight, in weeks, of the same hours of similar days.
_SATURDAY = 5


class SeasonalProfile:
    """Profiles of many series, learnt day by day.

    The shares of a weekday are shrunk towards the same hours of similar days (workdays, or the weekend).
    """

    def __init__(self, series: int, steps: int) -> None:
        self._sums = np.zeros((7, series, steps))
        self._weights = np.zeros((7, series, steps))

    def of(self, weekday: int) -> Floats:
        """Return the shares of a day's steps, (series, steps), as known before that day."""
        similar_days = slice(_SATURDAY, None) if weekday >= _SATURDAY else slice(_SATURDAY)
        sums, weights = self._sums[similar_days].sum(axis=0), self._weights[similar_days].sum(axis=0)
        usual = sums / np.maximum(weights, 1e-9)
        if not weights.all():
            overall = self._sums.sum(axis=(0, 2)) / np.maximum(self._weights.sum(axis=(0, 2)), 1e-9)
            usual = np.where(weights > 0, usual, overall[:, None])
        prior = 0.5 * usual.sum(axis=1)
        expected = (self._weights[weekday] * usual).sum(axis=1) + prior
        weekday_factor = np.where(
            expected > 0, (self._sums[weekday].sum(axis=1) + prior) / np.where(expected > 0, expected, 1.0), 1.0
        )
        usual *= (_PRIOR * weekday_factor)[:, None]
        usual += self._sums[weekday]
        usual /= self._weights[weekday] + _PRIOR
        return usual

    def learn(self, weekday: int, shares: Floats, known: Bools) -> None:
        """Learn a day's values, relative to the level of that day; unknown values change nothing."""
        decay = np.where(known, _FORGET, 1.0)
        for total, new in ((self._sums, shares), (self._weights, 1.0)):
            total[weekday] *= decay
            np.add(total[weekday], new, out=total[weekday], where=known)
