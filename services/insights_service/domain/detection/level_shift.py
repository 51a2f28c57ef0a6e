"""The level a profile is multiplied by: it moves slowly, shrugs off a strange day, and starts anew where two agree."""

import numpy as np

from services.insights_service.domain.arrays import Bools, Floats

_SPEED = 0.3  # of a day's difference
_MOST = 2.0  # standard deviations that one day may count
_STRANGE = 3.5  # standard deviations beyond which a day is strange
WEEK_DAYS = 7  # that are averaged before a level moves slowly


class Level:
    """Levels of many series, a step a day. `now` is today's, `before` what was known a day earlier."""

    def __init__(self, series: int) -> None:
        self.now, self.before = np.zeros(series), np.zeros(series)
        self.days = np.zeros(series)
        self._strange, self._said = np.zeros(series), np.zeros(series)

    def learn(self, raw: Floats, calm: Floats, scatter: Floats, present: Bools) -> None:
        """Take a day's level: `raw` as it came, `calm` without outliers, `scatter` its usual relative deviation."""
        young = self.days < WEEK_DAYS
        wide = np.maximum(self.now * scatter, np.finfo(float).tiny)
        off = (raw - self.now) / wide
        strange = np.where((np.abs(off) > _STRANGE) & ~young, np.sign(off), 0.0)
        anew = (strange != 0) & (strange == self._strange) & present
        slow = _SPEED * np.clip(calm - self.now, -_MOST * wide, _MOST * wide)
        moved = self.now + np.where(young, (calm - self.now) / (self.days + 1.0), slow)
        moved = np.where(anew, 0.5 * (raw + self._said), moved)
        self.before = np.where(present, np.where(anew | young, moved, self.now), self.now)
        self.now = np.where(present, moved, self.now)
        self._strange = np.where(present, strange, self._strange)
        self._said = np.where(present, raw, self._said)
        self.days = self.days + present
