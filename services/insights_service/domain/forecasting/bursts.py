"""Odd days of a history, drawn back to what the days around them allow, so that no candidate takes them for a level."""

import numpy as np

from services.insights_service.domain.forecasting import Floats
from services.insights_service.domain.forecasting.profiles import profile_of

LEAST_CYCLES = 6
OF_PROFILE = 26  # cycles of which the profile is the median
FAR = 4.0  # usual deviations from which on a step is odd
MOST = 0.3  # of a cycle's steps that may be odd: where more are, the level has changed


def without_bursts(past: Floats, season: int) -> Floats:
    """(n, steps) with odd steps at FAR usual deviations from the median of their cycle, beside the profile.

    Cycles are counted back from the last step, so that a level that has changed within the last of them is seen late.
    """
    count, steps = past.shape
    if steps < LEAST_CYCLES * season:
        return past
    first = steps % season
    usual = profile_of(past, season, OF_PROFILE, multiply=False, keep=None)[:, None]
    cycles = past[:, first:].reshape(count, -1, season) - usual
    middle = np.median(cycles, axis=2, keepdims=True)
    beside = cycles - middle
    far = FAR * 1.4826 * np.median(np.abs(beside).reshape(count, -1), axis=1)[:, None, None]
    odd = (np.abs(beside) > far) & (far > 0)
    odd &= odd.mean(axis=2, keepdims=True) <= MOST
    drawn = np.where(odd, middle + np.clip(beside, -far, far), cycles) + usual
    return np.concatenate([past[:, :first], drawn.reshape(count, -1)], axis=1)
