"""Simulated series of people with less common anomalies: shifted days, few mentions, drifting prices, uneven steps."""

import numpy as np
from machine_families import Made
from series_shapes import Random, around, burst, clock, commuting, counts, daily, places, spikes, wander, weekend


def shifted_day(rng: Random) -> Made:
    """Simulate a weekly profile. The anomaly is a day that is hours late, or has another day's profile."""
    n = int(rng.choice([2016, 4032]))
    minutes = 5 if n == 4032 else 15
    a_day = 1440 // minutes
    t = clock(n, minutes)
    mean = 30 + 100 * daily(t, 13, 3.0)
    day = int(n / a_day * rng.uniform(0.5, 0.85)) * a_day
    if rng.random() < 0.5:
        mean[day : day + a_day] = np.roll(mean[day : day + a_day], a_day // 4)
    else:
        mean[day : day + a_day] = 30 + 100 * commuting(t[:a_day])
    return mean + 4 * wander(rng, n, 3) + 2 * rng.normal(size=n), minutes, around(n, [day + a_day // 2])


def mentions(rng: Random) -> Made:
    """Simulate few mentions every five minutes, more while markets are open. Some of the larger news is labelled."""
    n = 15_850
    t = clock(n, 5)
    base = rng.choice([2.0, 8.0, 40.0])
    mean = base * (0.3 + 1.2 * daily(t, 16, 2.5)) * np.where(weekend(t), 0.5, 1.0) * np.exp(0.3 * wander(rng, n, 144))
    x = counts(rng, mean, 0.15) + np.round(spikes(rng, n, 250, 4 * base, 0.9, 3))
    events = places(rng, n, int(rng.integers(2, 5)), 0.18)
    for at in events:
        x += np.round(burst(n, at, base * rng.choice([8, 20, 60]), rng.uniform(2, 40)) * rng.gamma(10, 0.1, n))
    return x, 5, around(n, events)


def thousand_views(rng: Random) -> Made:
    """Simulate the hourly cost of a thousand views: a price that drifts for weeks, and spikes of all sizes."""
    n = int(rng.integers(1500, 1700))
    x = np.exp(-0.5 + 0.35 * wander(rng, n, 80) + 0.15 * wander(rng, n, 2)) + spikes(rng, n, 60, 0.6, 0.8, 0.3)
    events = places(rng, n, int(rng.integers(1, 4)))
    for at in events:
        x += burst(n, at, rng.uniform(2.5, 9), rng.uniform(0.3, 5))
    return x, 60, around(n, events)


def uneven_road(rng: Random) -> Made:
    """Simulate the occupancy of a road at uneven steps with gaps. The anomalies are an unusual jam and a closure."""
    n = int(rng.integers(1100, 2500))
    t = clock(n, 9)
    x = (
        2
        + 14 * commuting(t) * np.exp(0.2 * wander(rng, n, 4))
        + np.abs(rng.normal(size=n))
        + spikes(rng, n, 70, 8, 0.4)
    )
    events = places(rng, n, int(rng.integers(1, 4)), 0.2)
    for at in events:
        x[at : at + int(rng.integers(4, 18))] += rng.uniform(15, 30)
    return np.round(np.clip(x, 0, 100), 2), 9, around(n, events)


def weekly_rides(rng: Random) -> Made:
    """Simulate half-hourly rides with a slowly changing weekly profile; holidays, a storm and crowds are anomalies."""
    n = 48 * int(rng.integers(90, 200))
    t = clock(n, 30)
    grow = np.exp(np.linspace(0, rng.normal() * 0.2, n) + 0.04 * wander(rng, n, 96))
    x = 600 * (0.15 + commuting(t)) * grow * np.exp(0.06 * rng.normal(size=n))
    events = places(rng, n, 4, 0.25)
    lengths = (48, 30, 8, 96)
    for at, factor, length in zip(events, (0.55, 0.2, 2.2, 0.75), lengths, strict=True):
        x[at // 48 * 48 : at // 48 * 48 + length] *= factor
    return np.round(x), 30, around(n, [at // 48 * 48 + 20 for at in events])
