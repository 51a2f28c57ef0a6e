"""Linear autoregression by ridge, fitted at several origins of many series at once.

The sums of products of a row's lags grow from origin to origin, so each row is multiplied once, however many origins
there are; a specification with fewer lags takes its part of the same sums.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from services.insights_service.domain.forecasting import Floats


@dataclass(frozen=True)
class Specification:
    """Which lags a regression has, how many pairs of waves of `period`, and how strongly it is held back."""

    lags: tuple[int, ...]
    ridge: float
    waves: int = 0
    period: float = 1.0
    wave_ridge: float = 0.01
    beyond: float = 0.4  # how far past the range of its history a path may go, as a part of that range


def waves_at(times: Floats, period: float, count: int) -> Floats:
    """Sines and cosines (2 × count, times)."""
    angles = 2 * np.pi * np.outer(np.arange(1, count + 1), times) / period
    return np.concatenate([np.sin(angles), np.cos(angles)]) if count else np.zeros((0, len(times)))


def autoregressed(past: Floats, ends: list[int], specifications: Sequence[Specification], horizon: int) -> list[Floats]:
    """For each specification the paths after `past[:, :end]` for each end (ascending): (n, ends, horizon)."""
    count, steps = past.shape
    centre = past.mean(axis=1, keepdims=True)
    spread = past.std(axis=1, keepdims=True)
    spread = np.where(spread > 0, spread, 1.0)
    standard = (past - centre) / spread
    lags = sorted({lag for specification in specifications for lag in specification.lags})
    first = lags[-1]
    most = max(specifications, key=lambda specification: specification.waves)
    known = waves_at(np.arange(first, steps + horizon, dtype=float), most.period, most.waves)
    rows = np.empty((count, len(lags) + len(known) + 2, steps - first))
    for place, lag in enumerate(lags):
        rows[:, place] = standard[:, first - lag : steps - lag]
    rows[:, len(lags) : -2] = known[:, : steps - first]
    rows[:, -2] = 1.0
    rows[:, -1] = standard[:, first:]
    edges = [0, *(end - first for end in ends)]
    parts = [rows[:, :, begin:end] @ rows[:, :, begin:end].transpose(0, 2, 1) for begin, end in pairwise(edges)]
    products = np.cumsum(np.stack(parts, axis=1), axis=1)
    return [
        _paths(standard, ends, products, known, lags, specification, horizon) * spread[:, :, None] + centre[:, :, None]
        for specification in specifications
    ]


def _paths(
    standard: Floats,
    ends: list[int],
    products: Floats,
    known: Floats,
    lags: list[int],
    specification: Specification,
    horizon: int,
) -> Floats:
    count, first, most = len(standard), lags[-1], len(known) // 2
    waves = np.r_[0 : specification.waves, most : most + specification.waves].astype(int)
    own = [lags.index(lag) for lag in specification.lags]
    chosen = np.array([*own, *(len(lags) + waves), len(lags) + len(known)], dtype=int)
    held = np.r_[np.full(len(own), specification.ridge), np.full(len(waves), specification.wave_ridge), 1e-9]
    left = products[:, :, chosen[:, None], chosen[None, :]]
    rows = np.array([end - first for end in ends], dtype=float)
    diagonal = np.arange(len(chosen))
    left[:, :, diagonal, diagonal] += rows[:, None] * held
    weights = np.linalg.solve(left, products[:, :, chosen, -1:])[..., 0]
    reach = max(specification.lags)
    path = np.zeros((count, len(ends), reach + horizon))
    low, high = np.empty((count, len(ends))), np.empty((count, len(ends)))
    for place, end in enumerate(ends):
        path[:, place, :reach] = standard[:, end - reach : end]
        low[:, place], high[:, place] = standard[:, :end].min(axis=1), standard[:, :end].max(axis=1)
    room = specification.beyond * (high - low)
    low, high = low - room, high + room
    back = reach - np.array(specification.lags)
    of_lags, of_waves, constant = np.split(weights, [len(own), len(own) + len(waves)], axis=2)
    times = np.array([[end - first + step for end in ends] for step in range(horizon)])
    for step in range(horizon):
        value = (path[:, :, back + step] * of_lags).sum(axis=2) + constant[:, :, 0]
        if len(waves):
            value += (of_waves * known[waves][:, times[step]].T).sum(axis=2)
        path[:, :, reach + step] = np.clip(value, low, high)
    return path[:, :, reach:]
