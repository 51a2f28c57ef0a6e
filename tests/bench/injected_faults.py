"""Seasonal hourly counts with injected faults, and their recall at one false episode a series-month."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.insights_service.domain.detect import detect_many

Floats = NDArray[np.float64]

DAYS, HOURS = 90, 90 * 24
STAMPS = np.datetime64("2024-01-01T00", "h") + np.arange(HOURS)
_SEASON = 28 * 24  # Hours before a season is used.
_APART = 24  # Hours after which an alarm is another episode.
_LONGEST_DELAY = 48  # Hours within which a level shift must be reported.


class Fault(NamedTuple):
    """A kind of fault, its hours, and the recall that is required."""

    name: str
    factor: float
    hours: int
    asked: float


FAULTS = (
    Fault("drop to 0 for 6 h", 0.0, 6, 0.9),
    Fault("-60 % for 24 h", 0.4, 24, 0.9),
    Fault("x3 for 3 h", 3.0, 3, 0.9),
    Fault("level -40 %", 0.6, HOURS, 0.4),
    Fault("level +60 %", 1.6, HOURS, 0.9),
)


def seasonal_counts(
    rng: np.random.Generator, series: int, rate: float, dispersion: float, days_differ: float
) -> Floats:
    """Simulate counts of about `rate` an hour: daily and weekly profiles, autocorrelated days, scatter within days."""
    day = 0.15 + 1.5 * np.exp(1.5 * (np.cos((np.arange(24) - 15) * np.pi / 12) - 1))
    week = np.array([1.0, 1.05, 1.0, 1.0, 1.1, 0.8, 0.7])
    moods = rng.normal(size=(series, DAYS)) * days_differ * np.sqrt(0.75)
    for at in range(1, DAYS):
        moods[:, at] += 0.5 * moods[:, at - 1]
    mean = (
        rate * (week / week.mean())[np.arange(DAYS) % 7][None, :, None] * (day / day.mean()) * np.exp(moods)[:, :, None]
    )
    scattered = mean * rng.gamma(1.0 / dispersion, dispersion, size=mean.shape)
    return rng.poisson(scattered).astype(float).reshape(series, HOURS)


def threshold_of(scores: Floats) -> float:
    """Return the threshold at which undisturbed series have one episode a series-month."""
    judged = scores[:, _SEASON:]
    months = judged.size / (30 * 24)
    for one in np.unique(judged[judged > 0]):
        if _episodes(judged, float(one)) <= months:
            return float(one)
    return 0.1


def _episodes(scores: Floats, threshold: float) -> int:
    many = 0
    for row in scores:
        at = np.flatnonzero(row >= threshold)
        many += int((np.diff(at) > _APART).sum()) + 1 if len(at) else 0
    return many


def recall(rng: np.random.Generator, counts: Floats, fault: Fault, threshold: float) -> float:
    """Return the share of series in which the fault is reported while it lasts, a level shift within two days."""
    begins = rng.integers(45 * 24, 80 * 24, size=len(counts))
    faulty = counts.copy()
    for row, begin in zip(faulty, begins, strict=True):
        part = row[begin : begin + fault.hours]
        more = rng.poisson(part * max(fault.factor - 1.0, 0.0))
        row[begin : begin + fault.hours] = rng.binomial(part.astype(int), min(fault.factor, 1.0)) + more
    scores = score_all(faulty)
    is_reported = [
        row[at : at + min(fault.hours, _LONGEST_DELAY)].max() >= threshold
        for row, at in zip(scores, begins, strict=True)
    ]
    return float(np.mean(is_reported))


def score_all(counts: Floats, last: int | None = None) -> Floats:
    """Return the scores of all series, computed together."""
    return np.array(detect_many(list(counts), [STAMPS] * len(counts), last=last))
