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
        self._mean = np.zeros(series)
        self._levels = np.zeros((len(_SPEEDS), series))
        self._errors = np.zeros((len(_SPEEDS), series))
        self._deviations = np.zeros((_DAYS, series))
        self._recent = np.zeros((2, _DAYS, series))

    @property
    def scale(self) -> Floats:
        """The level by which deviations are scaled.

        It is at least the long mean: after a run of usual zeros, the level alone would make any other day an outlier.
        """
        return np.maximum(self.now, self._mean)

    @property
    def former(self) -> Floats:
        """The level before a change, while it is still usual (former_level.py); else 0."""
        return np.where(self._settling > 0, self._former, 0.0)

    def learn(self, values: Floats, shares: Floats, deviation: Floats, known: Bools) -> Bools:
        """Learn a day, (series,) each, and return which series were reset."""
        young = self.days < _YOUNG
        bound = np.where(young, np.inf, _OUTLIER * deviation)
        residual = values - self._levels * shares
        calm = np.clip(residual, -bound, bound)
        gain = np.maximum(_SPEEDS[:, None], 1.0 / (self.days + 1.0))
        self._levels = self._levels + np.where(known, gain * calm / np.maximum(shares, 1.0), 0.0)
        self._mean = self._mean + np.where(
            known, np.maximum(1.0 / _PLAIN, 1.0 / (self.days + 1.0)) * (values - self._mean), 0.0
        )
        error = np.where(self.days < _TRIED, 0.0, calm / np.maximum(deviation, np.finfo(float).tiny)) ** 2
        self._errors = np.where(known, (1.0 - 1.0 / _MEMORY) * self._errors + error, self._errors)
        self.days = self.days + known
        standardized = np.clip(
            (values - self.now * shares) / np.maximum(deviation, np.finfo(float).tiny), -_STRANGE, _STRANGE
        )
        self._remember(np.where(young, 0.0, standardized), values, shares, known)
        is_reset = np.abs(self._deviations.sum(axis=0)) >= _AGREE
        if is_reset.any():
            share_sum = np.maximum(self._recent[1].sum(axis=0), 1e-9)
            recent_level = np.maximum(self._recent[0].sum(axis=0) / share_sum, _LEAST * self.now)
            self._levels = np.where(is_reset, recent_level, self._levels)
            self._deviations[:, is_reset] = 0.0
        best = self._errors.min(axis=0)
        weight = np.exp(-0.5 * (self._errors - best))
        self.now = (weight * self._levels).sum(axis=0) / weight.sum(axis=0)
        self._settle(np.abs(standardized) < _CALM, deviation / np.maximum(shares, _LEAST_SHARE), known, young)
        return is_reset

    def _settle(self, calm: Bools, level_deviation: Floats, known: Bools, young: Bools) -> None:
        """Keep the level before a change until the new one has stood long enough, or the former one is back."""
        earlier, self._earlier = self._earlier[0], [*self._earlier[1:], self.now]
        has_changed = (np.abs(self.now - earlier) > _APART * level_deviation) & (self._settling <= 0) & known & ~young
        if (self._settling > 0).any():
            is_back = np.abs(self.now - self._former) < 0.5 * _APART * level_deviation
            self._settling = np.where(is_back, 0.0, self._settling - (calm & known))
        if has_changed.any():
            self._former = np.where(has_changed, earlier, self._former)
            self._settling = np.where(has_changed, _SETTLED, self._settling)

    def _remember(self, standardized: Floats, values: Floats, shares: Floats, known: Bools) -> None:
        self._deviations = np.where(known, np.concatenate([self._deviations[1:], standardized[None]]), self._deviations)
        new = np.array([values, shares])[:, None]
        self._recent = np.where(known, np.concatenate([self._recent[:, 1:], new], axis=1), self._recent)
