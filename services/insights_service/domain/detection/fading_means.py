"""Exponentially weighted means of many series, computed for all rows at once."""

import numpy as np

from services.insights_service.domain.arrays import Floats

_WIDTH = 150.0  # Memories that a block spans; a huge value, squared, times e to this power is still finite.


class FadingMeans:
    """Exponentially weighted means (EWMA) of series of a fixed length, normalised by the weights seen so far.

    They are cumulative sums in blocks, with weights relative to the start of the block. A filter of SciPy's would
    cost 50 MB to load.
    """

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._fadings: dict[float, tuple[Floats, Floats, Floats]] = {}

    def of(self, values: Floats, memory: float) -> Floats:
        """Return the mean up to each row, (series, rows); weights fall by a factor e in `memory` rows."""
        rising, fading, weights = self._fading(memory)
        sums = np.empty_like(values)
        carried = np.zeros((len(values), 1))
        for begin in range(0, self._rows, len(rising)):
            part = slice(begin, begin + len(rising))
            block = sums[:, part]
            width = block.shape[1]
            np.multiply(values[:, part], rising[:width], out=block)
            block[:, :1] += carried
            np.cumsum(block, axis=1, out=block)
            block *= fading[:width]
            carried = block[:, -1:] * fading[1]
        sums *= weights
        return sums

    def _fading(self, memory: float) -> tuple[Floats, Floats, Floats]:
        if memory not in self._fadings:
            keep = np.exp(-1.0 / memory)
            place = np.arange(max(min(int(_WIDTH * memory), self._rows), 2))
            weights = (1.0 - keep) / (1.0 - keep ** np.arange(1, self._rows + 1))
            self._fadings[memory] = keep**-place, keep**place, weights
        return self._fadings[memory]
