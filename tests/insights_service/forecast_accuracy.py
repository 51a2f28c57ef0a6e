"""How forecasts are judged: as in the M4 competition, against Naive2 (the last value, without and with its season)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

Floats = NDArray[np.float64]


def is_seasonal(values: Floats, season: int) -> bool:
    """The M4 competition's test: whether the autocorrelation at the season stands out at 90 %."""
    if season == 1 or len(values) < 3 * season:
        return False
    rest = values - values.mean()
    power = float(rest @ rest)
    if power == 0:
        return False
    likeness = np.array([float(rest[lag:] @ rest[:-lag]) / power for lag in range(1, season + 1)])
    limit = 1.645 * np.sqrt((1 + 2 * np.sum(likeness[:-1] ** 2)) / len(values))
    return bool(abs(likeness[-1]) > limit)


def season_index(values: Floats, season: int) -> Floats:
    """What each place of the season is beside the mean, by classical multiplicative decomposition: ones without one."""
    none = np.ones(season)
    if not is_seasonal(values, season):
        return none
    weights = np.full(season, 1.0) if season % 2 else np.r_[0.5, np.ones(season - 1), 0.5]
    average = np.convolve(values, weights / weights.sum(), "valid")
    side = (len(weights) - 1) // 2
    if (average <= 0).any():
        return none
    ratios = values[side : side + len(average)] / average
    place = np.arange(side, side + len(average)) % season
    index = np.bincount(place, ratios, season) / np.bincount(place, minlength=season)
    index = index / index.mean()
    return none if (index <= 0).any() else index


def naive2(values: Floats, season: int, horizon: int) -> Floats:
    """The last value, seasonally adjusted."""
    index = season_index(values, season)
    ahead = index[np.arange(len(values), len(values) + horizon) % season]
    return values[-1] / index[(len(values) - 1) % season] * ahead


def theta(values: Floats, season: int, horizon: int) -> Floats:
    """The theta method, seasonally adjusted: smoothed with what erred least over a step, and half the line's slope."""
    index = season_index(values, season)
    time = np.arange(len(values))
    rest = values / index[time % season]
    best, level, smoothing = np.inf, rest[-1], 1.0
    for alpha in (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0):
        before = lfilter([alpha], [1, alpha - 1], rest, zi=[(1 - alpha) * rest[0]])[0]
        error = float(np.mean((rest[1:] - before[:-1]) ** 2))
        if error < best:
            best, level, smoothing = error, before[-1], alpha
    slope = np.polyfit(time, rest, 1)[0] / 2
    ahead = np.arange(horizon)
    return (level + slope * (ahead + 1 / smoothing)) * index[(len(values) + ahead) % season]


def smape(came: Floats, said: Floats) -> Floats:
    """The symmetric mean absolute percentage error of each row."""
    size = np.abs(came) + np.abs(said)
    return 200 * np.mean(np.abs(came - said) / np.where(size > 0, size, 1.0), axis=1)


def owa(histories: Sequence[Floats], came: Floats, said: Floats, season: int) -> float:
    """The mean of sMAPE and MASE over all series, each as a part of Naive2's: 1 is as bad as Naive2."""
    base = np.stack([naive2(history, season, came.shape[1]) for history in histories])
    usual = np.array([np.abs(history[season:] - history[:-season]).mean() for history in histories])
    told = usual > 0
    ours, theirs = (np.abs(came - each).mean(axis=1)[told] / usual[told] for each in (said, base))
    return float((smape(came, said).mean() / smape(came, base).mean() + ours.mean() / theirs.mean()) / 2)


def coverage(came: Floats, lower: Floats, upper: Floats) -> list[float]:
    """The share of what came that lies between the ends (n, levels, horizon), by level."""
    return [float(np.mean((came >= lower[:, at]) & (came <= upper[:, at]))) for at in range(lower.shape[1])]
