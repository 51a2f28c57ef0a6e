"""The baseline detector: how improbable a value is under a normal distribution fitted to the last rows."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

Floats = NDArray[np.float64]

_ROWS, _STEP = 6_400, 150  # The rows of the window, and of a step by which it moves once it is full.
_REFRESH = 20  # Rows after which a window that still grows is fitted again.


def windowed_gaussian(values: Floats) -> Floats:
    """Return minus the natural logarithm of the tail probability of each row.

    The window grows to its size, and then moves by steps."""
    scores = np.zeros(len(values))
    first, until = 0, 1
    while until < len(values):
        full = until - first >= _ROWS
        window = values[first:until]
        step = _STEP if full else max(min(until // 10, _REFRESH), 1)
        ahead = values[until : until + step]
        spread = max(float(window.std()), 1e-6)
        scores[until : until + step] = -log_ndtr(-np.abs(ahead - window.mean()) / spread) - np.log(2.0)
        until += step
        first = max(until - _ROWS, 0)
    return scores
