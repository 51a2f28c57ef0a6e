"""The level of a series by the day: as slow as the series lets it be, and anew where half a week agrees."""

import numpy as np

from services.insights_service.domain.arrays import Bools, Floats

_SPEEDS = np.array([0.05, 0.15, 0.4])  # of a day's difference
_MEMORY = 50.0  # days by which the speed is chosen
_OUTLIER = 3.0  # standard deviations that one day may count
_YOUNG, _TRIED = 7, 14  # days that count in full; from which on speeds are compared
_AGREE, _DAYS, _STRANGE = 9.0, 5, 2.5  # standard deviations in all, of so many days, each at most so many
_PLAIN = 60.0  # days of which a plain mean is kept
_APART = 1.0  # standard deviations of a day by which a level differs from what it was some days ago
_CALM, _SETTLED = 2.0, 10  # standard deviations, and days within them after which a new level is the only usual one
_LEAST_SHARE = 0.5  # of a day by which its scatter is made that of a level
_LEAST = 0.1  # of the old level, so that a time of nothing leaves something to compare with


class DayLevel:
    """Levels of many series, moved a day at a time; of several speeds the ones that erred least have the word."""

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
        """What makes a day strange: a level that follows usual days of nothing would call all others so."""
        return np.maximum(self.now, self._plain)

    @property
    def former(self) -> Floats:
        """The level before a change, while it is still usual (former_level.py); else 0."""
        return np.where(self._settling > 0, self._former, 0.0)

    def learn(self, values: Floats, shares: Floats, deviation: Floats, known: Bools) -> Bools:
        """Take a day; says which series begin anew."""
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
