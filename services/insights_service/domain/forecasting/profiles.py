"""Seasonal profiles: the steps of a cycle (hour or day of the week) relative to the cycle's mean."""

import numpy as np

from services.insights_service.domain.arrays import Floats

FLOOR = 0.1  # Share of the mean that is added, so that hours with hardly any events do not decide the level.


def cycles_of(past: Floats, length: int, most: int) -> Floats:
    """Return the last whole cycles of (n, steps), at most `most`, as (n, cycles, length)."""
    count = min(most, past.shape[1] // length)
    return past[:, past.shape[1] - count * length :].reshape(len(past), count, length)


def profile_of(past: Floats, length: int, most: int, *, multiply: bool, keep: float | None) -> Floats:
    """Estimate the profile (n, length), which begins with the step after the last one.

    Each cycle is first compared with its own mean, so that a change of level does not affect the profile. `keep` is the
    weight of a cycle relative to the next younger one; None takes the median, which one outlying cycle cannot move.
    """
    cycles = cycles_of(past, length, most)
    means = cycles.mean(axis=2, keepdims=True)
    relative = cycles / np.where(means > 0, means, 1.0) if multiply else cycles - means
    if keep is None:
        profile = np.median(relative, axis=1)
    else:
        weights: Floats = keep ** np.arange(relative.shape[1] - 1, -1, -1, dtype=float)
        profile = np.einsum("nkc,k->nc", relative, weights / weights.sum())
    mean = profile.mean(axis=1, keepdims=True)
    return profile / np.where(mean > 0, mean, 1.0) if multiply else profile - mean


def without_profile(past: Floats, profile: Floats, *, multiply: bool) -> Floats:
    """Remove the profile from (n, steps)."""
    steps, length = past.shape[1], profile.shape[1]
    tiled = profile[:, np.arange(-steps, 0) % length]
    if not multiply:
        return past - tiled
    level = FLOOR * past.mean(axis=1, keepdims=True)
    return (past + level) / (tiled + FLOOR)


def with_profile(level: Floats, profile: Floats, *, multiply: bool) -> Floats:
    """Apply the profile to levels (n, horizon)."""
    tiled = profile[:, np.arange(level.shape[1]) % profile.shape[1]]
    return level * tiled if multiply else level + tiled


def repeated(past: Floats, length: int, horizon: int) -> Floats:
    """Repeat the last cycle, (n, horizon): the seasonal naive forecast."""
    return past[:, past.shape[1] - length + np.arange(horizon) % length]
