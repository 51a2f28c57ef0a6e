"""Simulated series for tests and benchmarks, the same for the same seed on every machine."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
WEEKS_A_YEAR = 365.25 / 7


def hours_of_a_shop(rng: np.random.Generator, steps: int, *, an_hour: float = 60.0) -> Floats:
    """Simulate hourly visits: a daily profile that differs at the weekend, weekdays, drift and noise."""
    hour, day = np.arange(steps) % 24, np.arange(steps) // 24 % 7
    workday = 1 + 0.8 * np.sin(2 * np.pi * (hour - 8 + rng.uniform(-1, 1)) / 24)
    weekend = 1 + 0.4 * np.sin(2 * np.pi * (hour - 13) / 24)
    course = np.where(day >= 5, rng.uniform(0.4, 0.8) * weekend, workday) * np.exp(rng.normal(0, 0.05, 7))[day]
    drift = np.exp(_autoregressive(rng, steps, 0.98, 0.02))
    mean = an_hour * course / course.mean() * drift
    return rng.poisson(mean * rng.gamma(40, 1 / 40, steps)).astype(np.float64)


def hours_of_power(rng: np.random.Generator, steps: int) -> Floats:
    """Simulate hourly electrical load: smooth, two peaks a day, lower at weekends, with weather that lasts for days."""
    hour, day = np.arange(steps) % 24, np.arange(steps) // 24 % 7
    course = np.sin(2 * np.pi * (hour - 9) / 24) + 0.5 * np.sin(4 * np.pi * (hour - 7) / 24)
    course -= np.where(day >= 5, rng.uniform(0.5, 1.0), 0.0)
    weather = np.repeat(_autoregressive(rng, steps // 24 + 1, 0.8, 0.03), 24)[:steps]
    load = 1 + rng.uniform(0.1, 0.25) * course + weather + _autoregressive(rng, steps, 0.9, 0.01)
    return 10 ** rng.uniform(2, 4) * np.maximum(load, 0.1)


def hours_without_a_week(rng: np.random.Generator, steps: int) -> Floats:
    """Simulate a daily profile without a weekly one, with noise that lasts for hours."""
    course = rng.uniform(0.2, 0.6) * np.sin(2 * np.pi * np.arange(steps) / 24)
    return 100 * np.exp(course + _autoregressive(rng, steps, 0.9, 0.05))


def weeks_with_a_year(rng: np.random.Generator, steps: int) -> Floats:
    """Simulate weekly sales: a yearly season of 52.18 weeks, a slow random walk, and noise."""
    place = 2 * np.pi * (np.arange(steps) / WEEKS_A_YEAR + rng.uniform())
    course = np.sin(place) + 0.5 * np.sin(2 * place + 1) + 0.3 * np.cos(3 * place)
    return 1000 * np.exp(
        rng.uniform(0.1, 0.3) * course + np.cumsum(rng.normal(0, 0.01, steps)) + rng.normal(0, 0.05, steps)
    )


def weeks_that_wander(rng: np.random.Generator, steps: int) -> Floats:
    """Simulate a random walk with noise."""
    return 1000 * np.exp(np.cumsum(rng.normal(0, 0.02, steps)) + rng.normal(0, 0.03, steps))


def days_of_a_site(rng: np.random.Generator, steps: int) -> Floats:
    """Simulate daily page views: weekdays, a slow drift, bursts that fade, and heavy tails."""
    burst = np.zeros(steps)
    for start in rng.integers(0, steps, rng.poisson(steps / 100)):
        burst[start:] += rng.exponential(0.8) * np.exp(-np.arange(steps - start) / rng.uniform(1, 6))
    noise = (
        0.1 * rng.standard_t(4, steps) + _autoregressive(rng, steps, 0.6, 0.06) + np.cumsum(rng.normal(0, 0.015, steps))
    )
    mean = 10 ** rng.uniform(1, 3.5) * np.exp(rng.normal(0, 0.15, 7)[np.arange(steps) % 7] + burst + noise)
    return rng.poisson(np.minimum(mean, 1e8)).astype(np.float64)


def days_of_a_busy_site(rng: np.random.Generator, steps: int) -> Floats:
    """Simulate daily visits: strong weekdays, a yearly season with special days, shifting growth, bursts and noise."""
    time = np.arange(steps)
    day = (time + rng.uniform(0, 365)) % 365.25
    week = np.log([1.1, 1.15, 1.15, 1.1, 1.0, 0.6, 0.55]) * rng.uniform(0.5, 1.5) + rng.normal(0, 0.05, 7)
    year = rng.uniform(0.1, 0.35) * np.cos(2 * np.pi * day / 365.25)
    year += 0.1 * np.sin(4 * np.pi * day / 365.25 + rng.uniform(0, 6))
    for middle in rng.uniform(0, 365, 8):
        year += rng.normal(-0.3, 0.4) * (np.abs(day - middle) < rng.choice([0.5, 1.5, 3.0]))
    level = rng.normal(0.0004, 0.0006) * time + np.cumsum(rng.normal(0, 0.008, steps))
    for start in rng.integers(0, steps, rng.poisson(1.5 * steps / 1300)):
        level[start:] += rng.normal(0, 0.25)
    noise = 0.05 * rng.standard_t(4, steps) + _autoregressive(rng, steps, 0.6, 0.04)
    for start in rng.integers(0, steps, rng.poisson(steps / 90)):
        noise[start : start + rng.integers(1, 6)] += rng.exponential(0.5)
    return rng.poisson(10 ** rng.uniform(2, 4.5) * np.exp(week[time % 7] + year + level + noise)).astype(np.float64)


def days_of_a_page(rng: np.random.Generator, steps: int) -> Floats:
    """Views of one page by the day: a weak week, perhaps a year, a level that steps, many bursts, heavy tails."""
    time = np.arange(steps)
    course = rng.normal(0, rng.choice([0.03, 0.1, 0.25]), 7)[time % 7]
    course += rng.choice([0, 0.15, 0.4]) * np.sin(2 * np.pi * (time / 365.25 + rng.uniform()))
    course += np.cumsum(rng.normal(0, rng.choice([0.003, 0.01, 0.03]), steps))
    for start in rng.integers(0, steps, rng.poisson(2)):
        course[start:] += rng.normal(0, 0.3)
    for start in rng.integers(0, steps, rng.poisson(steps / 60)):
        course[start:] += rng.exponential(0.7) * np.exp(-np.arange(steps - start) / rng.uniform(0.5, 8))
    noise = 0.12 * rng.standard_t(3, steps) + _autoregressive(rng, steps, 0.5, 0.07)
    return rng.poisson(np.minimum(10 ** rng.uniform(1, 4) * np.exp(course + noise), 1e8)).astype(np.float64)


def weeks_of_an_economy(rng: np.random.Generator, steps: int) -> Floats:
    """Simulate a weekly economic series: a price, steady growth, seasonal trade, a rate, or a level with shifts."""
    kind = rng.choice(["price", "growth", "trade", "rate", "level"], p=[0.35, 0.2, 0.2, 0.15, 0.1])
    if kind == "price":
        course = np.cumsum(_autoregressive(rng, steps, rng.choice([0, 0, 0.2]), 0.02 * rng.uniform(0.3, 1.5)) + 0.0005)
    elif kind == "growth":
        change = _autoregressive(rng, steps, 0.8, 0.003 * rng.uniform(0.5, 2)) + rng.normal(0.0005, 0.001)
        course = np.cumsum(change) + rng.normal(0, 0.003, steps)
    elif kind == "trade":
        return weeks_with_a_year(rng, steps)
    elif kind == "rate":
        course = _autoregressive(rng, steps, 0.9, 0.05) + rng.normal(0, 0.05, steps)
    else:
        course = np.cumsum(rng.normal(0, 0.02, steps)) + rng.normal(0, 0.06, steps)
        for start in rng.integers(0, steps, 2):
            course[start:] += rng.normal(0, 0.2)
    return 10 ** rng.uniform(2, 4) * np.exp(course)


def days_of_a_counter(rng: np.random.Generator, steps: int) -> Floats:
    """Simulate daily takings with strong weekdays and an almost constant level."""
    week = np.exp(rng.normal(0, 0.5, 7))[np.arange(steps) % 7]
    return 500 * week * np.exp(rng.normal(0, 0.2, steps) + np.cumsum(rng.normal(0, 0.005, steps)))


def days_with_rare_sales(rng: np.random.Generator, steps: int) -> Floats:
    """Simulate rare sales: mostly zero, sometimes a few."""
    return np.where(rng.random(steps) < rng.uniform(0.1, 0.4), np.ceil(rng.lognormal(0.7, 0.6, steps)), 0.0)


def _autoregressive(rng: np.random.Generator, steps: int, persistence: float, spread: float) -> Floats:
    """Simulate first-order autoregressive noise."""
    noise = rng.normal(0, spread, steps)
    for step in range(1, steps):
        noise[step] += persistence * noise[step - 1]
    return noise
