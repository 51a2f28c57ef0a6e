"""The level of a daily series: smoothed at the speed that errs least, and reset when several days agree on a change."""

import numpy as np

from services.insights_service.domain.arrays import Bools, Floats

_SPEEDS = np.array([0.05, 0.15, 0.4])  # Smoothing factors per day.
_MEMORY = 50.0  # Days of memory of the errors by which the speed is chosen.
_OUTLIER = 3.0  # A deviation counts for at most this many standard deviations.
_YOUNG, _TRIED = 7, 14  # Days before outliers are limited, and before the errors of the speeds are compared.
# The level is reset when the deviations of the last _DAYS days, each limited to _STRANGE standard deviations, add up to
# _AGREE of them.
_AGREE, _DAYS, _STRANGE = 9.0, 5, 2.5
_PLAIN = 60.0  # Days of memory of the mean that is not robust.
_APART = 1.0  # Standard deviations of a day between the level and that of _DAYS days ago that make a change.
# After _SETTLED days within _CALM standard deviations of the new level, the former one is no longer usual.
_CALM, _SETTLED = 2.0, 10
_LEAST_SHARE = 0.5  # The least share by which the deviation of a day is divided to get that of the level.
_LEAST = 0.1  # Share of the old level that a reset keeps at least, so that a spell of zeros leaves a level above 0.


class DayLevel:
    """Levels of many series, updated daily: a mean of several smoothing speeds, weighted by their recent errors."""

    def __init__(self, series: int) -> None:
        self.now = np.zeros(series)
        self.days = np.zeros(series)
        self._earlier = [np.zeros(series)] * _DAYS
        self._former, self._settling = np.zeros((2, series))
        self._plain = np.zeros(series)
        self._each = np.zeros((len(_SPEEDS), series))
        self._errors = np.zeros((len(_SPEEDS), series))
        self._strange = np.zeros((_DAYS, series))
        self._lately = np.zeros((2, _DAYS, series))

    @property
    def scale(self) -> Floats:
        """The level by which deviations are scaled.

        It is at least the long mean: after a run of usual zeros, the level alone would make any other day an outlier.
        """
        return np.maximum(self.now, self._plain)

    @property
    def former(self) -> Floats:
        """The level before a change, while it is still usual (former_level.py); else 0."""
        return np.where(self._settling > 0, self._former, 0.0)

    def learn(self, values: Floats, shares: Floats, deviation: Floats, known: Bools) -> Bools:
        """Learn a day, (series,) each, and return which series were reset."""
        young = self.days < _YOUNG
        bound = np.where(young, np.inf, _OUTLIER * deviation)
        gap = values - self._each * shares
        calm = np.clip(gap, -bound, bound)
        gain = np.maximum(_SPEEDS[:, None], 1.0 / (self.days + 1.0))
        self._each = self._each + np.where(known, gain * calm / np.maximum(shares, 1.0), 0.0)
        self._plain = self._plain + np.where(
            known, np.maximum(1.0 / _PLAIN, 1.0 / (self.days + 1.0)) * (values - self._plain), 0.0
        )
        error = np.where(self.days < _TRIED, 0.0, calm / np.maximum(deviation, np.finfo(float).tiny)) ** 2
        self._errors = np.where(known, (1.0 - 1.0 / _MEMORY) * self._errors + error, self._errors)
        self.days = self.days + known
        off = np.clip((values - self.now * shares) / np.maximum(deviation, np.finfo(float).tiny), -_STRANGE, _STRANGE)
        self._note(np.where(young, 0.0, off), values, shares, known)
        anew = np.abs(self._strange.sum(axis=0)) >= _AGREE
        if anew.any():
            parts = np.maximum(self._lately[1].sum(axis=0), 1e-9)
            fresh = np.maximum(self._lately[0].sum(axis=0) / parts, _LEAST * self.now)
            self._each = np.where(anew, fresh, self._each)
            self._strange[:, anew] = 0.0
        best = self._errors.min(axis=0)
        weight = np.exp(-0.5 * (self._errors - best))
        self.now = (weight * self._each).sum(axis=0) / weight.sum(axis=0)
        self._settle(np.abs(off) < _CALM, deviation / np.maximum(shares, _LEAST_SHARE), known, young)
        return anew

    def _settle(self, calm: Bools, wide: Floats, known: Bools, young: Bools) -> None:
        """Keep the level before a change until the new one has stood long enough, or the former one is back."""
        earlier, self._earlier = self._earlier[0], [*self._earlier[1:], self.now]
        moved = (np.abs(self.now - earlier) > _APART * wide) & (self._settling <= 0) & known & ~young
        if (self._settling > 0).any():
            is_back = np.abs(self.now - self._former) < 0.5 * _APART * wide
            self._settling = np.where(is_back, 0.0, self._settling - (calm & known))
        if moved.any():
            self._former = np.where(moved, earlier, self._former)
            self._settling = np.where(moved, _SETTLED, self._settling)

    def _note(self, off: Floats, values: Floats, shares: Floats, known: Bools) -> None:
        self._strange = np.where(known, np.concatenate([self._strange[1:], off[None]]), self._strange)
        new = np.array([values, shares])[:, None]
        self._lately = np.where(known, np.concatenate([self._lately[:, 1:], new], axis=1), self._lately)
