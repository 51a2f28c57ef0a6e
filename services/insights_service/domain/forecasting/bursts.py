"""Odd days of a history, drawn back to what the days around them allow, so that no candidate takes them for a level."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from services.insights_service.domain.arrays import Floats
from services.insights_service.domain.forecasting.profiles import profile_of

LEAST_CYCLES = 6
OF_PROFILE = 26  # cycles of which the profile is the median
FAR = 4.0  # usual deviations from which on a step is odd
MOST = 0.3  # of a cycle's steps that may be odd: where more are, the level has changed
AROUND = 7  # steps without a season that one of them is seen beside
SEEN = 400  # steps of which the usual deviation is, and in which odd ones are looked for
LEAST_USUAL = 0.1  # on logarithms: what changes by less than some tens of percent is never odd
STAYED = 0.5  # of a deviation that is still there in the steps after it, or of odd steps of which it is
RUN = 3  # of the latest steps that may have nothing after a busy past
BUSY = 0.05  # share of steps with nothing up to which a past is busy


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


def without_odd_end(past: Floats, nothing: NDArray[np.bool_], least_usual: Floats) -> Floats:
    """(n, steps) without a season whose last step, if it is odd, is drawn back to FAR usual deviations from the median
    of the steps before it, and to one where it has `nothing` (n, steps) after a busy past, as may the RUN last.

    Not where what was so odd before mostly stayed, since then it is a level. Earlier steps are left as they are: how
    things go on after odd ones is learnt at the trials.
    """
    steps = past.shape[1]
    recent = past[:, -SEEN:]
    if steps < 3 * AROUND:
        return past
    middle = np.median(sliding_window_view(recent, AROUND, axis=1), axis=2)
    before = middle[:, :-1]  # of the steps from AROUND on
    beside = recent[:, AROUND:] - before
    usual = 1.4826 * np.median(np.abs(beside), axis=1)
    usual = np.maximum(usual, least_usual)[:, None]
    odd = np.abs(beside) > FAR * usual
    after = middle[:, AROUND + 1 :] - before[:, :-AROUND]
    earlier = odd[:, :-AROUND]
    stayed = earlier & (after * np.sign(beside[:, :-AROUND]) > STAYED * np.abs(beside[:, :-AROUND]))
    busy = nothing[:, :-AROUND].mean(axis=1) <= BUSY
    empty = nothing[:, -RUN:] & busy[:, None]
    doubted = odd[:, -RUN:] & (stayed.sum(axis=1) <= STAYED * earlier.sum(axis=1))[:, None]
    doubted[:, :-1] &= empty[:, :-1]
    if not doubted.any():
        return past
    far = np.where(empty, usual, FAR * usual)
    drawn = past.copy()
    drawn[:, -RUN:] = np.where(doubted, before[:, -RUN:] + np.clip(beside[:, -RUN:], -far, far), past[:, -RUN:])
    return drawn
