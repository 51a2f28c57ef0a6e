"""How forecasts are judged: as in the M4 competition, against Naive2 (the last value, without and with its season)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

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


def naive2(values: Floats, season: int, horizon: int) -> Floats:
    """The last value, seasonally adjusted by classical multiplicative decomposition where there is a season."""
    flat = np.full(horizon, values[-1])
    if not is_seasonal(values, season):
        return flat
    weights = np.full(season, 1.0) if season % 2 else np.r_[0.5, np.ones(season - 1), 0.5]
    average = np.convolve(values, weights / weights.sum(), "valid")
    side = (len(weights) - 1) // 2
    if (average <= 0).any():
        return flat
    ratios = values[side : side + len(average)] / average
    place = np.arange(side, side + len(average)) % season
    index = np.bincount(place, ratios, season) / np.bincount(place, minlength=season)
    index = index / index.mean()
    if (index <= 0).any():
        return flat
    return (
        values[-1] / index[(len(values) - 1) % season] * index[np.arange(len(values), len(values) + horizon) % season]
    )


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
