"""The weekday profile of a daily series, shrunk towards 1 unless the weekdays differ by more than chance."""

import numpy as np

from services.insights_service.domain.arrays import Bools, Floats

_KEEP = 0.93  # Decay per week; a value ten weeks ago weighs half.
_FEWEST = 7.0  # Days beyond a week (degrees of freedom) before the profile is used.


class WeekdayProfile:
    """The value of each slot of the week as a share of the level, shrunk by the part of its variance due to chance."""

    def __init__(self, series: int, slots: int) -> None:
        self._weights, self._sums, self._squares = np.zeros((3, slots, series))
        self._shares = np.ones((slots, series))
        self._believed = np.zeros(series)

    def of(self, slot: int) -> Floats:
        """Return the shares of this slot, (series,), as known so far."""
        return self._shares[slot]

    def learn(self, slot: int, ratios: Floats, known: Bools) -> Floats:
        """Learn a day, relative to its level.

        Return by how much the shrinkage factor exceeds its highest value so far, (series,), 0 to 1.
        """
        for kept, new in ((self._weights, known), (self._sums, ratios), (self._squares, ratios**2)):
            kept[slot] = np.where(known, _KEEP * kept[slot] + new, kept[slot])
        if slot == len(self._shares) - 1:
            return self._draw()
        return np.zeros(len(ratios))

    def _draw(self) -> Floats:
        there = self._weights > 0
        weights = np.where(there, self._weights, 1.0)
        slots = np.maximum(there.sum(axis=0), 2)
        raw = self._sums / weights
        whole = np.where(there, raw, 0.0).sum(axis=0) / slots
        sound = whole > 0
        whole = np.where(sound, whole, 1.0)
        raw = np.where(there & sound, raw / whole, 1.0)
        free = self._weights.sum(axis=0) - slots
        within = (self._squares - self._sums**2 / weights).sum(axis=0) / np.maximum(free, 1.0) / whole**2
        between = ((raw - 1.0) ** 2).sum(axis=0) / (slots - 1.0)
        noise = within * np.where(there, 1.0 / weights, 0.0).sum(axis=0) / slots
        shown = 1.0 - noise / np.maximum(between, np.finfo(float).tiny)
        believed = np.where(free >= _FEWEST, np.clip(shown, 0.0, 1.0), 0.0)
        self._shares = np.maximum(1.0 + believed * (raw - 1.0), 0.0)
        more = np.maximum(believed - self._believed, 0.0)
        self._believed = np.maximum(believed, self._believed)
        return more
