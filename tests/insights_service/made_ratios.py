"""Ratios made for tests and benches: two series, of which one comes of the other, the same for the same seed."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.insights_service.domain.detection.episodes import Manner, told_once
from services.insights_service.domain.detection.ratio_detector import Chances, judge_ratios

Floats = NDArray[np.float64]

DAYS, HOURS = 400, 70 * 24
A_DAY = {DAYS: 1, HOURS: 24}
JUDGED_FROM = {DAYS: 90, HOURS: 28 * 24}
_WEEK = np.array([1.0, 1.05, 1.0, 1.0, 1.1, 0.8, 0.7])
_MANNERS = {DAYS: Manner(0, 7, 3, 1.4, 1.0, 0.5), HOURS: Manner(0, 48, 12, 1.4, 1.0, 0.5)}


class Made(NamedTuple):
    """Events, what they came of, and the least scatter, each (series, steps)."""

    events: Floats
    exposure: Floats
    floor: Floats


def leads_of_spend(rng: np.random.Generator, series: int, a_day: float, scatter: float) -> Made:
    """Leads by the day, fewer of the same spend at weekends, and a price that drifts; spend that goes up and down."""
    week = _WEEK[np.arange(DAYS) % 7]
    spend = 25 * a_day * week * np.exp(rng.normal(0, 0.3, (series, DAYS)))
    drift = np.exp(np.cumsum(rng.normal(0, 0.005, (series, DAYS)), axis=1))
    mean = spend / 25 * np.where(week < 1, 0.85, 1.0) * drift
    leads = rng.poisson(mean * rng.gamma(1 / scatter, scatter, mean.shape)).astype(float)
    return Made(leads, spend, np.ones_like(leads))


def purchases_of_visits(rng: np.random.Generator, series: int, an_hour: float) -> Made:
    """Sessions with a purchase by the hour: visits have a course of the day, and so has the share that buys."""
    hours = np.arange(24)
    course = 0.15 + 1.5 * np.exp(1.5 * (np.cos((hours - 15) * np.pi / 12) - 1))
    days = HOURS // 24
    moods = _WEEK[np.arange(days) % 7] * np.exp(rng.normal(0, 0.1, (series, days)))
    visits = rng.poisson((moods[:, :, None] * course / course.mean() * an_hour / 0.03).reshape(series, HOURS))
    share = np.tile(0.03 * (1 + 0.3 * np.sin(hours * np.pi / 12)), days)
    bought = rng.binomial(visits, share * np.repeat(np.exp(rng.normal(0, 0.05, (series, days))), 24, axis=1))
    return Made(bought.astype(float), visits.astype(float), np.ones(bought.shape))


def revenue_of_spend(rng: np.random.Generator, series: int, sales: float) -> Made:
    """Money by the day that comes in sales which differ."""
    spend = 100 * sales * np.exp(rng.normal(0, 0.3, (series, DAYS)))
    many = rng.poisson(spend / 100)
    amounts = np.array([[rng.lognormal(6.0, 0.6, count).sum() for count in row] for row in many])
    usual = np.cumsum(amounts, axis=1) / np.maximum(np.cumsum(many, axis=1), 1)
    return Made(amounts, spend, 1.5 * usual)


def told(made: Made) -> Floats:
    """Scores, once an episode, as the finder has them."""
    steps = made.events.shape[1]
    surprise, manner = judge_ratios(Chances(*made), A_DAY[steps]).surprise, _MANNERS[steps]
    return np.array([told_once(row, np.ones(steps, dtype=bool), (manner, manner)) for row in surprise])


def false_alarms(made: Made, threshold: float) -> float:
    """Of undisturbed series: so many a history of days, or a month of hours."""
    steps = made.events.shape[1]
    judged = told(made)[:, JUDGED_FROM[steps] :]
    return float((judged >= threshold).sum() / (judged.size / (400 if steps == DAYS else 30 * 24)))


def recall(rng: np.random.Generator, made: Made, factor: float, length: int, threshold: float) -> float:
    """The share of series in which it is told while it lasts that events come to so many times what they were."""
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
