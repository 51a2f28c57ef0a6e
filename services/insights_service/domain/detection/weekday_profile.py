"""The weekday profile of a daily series, shrunk towards 1 unless the weekdays differ by more than chance."""

import numpy as np

from services.insights_service.domain.arrays import Bools, Floats

_DECAY = 0.93  # Decay per week; a value ten weeks ago weighs half.
_FEWEST = 7.0  # Days beyond a week (degrees of freedom) before the profile is used.


class WeekdayProfile:
    """The value of each slot of the week as a share of the level, shrunk by the part of its variance due to chance."""

    def __init__(self, series: int, slots: int) -> None:
        self._weights, self._sums, self._squares = np.zeros((3, slots, series))
        self._shares = np.ones((slots, series))
        self._shrinkage = np.zeros(series)

    def of(self, slot: int) -> Floats:
        """Return the shares of this slot, (series,), as known so far."""
        return self._shares[slot]

    def learn(self, slot: int, ratios: Floats, known: Bools) -> Floats:
        """Learn a day, relative to its level.

        Return by how much the shrinkage factor exceeds its highest value so far, (series,), 0 to 1.
        """
        for total, new in ((self._weights, known), (self._sums, ratios), (self._squares, ratios**2)):
            total[slot] = np.where(known, _DECAY * total[slot] + new, total[slot])
        if slot == len(self._shares) - 1:
            return self._shrink()
        return np.zeros(len(ratios))

    def _shrink(self) -> Floats:
        is_known = self._weights > 0
        weights = np.where(is_known, self._weights, 1.0)
        slots = np.maximum(is_known.sum(axis=0), 2)
        raw = self._sums / weights
        mean_share = np.where(is_known, raw, 0.0).sum(axis=0) / slots
        has_mean = mean_share > 0
        mean_share = np.where(has_mean, mean_share, 1.0)
        raw = np.where(is_known & has_mean, raw / mean_share, 1.0)
        degrees = self._weights.sum(axis=0) - slots
        within = (self._squares - self._sums**2 / weights).sum(axis=0) / np.maximum(degrees, 1.0) / mean_share**2
        between = ((raw - 1.0) ** 2).sum(axis=0) / (slots - 1.0)
        noise = within * np.where(is_known, 1.0 / weights, 0.0).sum(axis=0) / slots
        signal_share = 1.0 - noise / np.maximum(between, np.finfo(float).tiny)
        shrinkage = np.where(degrees >= _FEWEST, np.clip(signal_share, 0.0, 1.0), 0.0)
        self._shares = np.maximum(1.0 + shrinkage * (raw - 1.0), 0.0)
        increase = np.maximum(shrinkage - self._shrinkage, 0.0)
        self._shrinkage = np.maximum(shrinkage, self._shrinkage)
        return increase
