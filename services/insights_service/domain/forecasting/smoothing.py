"""Exponential smoothing with fixed parameters, as weights on the latest steps.

The smoothed level or trend at the end of a history is a weighted sum of that history. A method is therefore a vector of
weights, and is applied to many series by one matrix product. Methods with different parameters are separate candidates:
their errors show which of them suits a series, without a search.
"""

from functools import cache

import numpy as np

from services.insights_service.domain.arrays import Floats


@cache
def level_weights(steps: int, alpha: float) -> Floats:
    """Return weights (steps,), oldest first, of simple exponential smoothing from the mean of the first steps on."""
    weights = alpha * (1 - alpha) ** np.arange(steps - 1, -1, -1, dtype=float)
    begin = max(1, min(10, steps // 4))
    weights[:begin] += (1 - weights.sum()) / begin
    return weights


@cache
def holt_weights(steps: int, alpha: float, beta: float, damping: float) -> tuple[Floats, Floats]:
    """Return weights (steps,) of the level and of the trend of Holt's method with a damped trend."""
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
    """Return weights (steps,) of the slope of the least-squares line through all steps."""
    time: Floats = np.arange(steps, dtype=np.float64) - (steps - 1) / 2
    return np.asarray(time / max(float(time @ time), 1.0), dtype=np.float64)


def smoothed(past: Floats, alpha: float, horizon: int, most: int = 400) -> Floats:
    """Forecast (n, horizon) from (n, steps) by simple exponential smoothing of the last `most` steps."""
    recent = past[:, -most:]
    return np.repeat((recent @ level_weights(recent.shape[1], alpha))[:, None], horizon, axis=1)


def damped(past: Floats, parameters: tuple[float, float, float], horizon: int, most: int = 120) -> Floats:
    """Forecast (n, horizon) from (n, steps) by Holt's method with `parameters` (alpha, beta, damping)."""
    recent = past[:, -most:]
    level, trend = holt_weights(recent.shape[1], *parameters)
    ahead = np.cumsum(parameters[2] ** np.arange(1, horizon + 1))
    return (recent @ level)[:, None] + (recent @ trend)[:, None] * ahead


def theta(past: Floats, alpha: float, horizon: int) -> Floats:
    """Forecast (n, horizon) from (n, steps) by the theta method: a smoothed level with half of the line's slope."""
    drift = past @ (slope_weights(past.shape[1]) / 2)
    return smoothed(past, alpha, horizon) + drift[:, None] * (np.arange(horizon) + 1 / alpha)
