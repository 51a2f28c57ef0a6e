"""Simulated series of machines with less common anomalies, such as stuck, drifting, saturated or repeated values."""

import numpy as np
from machine_families import Made
from scipy.signal import lfilter
from series_shapes import Floats, Random, around, burst, clock, daily, places, spikes, wander


def freezing_gauge(rng: Random) -> Made:
    """Simulate a noisy gauge that is stuck at one number for hours, within its range."""
    n = 4032
    x = rng.uniform(20, 60) + rng.uniform(1, 4) * wander(rng, n, 30) + rng.uniform(0.3, 1.5) * rng.normal(size=n)
    events = places(rng, n, 1, 0.3)
    x[events[0] : events[0] + int(rng.integers(60, 200))] = x[events[0]]
    return np.round(x, 2), 5, around(n, events)


def growing_noise(rng: Random) -> Made:
    """Simulate noise that grows to a multiple within half a day and stays so for a day."""
    n = 4032
    events = places(rng, n, 1, 0.35)
    ramp = np.clip((np.arange(n) - events[0]) / 144, 0, 1) * (np.arange(n) < events[0] + 400)
    return 50 + 2.0 * wander(rng, n, 2) * (1 + rng.uniform(1.5, 4) * ramp), 5, around(n, [events[0] + 100])


def slow_drift(rng: Random) -> Made:
    """Simulate an hourly figure that leaves its range over two days, and returns over as many."""
    n = int(rng.integers(2000, 7000))
    t = clock(n, 60)
    x = 65 + 2 * daily(t, 15) + 1.5 * wander(rng, n, 40) + 0.4 * rng.normal(size=n)
    events = places(rng, n, 2)
    for at in events:
        bump = np.clip(1 - np.abs(np.arange(n) - at - 48) / 60, 0, 1)
        x += rng.choice([-1, 1]) * rng.uniform(7, 14) * bump
    return x, 60, around(n, [at + 24 for at in events])


def spikes_both_ways(rng: Random) -> Made:
    """Simulate usual upward spikes. The anomalies are one downwards, and one upwards of another size."""
    n = 4032
    x = 60 + 1.5 * wander(rng, n, 3) + spikes(rng, n, 120, 10, 0.3)
    events = places(rng, n, 3)
    for at, height in zip(events, (-18, 45, -12), strict=True):
        x += burst(n, at, height * rng.uniform(0.8, 1.3), rng.uniform(1, 4))
    return x, 5, around(n, events)


def saturated(rng: Random) -> Made:
    """Simulate a processor under varying load. The anomaly is half a day at its limit."""
    n = 4032
    t = clock(n, 5)
    x = 25 + 30 * daily(t, 14) * rng.choice([0, 1]) + 6 * wander(rng, n, 12) + spikes(rng, n, 200, 15)
    events = places(rng, n, 1)
    x[events[0] : events[0] + int(rng.integers(60, 180))] = 100 - np.abs(0.3 * rng.normal())
    return np.clip(x, 0, 100), 5, around(n, events)


def sparse_counter(rng: Random) -> Made:
    """Simulate mostly zeros and a few counts. The anomalies are a very high count, and many counts for hours."""
    n = 4032
    x = rng.poisson(np.where(rng.random(n) < 0.06, 4.0 * rng.gamma(1.0, 1.0, n), 0.02)).astype(float)
    events = places(rng, n, 2)
    x[events[0] : events[0] + 3] += rng.poisson(60, 3)
    x[events[1] : events[1] + 60] += rng.poisson(4, 60)
    return x, 5, around(n, events)


def repeated_fault(rng: Random) -> Made:
    """Simulate the same fault four times."""
    n = 4032
    x = 30 + 2 * wander(rng, n, 8) + spikes(rng, n, 400, 6)
    events = places(rng, n, 4, 0.2)
    length, height = int(rng.integers(3, 30)), rng.choice([-1, 1]) * rng.uniform(12, 25)
    for at in events:
        x[at : at + length] += height
    return np.clip(x, 0, None), 5, around(n, events)


def strange_beginning(rng: Random) -> Made:
    """Simulate a machine whose first tenth, its setup, is unlike the rest. The anomalies are a spike and a step."""
    n = 4032
    x = 20 + 1.5 * wander(rng, n, 5) + spikes(rng, n, 300, 5)
    begin = int(n * rng.uniform(0.03, 0.12))
    kind = int(rng.integers(3))
    x[:begin] = (0.0, 80 + 20 * rng.normal(size=begin), 20 + 15 * np.abs(rng.normal(size=begin)))[kind]
    events = places(rng, n, 2, 0.3)
    x += burst(n, events[0], rng.uniform(25, 50), rng.uniform(1, 6))
    x[events[1] :] += rng.uniform(8, 15)
    return np.clip(x, 0, None), 5, around(n, events)


def idle_machine(rng: Random) -> Made:
    """Simulate an idle gauge in steps of a smallest unit, with small spikes. The anomaly is a tenfold spike."""
    n = 4032
    x = rng.choice([0.066, 0.132, 0.134], p=[0.3, 0.6, 0.1], size=n) + np.round(spikes(rng, n, 120, 0.5, 0.7, 0.2), 3)
    events = places(rng, n, 2)
    x[events[0]] += rng.uniform(1.8, 2.6)
    x[events[1] : events[1] + 36] += 0.3
    return x, 5, around(n, events)


