"""How improbable a value is, judged by the largest ones of the blocks before it and nothing else.

Beyond the largest seen the tail goes on as a power law, whose exponent is learnt from the upper blocks (Hill's
estimator, shrunk): so a record by a hair and one by ten times are told apart, and heavy-tailed series do not cry at
every new one.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BLOCK = 25  # rows: neighbours say the same thing once
_FEWEST, _YOUNG = 12, 15.0  # blocks before anything is judged; before a record is one without reserve
_UPPER = 0.2  # the share of blocks that are called the tail
_UPPER_MOST, _UPPER_LEAST = 40, 4
_PRIOR, _PRIOR_WEIGHT = 0.2, 3.0
_LIGHTEST = 0.1
_OF_LENGTH = 0.7  # 1: rarity per block; 0: rarity per history seen so far
_EXPECTED = 2.0  # what one block in a history as long as the one so far is worth, then

_REMEMBERED = 3.0  # surprise above which a block is kept as if it had been so surprising: what was wrong may come again


def improbability(logs: Floats) -> Floats:
    """Minus log10 of how often so much is reached, of each row; `logs` are logarithms, a series a row, time along."""
    series, length = logs.shape
    blocks = length // BLOCK
    out = np.zeros_like(logs)
    if blocks <= _FEWEST:
        return out
    largest = logs[:, : blocks * BLOCK].reshape(series, blocks, BLOCK).max(axis=2)
    upper = np.full((series, _UPPER_MOST + 1), -np.inf)  # the largest blocks so far, the smallest of them first
    for seen in range(1, blocks + 1):
        upper = _insert(upper, largest[:, seen - 1])
        if seen > _FEWEST:
            begin = seen * BLOCK
            block = logs[:, begin : begin + BLOCK]
            out[:, begin : begin + BLOCK], most = _judge(block, upper, seen)
            if seen < blocks:
                largest[:, seen] = np.minimum(largest[:, seen], most)
    return out


def _insert(upper: Floats, new: Floats) -> Floats:
    """The same ascending rows with one more value each, and the smallest gone."""
    shifted = np.maximum(upper[:, :-1], np.minimum(upper[:, 1:], new[:, None]))
    return np.concatenate([shifted, np.maximum(upper[:, -1:], new[:, None])], axis=1)


def _judge(logs: Floats, upper: Floats, seen: int) -> tuple[Floats, Floats]:
    """The surprise of each row, and what is remembered of these rows at most."""
    tail = int(min(max(_UPPER_LEAST, seen * _UPPER), seen - 1, _UPPER_MOST))
    bound = upper[:, -tail - 1]
    slope = (upper[:, -tail:].sum(axis=1) - tail * bound + _PRIOR * _PRIOR_WEIGHT) / (tail + _PRIOR_WEIGHT)
    slope = np.maximum(slope, _LIGHTEST)
    base = (
        _OF_LENGTH * np.log10(seen + 1.0)
        + (1.0 - _OF_LENGTH) * _EXPECTED
        - np.log10((tail + 1.0) * (1.0 + _YOUNG / seen))
    )
    above = logs - bound[:, None]
    surprise = np.where(above > 0.0, np.maximum(base + above / (slope[:, None] * np.log(10.0)), 0.0), 0.0)
    return surprise, bound + np.maximum(_REMEMBERED - base, 0.0) * slope * np.log(10.0)
