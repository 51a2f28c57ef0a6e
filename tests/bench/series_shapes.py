"""Building blocks of simulated series: noise, seasons, bursts, and the places and windows of anomalies."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

Floats = NDArray[np.float64]
Random = np.random.Generator


def clock(rows: int, minutes: float) -> Floats:
    """Return the minutes of each row since a Monday's midnight."""
    return np.arange(rows, dtype=np.float64) * minutes


def wander(rng: Random, rows: int, memory: float) -> Floats:
    """Simulate autocorrelated noise of variance 1 with a memory of about `memory` steps."""
    keep = np.exp(-1.0 / max(memory, 0.05))
    noise = rng.normal(size=rows) * np.sqrt(1 - keep**2)
    noise[0] = rng.normal()
    return np.asarray(lfilter([1.0], [1.0, -keep], noise))


def daily(minutes: Floats, peak: float = 14.0, sharpness: float = 1.5) -> Floats:
    """Return a daily profile between 0 and 1, highest at hour `peak`."""
    return np.exp(sharpness * (np.cos((minutes / 60.0 - peak) * np.pi / 12.0) - 1.0))


def weekend(minutes: Floats) -> NDArray[np.bool_]:
    """Return which rows are on Saturdays and Sundays."""
    return (minutes // 1440) % 7 >= 5


def commuting(minutes: Floats) -> Floats:
    """Return a profile between 0 and 1 with two rush hours on working days and one broad peak at weekends."""
    hour = (minutes / 60.0) % 24
    work = np.exp(-(((hour - 8.3) / 1.6) ** 2)) + np.exp(-(((hour - 18.0) / 2.2) ** 2)) + 0.35 * daily(minutes, 13.0)
    return np.clip(np.where(weekend(minutes), 0.55 * daily(minutes, 15.0), work), 0.0, 1.2)


def spikes(rng: Random, rows: int, every: float, height: float, spread: float = 0.5, fade: float = 0.5) -> Floats:
    """Simulate sudden rises of lognormal height, about one in `every` steps, that fade within a few steps."""
    at = rng.random(rows) < 1.0 / every
    heights = np.where(at, height * np.exp(spread * rng.normal(size=rows)), 0.0)
    return np.asarray(lfilter([1.0], [1.0, -np.exp(-1.0 / max(fade, 0.05))], heights))


def counts(rng: Random, mean: Floats, dispersion: float = 0.02) -> Floats:
    """Simulate negative-binomial counts with this mean and the variance mean + dispersion * mean ** 2."""
    return rng.poisson(np.maximum(mean, 0.0) * rng.gamma(1.0 / dispersion, dispersion, size=len(mean))).astype(float)


def burst(rows: int, at: int, height: float, fade: float) -> Floats:
    """Return a sudden rise at a row that fades."""
    place = np.arange(rows) - at
    return np.where(place >= 0, height * np.exp(-np.maximum(place, 0) / fade), 0.0)


def places(rng: Random, rows: int, count: int, begin: float = 0.25) -> list[int]:
    """Choose rows for anomalies, well apart from one another and after the beginning."""
    slots = np.linspace(begin, 0.97, count + 1)
    return [int(rows * rng.uniform(a + 0.1 * (b - a), b - 0.25 * (b - a))) for a, b in pairwise(slots)]


def around(rows: int, events: list[int]) -> tuple[tuple[int, int], ...]:
    """Return windows around events that cover a tenth of the rows in total."""
    half = max(int(0.1 * rows / max(len(events), 1) / 2), 1)
    return tuple((max(at - half, 0), min(at + half, rows - 1)) for at in events)
