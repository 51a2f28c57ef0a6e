"""Simulated series of people: taxis, posts, clicks, roads, keys. Each family is a function of a generator."""

import numpy as np
from machine_families import Made
from series_shapes import (
    Floats,
    Random,
    around,
    burst,
    clock,
    commuting,
    counts,
    daily,
    places,
    spikes,
    wander,
    weekend,
)


def taxis(rng: Random) -> Made:
    """Simulate half-hourly rides over seven months. The anomalies are holidays, a storm and a race."""
    n = 10320
    t = clock(n, 30)
    mean = 2500 + 14000 * (commuting(t) + 0.6 * daily(t, 21.0)) * (1 + 0.05 * wander(rng, n, 96))
    x = mean * np.exp(0.03 * rng.normal(size=n))
    events = [at // 48 * 48 for at in places(rng, n, 5, 0.35)]
    for at, factor, length in zip(events, (0.6, 0.45, 0.7, 0.15, 1.7), (48, 48, 48, 40, 6), strict=True):
        x[at : at + length] *= factor
    return np.round(x), 30, around(n, [at + 24 for at in events])


def posts(rng: Random) -> Made:
    """Simulate mentions of a firm every five minutes, with news of every size. The anomalies are four great news."""
    n = 15800
    t = clock(n, 5)
    x = counts(rng, (10 + 60 * daily(t, 16)) * np.where(weekend(t), 0.7, 1.0) * np.exp(0.2 * wander(rng, n, 60)), 0.08)
    x += np.round(spikes(rng, n, 350, 50, 0.7, 4))
    events = places(rng, n, 4, 0.18)
    for at in events:
        x += np.round(burst(n, at, 250 * np.exp(0.9 * rng.normal()), rng.uniform(3, 30)))
    return x, 5, around(n, events)


def click_prices(rng: Random) -> Made:
    """Simulate the hourly cost of a click, with skewed noise and spikes. The anomalies are a few extreme prices."""
    n = 1600
    t = clock(n, 60)
    x = 0.09 * np.exp(0.25 * wander(rng, n, 3) + 0.15 * rng.normal(size=n)) * (1 + 0.3 * daily(t, 20)) + spikes(
        rng, n, 120, 0.08
    )
    events = places(rng, n, int(rng.integers(1, 4)))
    for at in events:
        x += burst(n, at, rng.uniform(0.5, 2.5), rng.uniform(0.4, 2))
    return x, 60, around(n, events)


def road_speed(rng: Random) -> Made:
    """Simulate the speed on a road at uneven steps, slower at rush hours. The anomaly is an accident."""
    n = 2500
    t = clock(n, 8)
    x = 68 - 14 * commuting(t) + 3.5 * rng.normal(size=n) - spikes(rng, n, 120, 10, 0.3, 1)
    events = places(rng, n, int(rng.integers(1, 3)))
    for at in events:
        x[at : at + 20] -= rng.uniform(25, 40)
    return np.clip(np.round(x), 2, 90), 8, around(n, events)


def travel_time(rng: Random) -> Made:
    """Simulate travel times with jams of every size. The anomalies are jams that last for hours."""
    n = 2400
    t = clock(n, 10)
    x = 200 + 120 * commuting(t) + np.exp(2.5 + 0.8 * wander(rng, n, 2)) + spikes(rng, n, 90, 150, 0.5, 1)
    events = places(rng, n, 3, 0.2)
    for at in events:
        x += burst(n, at, rng.uniform(900, 2500), rng.uniform(3, 12))
    return np.round(x), 10, around(n, events)


def occupancy(rng: Random) -> Made:
    """Simulate the occupancy of a road. The anomaly is a rush hour with an empty road."""
    n = 2400
    t = clock(n, 5)
    x = 3 + 12 * commuting(t) * np.exp(0.25 * wander(rng, n, 5)) + 0.8 * rng.normal(size=n)
    events = places(rng, n, 1, 0.4)
    x[events[0] : events[0] + 25] += 18
    return np.clip(x, 0, None), 5, around(n, events)


def key_strokes(rng: Random) -> Made:
    """Simulate how long keys are held, nearly constant. The anomaly is another person typing."""
    n = int(rng.integers(1900, 5300))
    x = np.exp(-3.2 + 0.25 * wander(rng, n, 1) + 0.2 * rng.normal(size=n)) + spikes(rng, n, 200, 0.3, 0.8, 0.3)
    events = places(rng, n, 2)
    for at in events:
        x[at : at + 40] *= np.exp(0.5 + 0.5 * rng.normal(size=40))
    return x, 5, around(n, events)


def _office(rng: Random, n: int, noise: float) -> Floats:
    hour = (clock(n, 5) / 60.0) % 24
    return np.where((hour >= 9) & (hour < 18), 80.0, 20.0) + noise * rng.uniform(-1, 1, size=n)


def day_with_a_change(rng: Random) -> Made:
    """Simulate a profile of office hours. The anomaly is a day that is higher, lower, flat or missing."""
    n = 4032
    x = _office(rng, n, 8.0)
    day = int(rng.integers(9, 12)) * 288
    kind = int(rng.integers(4))
    if kind == 0:
        x[day + 108 : day + 216] += 40
    elif kind == 1:
        x[day + 108 : day + 216] -= 40
    elif kind == 2:
        x[day + 108 : day + 216] = 20.0 + 8.0 * rng.uniform(-1, 1, size=108)
    else:
        x[day + 108 : day + 216] = 45.0
    return x, 5, around(n, [day + 150])


def denser_spikes(rng: Random) -> Made:
    """Simulate spikes. The anomaly is a time with many more of them, of the usual height."""
    n = 4032
    x = np.where(rng.random(n) < 0.012, 20.0, 0.0)
    events = places(rng, n, 1, 0.4)
    x[events[0] : events[0] + 290] = np.where(rng.random(290) < 0.12, 20.0, 0.0)
    return x + 0.3 * rng.random(n), 5, around(n, events)


def quicker_swing(rng: Random) -> Made:
    """Simulate an oscillation. The anomaly is a time of twice its frequency, with the same amplitude."""
    n = 4032
    events = places(rng, n, 1, 0.4)
    speed = np.ones(n)
    speed[events[0] : events[0] + 300] = 2.2
    return 50 + 10 * np.sin(np.cumsum(speed) * 2 * np.pi / 96) + 1.5 * rng.normal(size=n), 5, around(n, events)


def visits_by_hour(rng: Random) -> Made:
    """Simulate a shop's hourly visits. The anomalies are a day without any, and a sale."""
    n = 2400
    t = clock(n, 60)
    x = counts(
        rng, 60 * (0.15 + 1.5 * daily(t, 19)) * np.where(weekend(t), 1.3, 1.0) * np.exp(0.1 * wander(rng, n, 48)), 0.02
    )
    events = places(rng, n, 2, 0.3)
    x[events[0] : events[0] + 8] = 0
    x[events[1] : events[1] + 24] = np.round(x[events[1] : events[1] + 24] * 1.8)
    return x, 60, around(n, events)


def orders_by_day(rng: Random) -> Made:
    """Simulate growing daily orders over three years. The anomalies are two campaigns and a broken form."""
    n = 1100
    t = clock(n, 1440)
    mean: Floats = (80 + 0.064 * np.arange(n, dtype=np.float64)) * np.where(weekend(t), 0.6, 1.0)
    x = counts(rng, mean, 0.02)
    events = places(rng, n, 3, 0.3)
    x[events[0] : events[0] + 3] *= 2.2
    x[events[1] : events[1] + 2] *= 0.3
    x[events[2] : events[2] + 20] *= 1.6
    return np.round(x), 1440, around(n, events)
