"""Find series that wander and lack the season that was named for them, as many prices and rates do.

Where a level stays, a profile of chance costs little. Where it wanders, the last value is nearly all that can be known,
and candidates that look back over cycles are far from it.
"""

from collections.abc import Sequence

import numpy as np

from services.insights_service.domain.arrays import Floats
from services.insights_service.domain.forecasting.years import moving_mean

LATEST, LEAST_CYCLES = 1100, 4  # Latest steps (of long cycles, eight of these) that are looked at, and fewest cycles.
FAR = 1.5  # Mean change over a cycle, relative to that over a step, from which on a level wanders.
# Variance of a season relative to that of chance (F), above which a series has it. Changes of random walks exceed 2 in
# one of ten with a season of 7, in one of a hundred with 24; their levels, which are correlated, exceed 4 in one of
# a hundred.
OF_CHANGES, OF_LEVELS = 2.0, 4.0


def wanders_without_season(values: Floats, cycles: Sequence[int]) -> bool:
    """Return whether a cycle ago says far less than the last value, and none of the cycles is repeated beyond chance.

    The first cycle is the season that was named. With less than four of them nothing can be said, and it is trusted.
    """
    season = cycles[0]
    recent = values[-max(LATEST, 8 * season) :]
    if len(recent) < LEAST_CYCLES * season:
        return False
    over_a_cycle = float(np.abs(recent[season:] - recent[:-season]).mean())
    if over_a_cycle < FAR * float(np.abs(np.diff(recent)).mean()):
        return False
    return not any(_repeats(recent, cycle) for cycle in cycles if len(recent) >= LEAST_CYCLES * cycle)


def _repeats(values: Floats, cycle: int) -> bool:
    """Return whether the places of a cycle differ beyond chance, by their changes or by levels without a trend."""
    half = (cycle | 1) // 2
    levels = values[half:-half] - moving_mean(values[None], cycle | 1)[0]
    return _variance_ratio(np.diff(values), cycle) > OF_CHANGES or _variance_ratio(levels, cycle) > OF_LEVELS


def _variance_ratio(values: Floats, cycle: int) -> float:
    """Return the variance between the places of a cycle relative to that at each place (F of analysis of variance)."""
    cycles = values[len(values) % cycle :].reshape(-1, cycle)
    limit = 4 * float(np.abs(cycles).mean())  # One outlier must not decide.
    cycles = np.clip(cycles, -limit, limit)
    cycles -= cycles.mean(axis=1, keepdims=True)
    profile = cycles.mean(axis=0)
    at_each_place = float(((cycles - profile) ** 2).sum()) / (len(cycles) - 1)
    return len(cycles) * float(profile @ profile) / at_each_place if at_each_place > 0 else np.inf
