"""Simulated series of machines: processors, disks, networks, temperatures. Each family is a function of a generator."""

import numpy as np
from series_shapes import Floats, Random, around, burst, clock, counts, daily, places, spikes, wander

Made = tuple[
    Floats, float, tuple[tuple[int, int], ...]
]  # The values, the minutes of a step, and the windows of anomalies.


def cpu_with_jumps(rng: Random) -> Made:
    """Simulate a calm processor whose level shifts once or twice for good."""
    n = 4032
    x = rng.uniform(10, 60) + rng.uniform(0.5, 2) * wander(rng, n, 3) + spikes(rng, n, 300, 6)
    events = places(rng, n, int(rng.integers(1, 3)))
    for at in events:
        x[at:] += rng.choice([-1, 1]) * rng.uniform(6, 15)
    return np.clip(x, 0, 100), 5, around(n, events)


def cpu_with_spikes(rng: Random) -> Made:
    """Simulate jobs that spike now and then. The anomalies are two spikes that are far higher or far longer."""
    n = 4032
    base = rng.uniform(2, 8)
    x = base + 0.3 * wander(rng, n, 1) + spikes(rng, n, 80, 2 * base, 0.4) + spikes(rng, n, 900, 4 * base, 0.2)
    events = places(rng, n, 2)
    x += burst(n, events[0], 12 * base, 3)
    x[events[1] : events[1] + int(rng.integers(15, 60))] += 4 * base
    return np.clip(x, 0, 100), 5, around(n, events)


def cpu_periodic_jobs(rng: Random) -> Made:
    """Simulate a job every few hours. The anomaly is that it fails to run, or does not stop."""
    n = 4032
    every = int(rng.integers(36, 96))
    x = 15 + 1.0 * wander(rng, n, 2)
    running = (np.arange(n) % every) < every // 4
    events = places(rng, n, 1, 0.4)
    stuck = slice(events[0], events[0] + 3 * every)
    running[stuck] = rng.random() < 0.5
    return x + 35 * running, 5, around(n, events)


def network_bytes(rng: Random) -> Made:
    """Simulate heavy-tailed traffic with a nightly copy. The anomalies are the highest burst so far, and a silence."""
    n = 4032
    x = np.exp(13 + 0.6 * wander(rng, n, 4)) + (np.arange(n) % 288 < 4) * 6e6 + spikes(rng, n, 200, 3e6, 0.6)
    events = places(rng, n, 2)
    x += burst(n, events[0], 5e7, 2)
    x[events[1] : events[1] + 90] *= 0.02
    return x, 5, around(n, events)


def disk_writes(rng: Random) -> Made:
    """Simulate mostly zeros with bursts of every size. The anomaly is a series of large bursts."""
    n = 4730
    x = spikes(rng, n, 25, 1e6, 1.0, 0.3)
    events = places(rng, n, 1)
    for k in range(int(rng.integers(3, 8))):
        x += burst(n, events[0] + 7 * k, 3e7, 1)
    return x, 5, around(n, events)


def requests(rng: Random) -> Made:
    """Simulate a load balancer's requests with a daily profile. The anomalies are a flood and an outage."""
    n = 4032
    t = clock(n, 5)
    x = counts(rng, 20 + 120 * daily(t), 0.05) + spikes(rng, n, 150, 80, 0.5)
    events = places(rng, n, 2)
    x += np.round(burst(n, events[0], 600, 8))
    x[events[1] : events[1] + 20] *= 0.05
    return np.round(x), 5, around(n, events)


def machine_temperature(rng: Random) -> Made:
    """Simulate a slowly wandering temperature. The anomalies are breakdowns, after a day's decline or suddenly."""
    n = 22000
    x = 85 + 7 * wander(rng, n, 600) + 1.2 * wander(rng, n, 10)
    events = places(rng, n, 3)
    x[events[0] : events[0] + 250] -= rng.uniform(40, 60)
    sag = np.clip((np.arange(n) - (events[1] - 400)) / 400, 0, 1) * (np.arange(n) < events[1] + 200)
    x -= 25 * sag + 25 * ((np.arange(n) >= events[1]) & (np.arange(n) < events[1] + 200))
    x[events[2] : events[2] + 30] -= 45
    return np.clip(x, 0, 110), 5, around(n, events)


