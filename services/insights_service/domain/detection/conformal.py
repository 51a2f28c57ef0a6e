"""How improbable a value is, judged by the largest ones of the blocks before it and nothing else.

Beyond the largest seen the tail goes on as a power law, whose exponent is learnt from the upper blocks (Hill's
estimator, shrunk): so a record by a hair and one by ten times are told apart, and heavy-tailed series do not cry at
every new one.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.insights_service.domain.arrays import Floats

BLOCK = 25  # rows: neighbours say the same thing once
_FEWEST, _YOUNG = 12, 15.0  # blocks before anything is judged; before a record is one without reserve
_UPPER = 0.2  # the share of blocks that are called the tail
_UPPER_MOST, _UPPER_LEAST = 40, 4
_PRIOR, _PRIOR_WEIGHT = 0.2, 3.0
_LIGHTEST = 0.1
_OF_LENGTH = 0.7  # 1: rarity per block; 0: rarity per history seen so far
_EXPECTED = 2.0  # what one block in a history as long as the one so far is worth, then

_REMEMBERED = 3.0  # surprise above which a block is kept as if it had been so surprising: what was wrong may come again
_POWERS = np.log(10.0)


class Tails(NamedTuple):
    """What is known before each block, (blocks, series): infinite bounds while it is too little to judge by."""

    bound: Floats  # the logarithm where the tail begins
    fall: Floats  # how much further a logarithm is per unit of surprise
    base: Floats  # the surprise at the bound, (blocks, 1)

    def reached(self, surprise: float) -> Floats:
        """The logarithm that is so surprising."""
        return self.bound + np.maximum(surprise - self.base, 0.0) * self.fall

    def of(self, series: slice) -> "Tails":
        """Of some of the series."""
        return Tails(self.bound[:, series], self.fall[:, series], self.base)

    def surprise(self, logs: Floats, block: NDArray[np.int64], series: NDArray[np.int64]) -> Floats:
        """Minus log10 of how often so much is reached: `logs`, (places, rows), each place of a block and series."""
        above = logs - self.bound[block, series, None]
        found = self.base[block] + above / self.fall[block, series, None]
        return np.where(above > 0.0, np.maximum(found, 0.0), 0.0)


def tails_of(largest: Floats) -> Tails:
    """From the largest logarithm of each block, (blocks, series), minus infinity where a series has no such block."""
    blocks, series = largest.shape
    bound, fall = np.full((2, blocks, series), np.inf)
    seen = np.maximum(np.arange(blocks), 1)
    tail = np.clip((seen * _UPPER).astype(np.int64), _UPPER_LEAST, _UPPER_MOST)
    base = (
        _OF_LENGTH * np.log10(seen + 1.0)
        + (1.0 - _OF_LENGTH) * _EXPECTED
        - np.log10((tail + 1.0) * (1.0 + _YOUNG / seen))
    )
    widest = int(tail.max(initial=_UPPER_LEAST))
    upper = np.full((widest + 1, series), -np.inf)  # the largest so far, the smallest of them first
    kept = largest[:1].max(axis=0, initial=-np.inf)
    for block in range(1, blocks):
        _insert(upper, kept)
        kept = largest[block]
        if block > _FEWEST:
            many = int(tail[block])
            bound[block] = upper[-many - 1]
            slope = (upper[-many:].sum(axis=0) - many * bound[block] + _PRIOR * _PRIOR_WEIGHT) / (many + _PRIOR_WEIGHT)
            fall[block] = np.maximum(slope, _LIGHTEST) * _POWERS
            kept = np.minimum(kept, bound[block] + max(_REMEMBERED - float(base[block]), 0.0) * fall[block])
    return Tails(bound, fall, base[:, None])


def _insert(upper: Floats, new: Floats) -> None:
    """One more value into each ascending column; the smallest goes."""
    fits = np.minimum(upper[1:], new)
    np.maximum(upper[:-1], fits, out=upper[:-1])
    np.maximum(upper[-1], new, out=upper[-1])
