"""What a usual week looks like: the share of its level that each hour of the week (or day of the week) has."""

import numpy as np

from services.insights_service.domain.arrays import Bools, Floats

_FORGET = 0.88  # a week: what was eight weeks ago weighs a third
_PRIOR = 1.0  # a slot's own past against its kind of day, in weeks
_SATURDAY = 5


class SeasonalProfile:
    """Profiles of many series, learnt day by day; a slot with little past leans on the same hours of similar days."""

    def __init__(self, series: int, steps: int) -> None:
        self._sums = np.zeros((7, series, steps))
        self._weights = np.zeros((7, series, steps))

    def of(self, weekday: int) -> Floats:
        """The shares of a day's steps, (series, steps), as they are known before that day."""
        alike = slice(_SATURDAY, None) if weekday >= _SATURDAY else slice(_SATURDAY)
        sums, weights = self._sums[alike].sum(axis=0), self._weights[alike].sum(axis=0)
        usual = sums / np.maximum(weights, 1e-9)
        if not weights.all():
            overall = self._sums.sum(axis=(0, 2)) / np.maximum(self._weights.sum(axis=(0, 2)), 1e-9)
            usual = np.where(weights > 0, usual, overall[:, None])
        half = 0.5 * usual.sum(axis=1)
        whole = (self._weights[weekday] * usual).sum(axis=1) + half
        day = np.where(whole > 0, (self._sums[weekday].sum(axis=1) + half) / np.where(whole > 0, whole, 1.0), 1.0)
        usual *= (_PRIOR * day)[:, None]
        usual += self._sums[weekday]
        usual /= self._weights[weekday] + _PRIOR
        return usual

    def learn(self, weekday: int, shares: Floats, known: Bools) -> None:
        """Take a day's values, relative to the level of that day, into the profile; unknown ones leave it as it is."""
        keep = np.where(known, _FORGET, 1.0)
        for kept, new in ((self._sums, shares), (self._weights, 1.0)):
            kept[weekday] *= keep
            np.add(kept[weekday], new, out=kept[weekday], where=known)
