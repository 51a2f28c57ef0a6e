"""What made series are put together from: noise, seasons, bursts, and the things that go wrong in them."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

Floats = NDArray[np.float64]
Random = np.random.Generator


def clock(rows: int, minutes: float) -> Floats:
    """Minutes since a Monday's midnight."""
    return np.arange(rows, dtype=np.float64) * minutes


def wander(rng: Random, rows: int, memory: float) -> Floats:
    """Noise of variance 1 that remembers itself for about `memory` steps."""
    keep = np.exp(-1.0 / max(memory, 0.05))
    noise = rng.normal(size=rows) * np.sqrt(1 - keep**2)
    noise[0] = rng.normal()
    return np.asarray(lfilter([1.0], [1.0, -keep], noise))


def daily(minutes: Floats, peak: float = 14.0, sharpness: float = 1.5) -> Floats:
    """A day's course between 0 and 1, highest at hour `peak`."""
    return np.exp(sharpness * (np.cos((minutes / 60.0 - peak) * np.pi / 12.0) - 1.0))


def weekend(minutes: Floats) -> NDArray[np.bool_]:
    """Where it is Saturday or Sunday."""
    return (minutes // 1440) % 7 >= 5


def commuting(minutes: Floats) -> Floats:
    """Two rush hours on working days, one broad hump at weekends; between 0 and 1."""
    hour = (minutes / 60.0) % 24
    work = np.exp(-(((hour - 8.3) / 1.6) ** 2)) + np.exp(-(((hour - 18.0) / 2.2) ** 2)) + 0.35 * daily(minutes, 13.0)
    return np.clip(np.where(weekend(minutes), 0.55 * daily(minutes, 15.0), work), 0.0, 1.2)


def spikes(rng: Random, rows: int, every: float, height: float, spread: float = 0.5, fade: float = 0.5) -> Floats:
    """Sudden rises of lognormal height, about one in `every` steps, that fade within a few steps."""
    at = rng.random(rows) < 1.0 / every
    heights = np.where(at, height * np.exp(spread * rng.normal(size=rows)), 0.0)
    return np.asarray(lfilter([1.0], [1.0, -np.exp(-1.0 / max(fade, 0.05))], heights))


def counts(rng: Random, mean: Floats, dispersion: float = 0.02) -> Floats:
    """Negative-binomial counts of this mean, with variance mean + dispersion * mean ** 2."""
    return rng.poisson(np.maximum(mean, 0.0) * rng.gamma(1.0 / dispersion, dispersion, size=len(mean))).astype(float)


def burst(rows: int, at: int, height: float, fade: float) -> Floats:
    """A sudden rise at a row, fading."""
    place = np.arange(rows) - at
    return np.where(place >= 0, height * np.exp(-np.maximum(place, 0) / fade), 0.0)


def places(rng: Random, rows: int, count: int, begin: float = 0.25) -> list[int]:
    """Rows well apart from one another, behind the beginning, where something goes wrong."""
    slots = np.linspace(begin, 0.97, count + 1)
    return [int(rows * rng.uniform(a + 0.1 * (b - a), b - 0.25 * (b - a))) for a, b in pairwise(slots)]


def around(rows: int, events: list[int]) -> tuple[tuple[int, int], ...]:
    """Windows about events, of a tenth of the rows in total."""
    half = max(int(0.1 * rows / max(len(events), 1) / 2), 1)
    return tuple((max(at - half, 0), min(at + half, rows - 1)) for at in events)
