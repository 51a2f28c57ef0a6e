"""Exponential smoothing with fixed parameters, as weights on the latest steps.

Where a smoothed level or trend stands at the end of a history is a weighted sum of that history, so that a method is a
column of weights, and many methods on many series are one product of matrices. Methods with other parameters are
candidates of their own: which of them suits a series is seen by their errors, not by a search.
"""

from functools import cache

import numpy as np

from services.insights_service.domain.arrays import Floats


@cache
def level_weights(steps: int, alpha: float) -> Floats:
    """Weights (steps,), oldest first, of a simple exponential smoothing that began with the mean of its first tenth."""
    weights = alpha * (1 - alpha) ** np.arange(steps - 1, -1, -1, dtype=float)
    begin = max(1, min(10, steps // 4))
    weights[:begin] += (1 - weights.sum()) / begin
    return weights


@cache
def holt_weights(steps: int, alpha: float, beta: float, damping: float) -> tuple[Floats, Floats]:
    """Weights (steps,) of the level and of the trend of Holt's method with a damped trend."""
    level = np.zeros(steps)
    trend = np.zeros(steps)
    level[0] = 1.0
    for step in range(1, steps):
        ahead = level + damping * trend
        error = -ahead
        error[step] += 1.0
        level = ahead + alpha * error
        trend = damping * trend + alpha * beta * error
    return level, trend


@cache
def slope_weights(steps: int) -> Floats:
    """Weights (steps,) of the slope of a straight line through all steps."""
    time: Floats = np.arange(steps, dtype=np.float64) - (steps - 1) / 2
    return np.asarray(time / max(float(time @ time), 1.0), dtype=np.float64)


def smoothed(past: Floats, alpha: float, horizon: int, most: int = 400) -> Floats:
    """Simple exponential smoothing of (n, steps): the last level, (n, horizon)."""
    recent = past[:, -most:]
    return np.repeat((recent @ level_weights(recent.shape[1], alpha))[:, None], horizon, axis=1)


def damped(past: Floats, parameters: tuple[float, float, float], horizon: int, most: int = 120) -> Floats:
    """Holt's method with (alpha, beta, damping) on (n, steps): (n, horizon)."""
    recent = past[:, -most:]
    level, trend = holt_weights(recent.shape[1], *parameters)
    ahead = np.cumsum(parameters[2] ** np.arange(1, horizon + 1))
    return (recent @ level)[:, None] + (recent @ trend)[:, None] * ahead


def theta(past: Floats, alpha: float, horizon: int) -> Floats:
    """The theta method on (n, steps): a smoothed level that drifts by half of the line's slope, (n, horizon)."""
    drift = past @ (slope_weights(past.shape[1]) / 2)
    return smoothed(past, alpha, horizon) + drift[:, None] * (np.arange(horizon) + 1 / alpha)
