"""Simulated ratios for tests and benchmarks: events and the exposure that they come from, reproducible by seed."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.insights_service.domain.detection.episodes import Manner, alarms_of
from services.insights_service.domain.detection.ratio_detector import Chances, judge_ratios

Floats = NDArray[np.float64]

DAYS, HOURS = 400, 70 * 24
A_DAY = {DAYS: 1, HOURS: 24}
JUDGED_FROM = {DAYS: 90, HOURS: 28 * 24}
_WEEK = np.array([1.0, 1.05, 1.0, 1.0, 1.1, 0.8, 0.7])
_MANNERS = {DAYS: Manner(0, 7, 3, 1.4, 1.0, 0.5, 1.9), HOURS: Manner(0, 48, 12, 1.4, 1.0, 0.5, 2.4)}


class Made(NamedTuple):
    """Events (the numerator), exposure (the denominator), and the least scatter; each has the shape (series, steps)."""

    events: Floats
    exposure: Floats
    floor: Floats


def leads_of_spend(rng: np.random.Generator, series: int, a_day: float, scatter: float) -> Made:
    """Simulate daily leads of a varying spend; a lead costs more at weekends, and its cost drifts."""
    week = _WEEK[np.arange(DAYS) % 7]
    spend = 25 * a_day * week * np.exp(rng.normal(0, 0.3, (series, DAYS)))
    drift = np.exp(np.cumsum(rng.normal(0, 0.005, (series, DAYS)), axis=1))
    mean = spend / 25 * np.where(week < 1, 0.85, 1.0) * drift
    leads = rng.poisson(mean * rng.gamma(1 / scatter, scatter, mean.shape)).astype(float)
    return Made(leads, spend, np.ones_like(leads))


def purchases_of_visits(rng: np.random.Generator, series: int, an_hour: float) -> Made:
    """Simulate hourly sessions with a purchase; both visits and the share that buys have a daily profile."""
    hours = np.arange(24)
    course = 0.15 + 1.5 * np.exp(1.5 * (np.cos((hours - 15) * np.pi / 12) - 1))
    days = HOURS // 24
    day_factors = _WEEK[np.arange(days) % 7] * np.exp(rng.normal(0, 0.1, (series, days)))
    visits = rng.poisson((day_factors[:, :, None] * course / course.mean() * an_hour / 0.03).reshape(series, HOURS))
    share = np.tile(0.03 * (1 + 0.3 * np.sin(hours * np.pi / 12)), days)
    bought = rng.binomial(visits, share * np.repeat(np.exp(rng.normal(0, 0.05, (series, days))), 24, axis=1))
    return Made(bought.astype(float), visits.astype(float), np.ones(bought.shape))


def revenue_of_spend(rng: np.random.Generator, series: int, sales: float) -> Made:
    """Simulate daily revenue of a varying spend, in sales of differing amounts."""
    spend = 100 * sales * np.exp(rng.normal(0, 0.3, (series, DAYS)))
    counts = rng.poisson(spend / 100)
    amounts = np.array([[rng.lognormal(6.0, 0.6, count).sum() for count in row] for row in counts])
    usual = np.cumsum(amounts, axis=1) / np.maximum(np.cumsum(counts, axis=1), 1)
    return Made(amounts, spend, 1.5 * usual)


def told(made: Made) -> Floats:
    """Return scores as the finder has them, one for each episode."""
    steps = made.events.shape[1]
    seen, manner, judged = judge_ratios(Chances(*made), A_DAY[steps]), _MANNERS[steps], np.ones(steps, dtype=bool)
    both = zip(seen.rises, seen.falls, strict=True)
    return np.array([alarms_of(rises, falls, judged, (manner, manner)).heights for rises, falls in both])


def false_alarms(made: Made, threshold: float) -> float:
    """Return the false alarms of undisturbed series per history of 400 days, or per month of hours."""
    steps = made.events.shape[1]
    judged = told(made)[:, JUDGED_FROM[steps] :]
    return float((judged >= threshold).sum() / (judged.size / (400 if steps == DAYS else 30 * 24)))


def recall(rng: np.random.Generator, made: Made, factor: float, length: int, threshold: float) -> float:
    """Multiply the events of some steps by `factor`; return the share of series in which this is reported in time."""
    steps = made.events.shape[1]
    events = made.events.copy()
    begins = rng.integers(steps * 3 // 4, steps - length, len(events))
    for row, begin in zip(events, begins, strict=True):
        part = row[begin : begin + length]
        if factor < 1 and (made.floor == 1).all():
            row[begin : begin + length] = rng.binomial(part.astype(int), factor)
        else:
            row[begin : begin + length] = np.round(part * factor)
    scores = told(made._replace(events=events))
    return float(np.mean([(row[at : at + length] >= threshold).any() for row, at in zip(scores, begins, strict=True)]))
