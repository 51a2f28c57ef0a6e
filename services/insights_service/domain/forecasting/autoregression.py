"""Linear autoregression by ridge regression, fitted at several origins of many series at once.

The cross products of the regressors accumulate from origin to origin, so that each step is multiplied only once. A
specification with fewer lags uses a submatrix of the same products.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from services.insights_service.domain.arrays import Floats

SHARED = 2  # Consecutive origins that share the weights of the first, since solving costs most.


@dataclass(frozen=True)
class Specification:
    """The regressors (lags, and pairs of sine and cosine of `period`) and the ridge penalties of a regression."""

    lags: tuple[int, ...]
    ridge: float
    waves: int = 0
    period: float = 1.0
    wave_ridge: float = 0.01
    beyond: float = 0.4  # How far a path may leave the range of its history, as a share of that range.


def waves_at(times: Floats, period: float, count: int) -> Floats:
    """Return `count` harmonics as sines, then cosines, (2 × count, times)."""
    angles = 2 * np.pi * np.outer(np.arange(1, count + 1), times) / period
    return np.concatenate([np.sin(angles), np.cos(angles)]) if count else np.zeros((0, len(times)))


def autoregressed(past: Floats, ends: list[int], specifications: Sequence[Specification], horizon: int) -> list[Floats]:
    """Forecast after `past[:, :end]` for each of the ascending ends; (n, ends, horizon) for each specification."""
    count, steps = past.shape
    centre = past.mean(axis=1, keepdims=True)
    spread = past.std(axis=1, keepdims=True)
    spread = np.where(spread > 0, spread, 1.0)
    standardized = (past - centre) / spread
    lags = sorted({lag for specification in specifications for lag in specification.lags})
    first = lags[-1]
    most_waves = max(specifications, key=lambda specification: specification.waves)
    known = waves_at(np.arange(first, steps + horizon, dtype=float), most_waves.period, most_waves.waves)
    rows = np.empty((count, len(lags) + len(known) + 2, steps - first))
    for place, lag in enumerate(lags):
        rows[:, place] = standardized[:, first - lag : steps - lag]
    rows[:, len(lags) : -2] = known[:, : steps - first]
    rows[:, -2] = 1.0
    rows[:, -1] = standardized[:, first:]
    counts = np.array(ends) - first
    fit_at = np.arange(len(ends)) // SHARED * SHARED
    fit_at[-1] = len(ends) - 1
    solved_ends, solution_index = np.unique(fit_at, return_inverse=True)
    products = _products(rows, counts[solved_ends])
    fits = [
        _fitted(products, lags, known, (counts, solved_ends, solution_index), specification)
        for specification in specifications
    ]
    return [
        _paths(standardized, ends, fit, specification, horizon) * spread[:, :, None] + centre[:, :, None]
        for specification, fit in zip(specifications, fits, strict=True)
    ]


def _products(rows: Floats, counts: NDArray[np.int_]) -> Floats:
    """Return the cross products of rows (n, rows, steps) over the first `counts` steps, (n, counts, rows, rows)."""
    found = np.empty((len(rows), len(counts), rows.shape[1], rows.shape[1]))
    for place, (begin, end) in enumerate(pairwise([0, *counts])):
        part = rows[:, :, begin:end]
        np.matmul(part, part.transpose(0, 2, 1), out=found[:, place])
        if place:
            found[:, place] += found[:, place - 1]
    return found


def _fitted(
    products: Floats,
    lags: list[int],
    known: Floats,
    fits: tuple[NDArray[np.int_], NDArray[np.int_], NDArray[np.int_]],
    specification: Specification,
) -> tuple[Floats, Floats]:
    """Return weights of the lags (lags, n, ends), and the sum of constant and waves at each step (horizon, n, ends).

    `fits` are the number of steps before each end, the ends to solve for, and for each end the index of its solution.
    """
    rows, solved_ends, solution_index = fits
    most_waves, waves = len(known) // 2, specification.waves
    lag_rows = [lags.index(lag) for lag in specification.lags]
    wave_rows = [*range(waves), *range(most_waves, most_waves + waves)]
    columns = np.array([*lag_rows, *(len(lags) + place for place in wave_rows), len(lags) + len(known)])
    penalties = np.r_[np.full(len(lag_rows), specification.ridge), np.full(2 * waves, specification.wave_ridge), 1e-9]
    gram = products[:, :, columns[:, None], columns[None, :]]
    diagonal = np.arange(len(columns))
    gram[:, :, diagonal, diagonal] += rows[solved_ends, None] * penalties
    found = np.linalg.solve(gram, products[:, :, columns, -1][..., None])[..., 0]
    weights = found[:, solution_index].transpose(2, 0, 1)
    ahead = rows[:, None] + np.arange(known.shape[1] - rows[-1])
    # (ends, waves, horizon): the waves at the steps ahead of each end.
    places = known[wave_rows][:, ahead].transpose(1, 0, 2)
    added = np.einsum("wne,ewh->hne", weights[len(lag_rows) : -1], places) + weights[-1]
    return np.asarray(weights[: len(lag_rows)], dtype=np.float64, order="C"), added


def _paths(
    standardized: Floats, ends: list[int], fit: tuple[Floats, Floats], specification: Specification, horizon: int
) -> Floats:
    weights, added = fit
    longest_lag = max(specification.lags)
    path = np.empty((longest_lag + horizon, len(standardized), len(ends)))
    last = np.array(ends)
    path[:longest_lag] = standardized[:, last - longest_lag + np.arange(longest_lag)[:, None]].transpose(1, 0, 2)
    low = np.minimum.accumulate(standardized, axis=1)[:, last - 1]
    high = np.maximum.accumulate(standardized, axis=1)[:, last - 1]
    margin = specification.beyond * (high - low)
    low, high = low - margin, high + margin
    offsets = longest_lag - np.array(specification.lags)
    for step in range(horizon):
        value = np.einsum("lne,lne->ne", path[offsets + step], weights)
        value += added[step]
        path[longest_lag + step] = np.minimum(np.maximum(value, low), high)
    return path[longest_lag:].transpose(1, 2, 0)
