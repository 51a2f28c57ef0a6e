"""The level of a seasonal series: it moves slowly, and is reset after two outlying days in the same direction."""

import numpy as np

from services.insights_service.domain.arrays import Bools, Floats

_SPEED = 0.3  # Smoothing factor per day.
_MOST = 2.0  # A deviation counts for at most this many standard deviations.
_STRANGE = 3.5  # Standard deviations beyond which a day is an outlier.
# After _SETTLED days within _CALM standard deviations of the new level, the former one is no longer usual.
_CALM, _SETTLED = 2.0, 5
WEEK_DAYS = 7  # The first days are averaged; after them the level moves slowly.


class Level:
    """Levels of many series, updated daily. `now` is the latest level, `before` the one known a day earlier."""

    def __init__(self, series: int) -> None:
        self.now, self.before = np.zeros(series), np.zeros(series)
        self.days = np.zeros(series)
        self._former, self._settling = np.zeros((2, series))
        self._outlier_sign, self._last_raw = np.zeros(series), np.zeros(series)

    @property
    def former(self) -> Floats:
        """The level before a reset, while it is still usual (former_level.py); else 0."""
        return np.where(self._settling > 0, self._former, 0.0)

    def learn(self, raw: Floats, calm: Floats, scatter: Floats, present: Bools) -> None:
        """Learn a day's level: `raw` as observed, `calm` with outliers limited, `scatter` its relative deviation."""
        young = self.days < WEEK_DAYS
        deviation = np.maximum(self.now * scatter, np.finfo(float).tiny)
        standardized = (raw - self.now) / deviation
        outlier_sign = np.where((np.abs(standardized) > _STRANGE) & ~young, np.sign(standardized), 0.0)
        is_reset = (outlier_sign != 0) & (outlier_sign == self._outlier_sign) & present
        self._former = np.where(is_reset & (self._settling <= 0), self.now, self._former)
        self._settling = np.where(is_reset, _SETTLED, self._settling - (present & (np.abs(standardized) < _CALM)))
        change = _SPEED * np.clip(calm - self.now, -_MOST * deviation, _MOST * deviation)
        moved = self.now + np.where(young, (calm - self.now) / (self.days + 1.0), change)
        moved = np.where(is_reset, 0.5 * (raw + self._last_raw), moved)
        self.before = np.where(present, np.where(is_reset | young, moved, self.now), self.now)
        self.now = np.where(present, moved, self.now)
        self._outlier_sign = np.where(present, outlier_sign, self._outlier_sign)
        self._last_raw = np.where(present, raw, self._last_raw)
        self.days = self.days + present
