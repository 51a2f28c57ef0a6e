"""A history as it comes, and as it is forecast from: finite, without holes, of a length that others have too."""

import numpy as np
from numpy.typing import ArrayLike

from services.insights_service.domain.arrays import Floats

SAME_PHASE = 3


def cleaned(values: ArrayLike, season: int) -> Floats:
    """The history (steps,) as floats: from its first known value on, holes filled.

    NaN, infinities and what is no number are holes. A hole takes the mean of the nearest known values at the same place
    of the cycle before and after it, and without such the straight line between its neighbours; holes at the end
    are filled likewise, so that a forecast still begins after the last step.
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
    total, seen = np.zeros(len(array)), np.zeros(len(array))
    if season > 1:
        for cycle in (*range(-SAME_PHASE, 0), *range(1, SAME_PHASE + 1)):
            there = places + cycle * season
            inside = (there >= 0) & (there < len(array))
            inside[inside] &= known[there[inside]]
            total[inside] += array[there[inside]] / (2 * SAME_PHASE)
            seen[inside] += 1 / (2 * SAME_PHASE)
    line = np.interp(places, places[known], array[known])
    filled = np.where(seen > 0, total / np.maximum(seen, 1e-9), line)
    return np.where(known, array, filled)


def kept_length(steps: int, most: int, *, fine: int) -> int:
    """How many of the latest steps are looked at: few different lengths, so that many series share one.

    At most one part in 2 ** `fine` of a history is left out.
    """
    steps = min(steps, most)
    grain = 1 << max(0, steps.bit_length() - 1 - fine)
    return steps // grain * grain