def two_levels(rng: Random) -> Made:
    """Simulate a load that alternates between two levels every few hours. The anomaly is a third level."""
    n = 4032
    flips = np.cumsum(rng.random(n) < 1 / rng.integers(30, 90)) % 2
    x = 30 + 20 * flips + 1.5 * wander(rng, n, 2)
    events = places(rng, n, 1, 0.3)
    x[events[0] : events[0] + 40] = rng.choice([8, 75]) + 1.5 * rng.normal(size=40)
    return x, 5, around(n, events)


def missing_batch(rng: Random) -> Made:
    """Simulate an hourly job. The anomaly is half a day without it, or runs of three times the length."""
    n = 4032
    phase = np.arange(n) % 12
    x = 10 + rng.normal(size=n) + np.where(phase < 2, 40.0 + 4 * rng.normal(size=n), 0.0)
    events = places(rng, n, 2, 0.3)
    x[events[0] : events[0] + 144] = 10 + rng.normal(size=144)
    part = slice(events[1], events[1] + 72)
    x[part] = np.where(phase[part] < 7, 50.0, 10.0) + rng.normal(size=72)
    return x, 5, around(n, events)


def failing_boiler(rng: Random) -> Made:
    """Simulate a regulated temperature. It falls for hours before a failure, and does not rise after a planned stop."""
    n = int(rng.integers(8000, 22_000))
    x = 90 + 5 * wander(rng, n, 900) + 2.5 * wander(rng, n, 40) + 0.6 * rng.normal(size=n)
    events = places(rng, n, 3)
    x[events[0] : events[0] + 200] -= 50 * np.exp(-np.arange(200) / 80)
    fall = np.clip((np.arange(n) - events[1] + 150) / 300, 0, 1) * (np.arange(n) < events[1] + 160)
    x -= 40 * fall
    x[events[2] : events[2] + 500] -= 15
    return np.clip(x, 0, 110), 5, around(n, [events[0], events[1], events[2] + 40])


def leak_and_crash(rng: Random) -> Made:
    """Simulate memory that fills over days until the process restarts. The anomaly is a fill in half the time."""
    n = 4032
    x, level = np.zeros(n), 20.0
    events = places(rng, n, 1, 0.45)
    for at in range(n):
        quick = events[0] <= at < events[0] + 200
        level += rng.uniform(0.02, 0.08) * (8 if quick else 1)
        if level > (95 if quick else 70):
            level = 20.0
        x[at] = level
    return x + 0.5 * rng.normal(size=n), 5, around(n, [events[0] + 60])


def transfers(rng: Random) -> Made:
    """Simulate network input with transfers at odd times. The anomalies are a larger one, and one that lasts a day."""
    n = 4032
    x = 2e5 * np.exp(0.5 * wander(rng, n, 2))
    for at in np.flatnonzero(rng.random(n) < 1 / 250):
        x[at : at + 12] += 3e6 * rng.uniform(0.7, 1.3)
    events = places(rng, n, 2)
    x[events[0] : events[0] + 6] += 1.5e7
    x[events[1] : events[1] + 200] += 3e6
    return x, 5, around(n, events)


def deployed(rng: Random) -> Made:
    """Simulate a level with small shifts each day. The anomaly is one that doubles it for good."""
    n = 4032
    x = 40 + 1.2 * wander(rng, n, 2) + spikes(rng, n, 500, 8)
    for at in range(288, n, 288):
        x[at:] += 1.5 * rng.normal()
    events = places(rng, n, 1, 0.3)
    x[events[0] :] += rng.choice([-1, 1.5]) * rng.uniform(12, 20)
    return np.clip(x, 0, None), 5, around(n, events)


def only_noise(rng: Random) -> Made:
    """Simulate a series without anomalies: a random walk, heavy-tailed noise, a sawtooth, or intermittent noise."""
    n = 4032
    kind = int(rng.integers(4))
    if kind == 0:
        x: Floats = 50 + np.cumsum(rng.normal(size=n)) * 0.3
    elif kind == 1:
        x = 50 + 3 * rng.standard_t(3, n)
    elif kind == 2:
        x = (np.arange(n) % int(rng.integers(50, 200))) * 0.5 + rng.normal(size=n)
    else:
        x = 50 + rng.normal(size=n) * np.exp(0.8 * wander(rng, n, 60))
    return x, 5, ()


def ringing(rng: Random) -> Made:
    """Simulate a regulated value that begins to oscillate."""
    n = 4032
    x = 40 + np.asarray(lfilter([1.0], [1.0, -0.9], rng.normal(size=n)))
    events = places(rng, n, 1, 0.3)
    length = int(rng.integers(80, 250))
    x[events[0] : events[0] + length] += rng.uniform(6, 10) * np.sin(np.arange(length) * rng.uniform(0.3, 1.0))
    return x, 5, around(n, events)
