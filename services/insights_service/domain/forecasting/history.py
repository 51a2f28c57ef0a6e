"""Prepare histories: fill gaps, and cut them to few different lengths, so that many series can be grouped."""

import numpy as np
from numpy.typing import ArrayLike

from services.insights_service.domain.arrays import Floats

SAME_PHASE = 3  # Cycles before and after a gap from which it is filled.


def cleaned(values: ArrayLike, season: int) -> Floats:
    """Return the history (steps,) as floats, from its first known value on, with gaps filled.

    NaN and infinities are gaps. A gap is filled with the mean of the known values at the same place of the cycles near
    it, or without any by linear interpolation. Gaps at the end are filled likewise, so that a forecast begins after the
    last step.
    """
    array = np.asarray(values, dtype=np.float64).reshape(-1).copy()
    known = np.isfinite(array)
    if not known.any():
        return np.zeros(0)
    first = int(np.argmax(known))
    array, known = array[first:], known[first:]
    if known.all():
        return array
    places = np.arange(len(array))
    total, weight = np.zeros(len(array)), np.zeros(len(array))
    if season > 1:
        for cycle in (*range(-SAME_PHASE, 0), *range(1, SAME_PHASE + 1)):
            neighbours = places + cycle * season
            inside = (neighbours >= 0) & (neighbours < len(array))
            inside[inside] &= known[neighbours[inside]]
            total[inside] += array[neighbours[inside]] / (2 * SAME_PHASE)
            weight[inside] += 1 / (2 * SAME_PHASE)
    line = np.interp(places, places[known], array[known])
    filled = np.where(weight > 0, total / np.maximum(weight, 1e-9), line)
    return np.where(known, array, filled)


def kept_length(steps: int, most: int, *, fine: int) -> int:
    """Return how many of the latest steps are used, in few different lengths, so that many series share one.

    At most `most` steps are used, and a share of at most 1 / 2 ** `fine` of these is left out.
    """
    steps = min(steps, most)
    grain = 1 << max(0, steps.bit_length() - 1 - fine)
    return steps // grain * grain