def room_temperature(rng: Random) -> Made:
    """Simulate an hourly temperature with a yearly season. It leaves its range for a day, or swings faster."""
    n = 7200
    t = clock(n, 60)
    x = (
        71
        + 4 * np.sin(t / 1440 / 365 * 2 * np.pi * 2)
        + 1.0 * daily(t, 16)
        + 1.3 * wander(rng, n, 30)
        + 0.3 * rng.normal(size=n)
    )
    events = places(rng, n, 2)
    x[events[0] : events[0] + 30] += rng.choice([-1, 1]) * 10
    x[events[1] : events[1] + 60] += 4 * np.sin(np.arange(60) * 1.2)
    return x, 60, around(n, events)


def latency(rng: Random) -> Made:
    """Simulate a latency of about 45 ms with spikes. The anomalies are three slow episodes."""
    n = 4032
    x = 45 + 1.5 * wander(rng, n, 6) + spikes(rng, n, 250, 5, 0.5)
    events = places(rng, n, 3)
    for at in events:
        x += burst(n, at, rng.uniform(15, 50), rng.uniform(2, 12))
    return x, 5, around(n, events)


def misconfigured_group(rng: Random) -> Made:
    """Simulate the load of machines with a daily profile. The anomaly is a time of high and restless load."""
    n = 18000
    t = clock(n, 5)
    x = 30 + 25 * daily(t, 15, 2) + 3 * wander(rng, n, 4) + spikes(rng, n, 500, 12)
    events = places(rng, n, 1)
    x[events[0] : events[0] + 500] += 18 + 8 * wander(rng, 500, 2)
    return np.clip(x, 0, 100), 5, around(n, events)


def stopped(rng: Random) -> Made:
    """Simulate a gauge that gets stuck, or falls to zero."""
    n = 4600
    x = rng.uniform(20, 40) + 3 * wander(rng, n, 20) + 1.0 * rng.normal(size=n)
    events = places(rng, n, 2)
    x[events[0] : events[0] + 120] = x[events[0]]
    x[events[1] : events[1] + 150] = 0.0
    return x, 5, around(n, events)


def noisier(rng: Random) -> Made:
    """Simulate noise that doubles or triples for half a day without a change of level."""
    n = 4032
    x = 50 + 2.0 * rng.normal(size=n)
    events = places(rng, n, 1)
    x[events[0] : events[0] + 140] = 50 + rng.uniform(4.5, 7) * rng.normal(size=140)
    return x, 5, around(n, events)


def drifting_gauge(rng: Random) -> Made:
    """Simulate a level that climbs for days, as with a memory leak, and then falls back at once."""
    n = 4032
    x = 20 + 1.0 * wander(rng, n, 4) + spikes(rng, n, 400, 4)
    events = places(rng, n, 1, 0.4)
    x += np.clip((np.arange(n) - events[0]) / 250, 0, 1) * 14 * (np.arange(n) < events[0] + 400)
    return x, 5, around(n, events)


def uneventful(rng: Random) -> Made:
    """Simulate a noisy machine without anomalies."""
    n = 4032
    t = clock(n, 5)
    x = (
        40
        + rng.choice([0, 20]) * daily(t)
        + rng.uniform(0.1, 3) * wander(rng, n, rng.uniform(0.5, 10))
        + spikes(rng, n, 250, 5)
    )
    return x, 5, ()


def nothing_at_all(rng: Random) -> Made:
    """Simulate a constant for two weeks, or the same square wave every day, without anomalies."""
    n = 4032
    flat = np.full(n, 45.0)
    return (flat if rng.random() < 0.5 else np.where(np.arange(n) % 288 < 120, 80.0, 20.0)), 5, ()
