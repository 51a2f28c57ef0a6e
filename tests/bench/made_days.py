"""Daily series of young and old tenants with injected faults: their recall, and the false alarms."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.insights_service.domain.detect import detect_many

Floats = NDArray[np.float64]
Random = np.random.Generator

LENGTHS = (28, 60, 90, 180, 365)  # Days of history before the month that is judged.
_MONTH = 30
_AFTER_A_STEP = 14  # Days within which an alarm about a marketer's own change is not false.
_LONGEST_DELAY = 7  # Days within which a level shift must be reported.
_WEEK = np.array([1.1, 1.1, 1.05, 1.0, 1.0, 0.7, 0.5])
THRESHOLD = 2.0


class Kind(NamedTuple):
    """A kind of series: a function that returns values, and the days on which owners changed something themselves."""

    name: str
    made: Callable[[Random, int], tuple[Floats, NDArray[np.bool_]]]
    whole: bool


class DayFault(NamedTuple):
    """A kind of fault, and its days."""

    name: str
    factor: float
    days: int


DAY_FAULTS = (
    DayFault("nothing for 1 day", 0.0, 1),
    DayFault("nothing for 3 days", 0.0, 3),
    DayFault("-60 % for 3 days", 0.4, 3),
    DayFault("x3 for 1 day", 3.0, 1),
    DayFault("level -50 %", 0.5, _LONGEST_DELAY),
    DayFault("level x2", 2.0, _LONGEST_DELAY),
)


def spend(rng: Random, days: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Simulate a budget that is spent to within a few percent each day, and changed by a marketer now and then."""
    stepped = rng.random(days) < 1 / 35
    level = np.exp(rng.uniform(3, 7) + np.cumsum(np.where(stepped, rng.choice([-0.3, 0.2, 0.4], days), 0.0)))
    return level * np.exp(rng.choice([0.01, 0.05]) * rng.normal(size=days)), stepped


def leads(a_day: float, *, by_week: bool) -> Callable[[Random, int], tuple[Floats, NDArray[np.bool_]]]:
    """Return a simulation of daily counts with slightly more than Poisson scatter, and perhaps fewer at weekends."""

    def made(rng: Random, days: int) -> tuple[Floats, NDArray[np.bool_]]:
        week = np.resize(_WEEK / _WEEK.mean(), days) if by_week else np.ones(days)
        mean = a_day * week * rng.gamma(50.0, 0.02, days) * np.exp(np.cumsum(rng.normal(0, 0.01, days)))
        return rng.poisson(mean).astype(float), np.zeros(days, dtype=bool)

    return made


def revenue(rng: Random, days: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Simulate the revenue of a few orders a day, of which one may be worth twenty others."""
    orders = rng.poisson(rng.choice([8.0, 40.0]) * np.resize(_WEEK / _WEEK.mean(), days))
    return np.array([np.round(rng.lognormal(4, 1.0, many), 2).sum() for many in orders]), np.zeros(days, dtype=bool)


def takings(rng: Random, days: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Simulate the revenue of many small orders, with autocorrelated heavy-tailed noise."""
    mood = np.zeros(days)
    noise = 0.12 * rng.standard_t(4, days)
    for day in range(1, days):
        mood[day] = 0.5 * mood[day - 1] + 0.08 * rng.normal()
    return 4_000 * np.resize(_WEEK / _WEEK.mean(), days) * np.exp(mood + noise), np.zeros(days, dtype=bool)


KINDS = (
    Kind("spend", spend, whole=False),
    Kind("leads, 3 a day", leads(3.0, by_week=False), whole=True),
    Kind("leads, 10 a day", leads(10.0, by_week=False), whole=True),
    Kind("leads, 50 a day", leads(50.0, by_week=False), whole=True),
    Kind("leads, 3 a day by week", leads(3.0, by_week=True), whole=True),
    Kind("leads, 10 a day by week", leads(10.0, by_week=True), whole=True),
    Kind("leads, 50 a day by week", leads(50.0, by_week=True), whole=True),
    Kind("revenue of some orders", revenue, whole=False),
    Kind("takings", takings, whole=False),
)


def _scores(made: list[Floats]) -> Floats:
    stamps = np.datetime64("2024-01-01") + np.arange(len(made[0]))
    return np.array(detect_many(made, [stamps] * len(made)))


def false_alarms(rng: Random, kind: Kind, history: int, series: int) -> float:
    """Return the false alarms a series-month, in the month after `history` days."""
    drawn = [kind.made(rng, history + _MONTH) for _ in range(series)]
    scores = _scores([values for values, _ in drawn])
    alarms = scores[:, history:] >= THRESHOLD
    theirs = np.array([np.convolve(stepped, np.ones(_AFTER_A_STEP))[: len(stepped)] > 0 for _, stepped in drawn])
    free = ~theirs[:, history:]
    return float(_MONTH * (alarms & free).sum() / free.sum())


def day_recall(rng: Random, kind: Kind, fault: DayFault, history: int, series: int) -> float:
    """Return the share of series in which a fault after `history` days is reported while it lasts."""
    made: list[Floats] = []
    for _ in range(series):
        values, _ = kind.made(rng, history + fault.days)
        part = values[history:]
        if kind.whole:
            more = rng.poisson(part * max(fault.factor - 1.0, 0.0))
            values[history:] = rng.binomial(part.astype(int), min(fault.factor, 1.0)) + more
        else:
            values[history:] = part * fault.factor
        made.append(values)
    return float((_scores(made)[:, history:].max(axis=1) >= THRESHOLD).mean())
