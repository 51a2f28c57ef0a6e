"""Estimate how improbable a value is from nothing but the maxima of the blocks of rows before it.

The tail follows a power law. Its exponent is estimated from the upper blocks by Hill's estimator, shrunk towards a
prior. A record by a hair is therefore less surprising than one by ten times, and series with heavy tails do not raise
an alarm at every record.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.insights_service.domain.arrays import Floats

BLOCK = 25  # Rows; neighbouring rows are dependent, so that a block counts as one observation.
# Nothing is judged before _FEWEST blocks. Tail probabilities are doubled after _DOUBLED_AT blocks, and less so later.
_FEWEST, _DOUBLED_AT = 12, 15.0
_UPPER = 0.2  # Share of the blocks that form the tail,
_UPPER_MOST, _UPPER_LEAST = 40, 4  # and the largest and smallest number of these blocks.
_PRIOR, _PRIOR_WEIGHT = 0.2, 3.0  # Prior of the mean logarithmic excess, and the blocks that it counts as.
_LEAST_SLOPE = 0.1  # The least mean excess that is used.
_WEIGHT_PER_BLOCK = 0.7  # Surprise is a mixture of the rarity per block (1) and the rarity per history so far (0).
_PER_HISTORY = 2.0  # The surprise, per history, of what one block in a history as long as the one so far reaches.
# A block with a higher surprise is remembered as if it had this one, so that a fault that returns is found again.
_MOST_REMEMBERED = 3.0
_LN_10 = np.log(10.0)


class Tails(NamedTuple):
    """The tails known before each block, (blocks, series); bounds are infinite while there are too few blocks."""

    bound: Floats  # The logarithm at which the tail begins.
    scale: Floats  # The increase of the logarithm per unit of surprise.
    base: Floats  # The surprise at the bound, (blocks, 1).

    def threshold(self, surprise: float) -> Floats:
        """Return the logarithms that have this surprise, (blocks, series)."""
        return self.bound + np.maximum(surprise - self.base, 0.0) * self.scale

    def of(self, series: slice) -> "Tails":
        """Select some of the series."""
        return Tails(self.bound[:, series], self.scale[:, series], self.base)

    def surprise(self, logs: Floats, block: NDArray[np.int64], series: NDArray[np.int64]) -> Floats:
        """Return minus log10 of the tail probabilities of `logs`, (places, rows).

        `block` and `series`, (places,), say to which tail each place belongs.
        """
        above = logs - self.bound[block, series, None]
        found = self.base[block] + above / self.scale[block, series, None]
        return np.where(above > 0.0, np.maximum(found, 0.0), 0.0)


def tails_of(largest: Floats) -> Tails:
    """Estimate tails from the largest logarithm of each block, (blocks, series), minus infinity for missing blocks."""
    blocks, series = largest.shape
    bound, scale = np.full((2, blocks, series), np.inf)
    seen = np.maximum(np.arange(blocks), 1)
    tail = np.clip((seen * _UPPER).astype(np.int64), _UPPER_LEAST, _UPPER_MOST)
    base = (
        _WEIGHT_PER_BLOCK * np.log10(seen + 1.0)
        + (1.0 - _WEIGHT_PER_BLOCK) * _PER_HISTORY
        - np.log10((tail + 1.0) * (1.0 + _DOUBLED_AT / seen))
    )
    widest = int(tail.max(initial=_UPPER_LEAST))
    upper = np.full((widest + 1, series), -np.inf)  # The largest maxima so far, ascending.
    remembered = largest[:1].max(axis=0, initial=-np.inf)
    for block in range(1, blocks):
        _insert(upper, remembered)
        remembered = largest[block]
        if block > _FEWEST:
            count = int(tail[block])
            bound[block] = upper[-count - 1]
            slope = (upper[-count:].sum(axis=0) - count * bound[block] + _PRIOR * _PRIOR_WEIGHT) / (
                count + _PRIOR_WEIGHT
            )
            scale[block] = np.maximum(slope, _LEAST_SLOPE) * _LN_10
            remembered = np.minimum(
                remembered, bound[block] + max(_MOST_REMEMBERED - float(base[block]), 0.0) * scale[block]
            )
    return Tails(bound, scale, base[:, None])


def _insert(upper: Floats, new: Floats) -> None:
    """Insert one value into each ascending column, in place, and drop the smallest."""
    smaller = np.minimum(upper[1:], new)
    np.maximum(upper[:-1], smaller, out=upper[:-1])
    np.maximum(upper[-1], new, out=upper[-1])
