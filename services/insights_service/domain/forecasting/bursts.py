"""Limit outliers in a history to what the steps around them allow, so that no candidate takes them for a level."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from services.insights_service.domain.arrays import Floats
from services.insights_service.domain.forecasting.profiles import profile_of

LEAST_CYCLES = 6  # Shorter histories are left as they are.
OF_PROFILE = 26  # Cycles of which the profile is the median.
FAR = 4.0  # Usual deviations beyond which a step is an outlier.
MOST = 0.3  # Share of a cycle's steps that may be outliers; if there are more, the level has changed.
AROUND = 7  # Without a season, steps of which the median is what a step is compared with.
SEEN = 400  # Latest steps from which the usual deviation is taken and in which outliers are sought.
LEAST_USUAL = 0.1  # Least usual deviation of logarithms: changes below some tens of percent are never outliers.
STAYED = 0.5  # Share of a deviation that must remain for it to have stayed, and of outliers that may have stayed.
RUN = 3  # Latest steps in which zeros after a busy past are limited.
BUSY = 0.05  # Largest share of zeros of a busy past.


def without_bursts(past: Floats, season: int) -> Floats:
    """Limit the seasonally adjusted steps of (n, steps) to FAR usual deviations from the median of their cycle.

    Cycles are counted back from the last step, so that a change of level within the last of them is seen late.
    """
    count, steps = past.shape
    if steps < LEAST_CYCLES * season:
        return past
    first = steps % season
    usual = profile_of(past, season, OF_PROFILE, multiply=False, keep=None)[:, None]
    cycles = past[:, first:].reshape(count, -1, season) - usual
    medians = np.median(cycles, axis=2, keepdims=True)
    deviation = cycles - medians
    limit = FAR * 1.4826 * np.median(np.abs(deviation).reshape(count, -1), axis=1)[:, None, None]
    is_outlier = (np.abs(deviation) > limit) & (limit > 0)
    is_outlier &= is_outlier.mean(axis=2, keepdims=True) <= MOST
    limited = np.where(is_outlier, medians + np.clip(deviation, -limit, limit), cycles) + usual
    return np.concatenate([past[:, :first], limited.reshape(count, -1)], axis=1)


def without_outlying_end(past: Floats, is_zero: NDArray[np.bool_], least_usual: Floats) -> Floats:
    """Limit an outlier at the last step of (n, steps) without a season to FAR usual deviations from the recent median.

    After a busy past, outlying zeros (`is_zero`, (n, steps)) in the last RUN steps are limited to one usual deviation.
    A series in which earlier outliers mostly stayed is left as it is, since its outliers are new levels. Earlier steps
    are left as they are: the trials show how a series goes on after outliers.
    """
    steps = past.shape[1]
    recent = past[:, -SEEN:]
    if steps < 3 * AROUND:
        return past
    medians = np.median(sliding_window_view(recent, AROUND, axis=1), axis=2)
    before = medians[:, :-1]  # Medians before each step from AROUND on.
    deviation = recent[:, AROUND:] - before
    usual = 1.4826 * np.median(np.abs(deviation), axis=1)
    usual = np.maximum(usual, least_usual)[:, None]
    is_outlier = np.abs(deviation) > FAR * usual
    change_after = medians[:, AROUND + 1 :] - before[:, :-AROUND]
    earlier = is_outlier[:, :-AROUND]
    has_stayed = earlier & (change_after * np.sign(deviation[:, :-AROUND]) > STAYED * np.abs(deviation[:, :-AROUND]))
    is_busy = is_zero[:, :-AROUND].mean(axis=1) <= BUSY
    is_empty = is_zero[:, -RUN:] & is_busy[:, None]
    is_limited = is_outlier[:, -RUN:] & (has_stayed.sum(axis=1) <= STAYED * earlier.sum(axis=1))[:, None]
    is_limited[:, :-1] &= is_empty[:, :-1]
    if not is_limited.any():
        return past
    limit = np.where(is_empty, usual, FAR * usual)
    limited = past.copy()
    limited[:, -RUN:] = np.where(
        is_limited, before[:, -RUN:] + np.clip(deviation[:, -RUN:], -limit, limit), past[:, -RUN:]
    )
    return limited
