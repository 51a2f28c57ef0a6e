"""Accuracy of forecasts as in the M4 competition, relative to Naive2: the last value, seasonally adjusted."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

Floats = NDArray[np.float64]


def is_seasonal(values: Floats, season: int) -> bool:
    """Test for a season as the M4 competition does: by the autocorrelation at its lag, at a level of 90 %."""
    if season == 1 or len(values) < 3 * season:
        return False
    deviations = values - values.mean()
    power = float(deviations @ deviations)
    if power == 0:
        return False
    autocorrelation = np.array([float(deviations[lag:] @ deviations[:-lag]) / power for lag in range(1, season + 1)])
    limit = 1.645 * np.sqrt((1 + 2 * np.sum(autocorrelation[:-1] ** 2)) / len(values))
    return bool(abs(autocorrelation[-1]) > limit)


def season_index(values: Floats, season: int) -> Floats:
    """Return the seasonal indices by classical multiplicative decomposition; ones if there is no season."""
    ones = np.ones(season)
    if not is_seasonal(values, season):
        return ones
    weights = np.full(season, 1.0) if season % 2 else np.r_[0.5, np.ones(season - 1), 0.5]
    average = np.convolve(values, weights / weights.sum(), "valid")
    half = (len(weights) - 1) // 2
    if (average <= 0).any():
        return ones
    ratios = values[half : half + len(average)] / average
    place = np.arange(half, half + len(average)) % season
    index = np.bincount(place, ratios, season) / np.bincount(place, minlength=season)
    index = index / index.mean()
    return ones if (index <= 0).any() else index


def naive2(values: Floats, season: int, horizon: int) -> Floats:
    """Forecast the last value, seasonally adjusted."""
    index = season_index(values, season)
    ahead = index[np.arange(len(values), len(values) + horizon) % season]
    return values[-1] / index[(len(values) - 1) % season] * ahead


def theta(values: Floats, season: int, horizon: int) -> Floats:
    """Forecast by the theta method, seasonally adjusted: exponential smoothing plus half the slope of the trend line.

    The smoothing constant is the one with the least squared error one step ahead.
    """
    index = season_index(values, season)
    time = np.arange(len(values))
    adjusted = values / index[time % season]
    best, level, smoothing = np.inf, adjusted[-1], 1.0
    for alpha in (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0):
        smoothed = lfilter([alpha], [1, alpha - 1], adjusted, zi=[(1 - alpha) * adjusted[0]])[0]
        error = float(np.mean((adjusted[1:] - smoothed[:-1]) ** 2))
        if error < best:
            best, level, smoothing = error, smoothed[-1], alpha
    slope = np.polyfit(time, adjusted, 1)[0] / 2
    ahead = np.arange(horizon)
    return (level + slope * (ahead + 1 / smoothing)) * index[(len(values) + ahead) % season]


def smape(actual: Floats, forecast: Floats) -> Floats:
    """Return the symmetric mean absolute percentage error of each row."""
    size = np.abs(actual) + np.abs(forecast)
    return 200 * np.mean(np.abs(actual - forecast) / np.where(size > 0, size, 1.0), axis=1)


def owa(histories: Sequence[Floats], actual: Floats, forecast: Floats, season: int) -> float:
    """Return the overall weighted average: the mean of sMAPE and MASE, each relative to Naive2's (1 is as bad)."""
    base = np.stack([naive2(history, season, actual.shape[1]) for history in histories])
    scale = np.array([np.abs(history[season:] - history[:-season]).mean() for history in histories])
    is_varied = scale > 0
    ours, theirs = (np.abs(actual - each).mean(axis=1)[is_varied] / scale[is_varied] for each in (forecast, base))
    return float((smape(actual, forecast).mean() / smape(actual, base).mean() + ours.mean() / theirs.mean()) / 2)


def coverage(actual: Floats, lower: Floats, upper: Floats) -> list[float]:
    """Return for each level the share of actual values that lie between the ends (n, levels, horizon)."""
    return [float(np.mean((actual >= lower[:, at]) & (actual <= upper[:, at]))) for at in range(lower.shape[1])]
