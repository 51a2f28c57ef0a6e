"""Made series of machines: processors, disks, networks, temperatures. Each family is a function of rows from a seed."""

import numpy as np
from series_shapes import Floats, Random, around, burst, clock, counts, daily, places, spikes, wander

Made = tuple[Floats, float, tuple[tuple[int, int], ...]]  # values, minutes of a step, windows


def cpu_with_jumps(rng: Random) -> Made:
    """A calm processor whose level jumps, once or twice, and stays."""
    n = 4032
    x = rng.uniform(10, 60) + rng.uniform(0.5, 2) * wander(rng, n, 3) + spikes(rng, n, 300, 6)
    events = places(rng, n, int(rng.integers(1, 3)))
    for at in events:
        x[at:] += rng.choice([-1, 1]) * rng.uniform(6, 15)
    return np.clip(x, 0, 100), 5, around(n, events)


def cpu_with_spikes(rng: Random) -> Made:
    """Jobs that spike now and then as ever; twice something spikes far higher, or for far longer."""
    n = 4032
    base = rng.uniform(2, 8)
    x = base + 0.3 * wander(rng, n, 1) + spikes(rng, n, 80, 2 * base, 0.4) + spikes(rng, n, 900, 4 * base, 0.2)
    events = places(rng, n, 2)
    x += burst(n, events[0], 12 * base, 3)
    x[events[1] : events[1] + int(rng.integers(15, 60))] += 4 * base
    return np.clip(x, 0, 100), 5, around(n, events)


def cpu_periodic_jobs(rng: Random) -> Made:
    """A job every few hours that one day fails to run, or runs on."""
    n = 4032
    every = int(rng.integers(36, 96))
    x = 15 + 1.0 * wander(rng, n, 2)
    running = (np.arange(n) % every) < every // 4
    events = places(rng, n, 1, 0.4)
    stuck = slice(events[0], events[0] + 3 * every)
    running[stuck] = rng.random() < 0.5
    return x + 35 * running, 5, around(n, events)


def network_bytes(rng: Random) -> Made:
    """Heavy-tailed traffic with a nightly copy; a burst higher than all before, and a silence."""
    n = 4032
    x = np.exp(13 + 0.6 * wander(rng, n, 4)) + (np.arange(n) % 288 < 4) * 6e6 + spikes(rng, n, 200, 3e6, 0.6)
    events = places(rng, n, 2)
    x += burst(n, events[0], 5e7, 2)
    x[events[1] : events[1] + 90] *= 0.02
    return x, 5, around(n, events)


def disk_writes(rng: Random) -> Made:
    """Mostly nothing, with bursts of every size; the anomaly is a series of large ones."""
    n = 4730
    x = spikes(rng, n, 25, 1e6, 1.0, 0.3)
    events = places(rng, n, 1)
    for k in range(int(rng.integers(3, 8))):
        x += burst(n, events[0] + 7 * k, 3e7, 1)
    return x, 5, around(n, events)


def requests(rng: Random) -> Made:
    """Requests of a load balancer by day and night; a flood, and an outage."""
    n = 4032
    t = clock(n, 5)
    x = counts(rng, 20 + 120 * daily(t), 0.05) + spikes(rng, n, 150, 80, 0.5)
    events = places(rng, n, 2)
    x += np.round(burst(n, events[0], 600, 8))
    x[events[1] : events[1] + 20] *= 0.05
    return np.round(x), 5, around(n, events)


def machine_temperature(rng: Random) -> Made:
    """A slowly wandering temperature; it sags for a day before it breaks down, and breaks down at once elsewhere."""
    n = 22000
    x = 85 + 7 * wander(rng, n, 600) + 1.2 * wander(rng, n, 10)
    events = places(rng, n, 3)
    x[events[0] : events[0] + 250] -= rng.uniform(40, 60)
    sag = np.clip((np.arange(n) - (events[1] - 400)) / 400, 0, 1) * (np.arange(n) < events[1] + 200)
    x -= 25 * sag + 25 * ((np.arange(n) >= events[1]) & (np.arange(n) < events[1] + 200))
    x[events[2] : events[2] + 30] -= 45
    return np.clip(x, 0, 110), 5, around(n, events)


def room_temperature(rng: Random) -> Made:
    """Hourly, with a season of months; leaves its range for a day, or swings faster."""
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
    """A latency about 45 ms with its spikes; three episodes of slowness."""
    n = 4032
    x = 45 + 1.5 * wander(rng, n, 6) + spikes(rng, n, 250, 5, 0.5)
    events = places(rng, n, 3)
    for at in events:
        x += burst(n, at, rng.uniform(15, 50), rng.uniform(2, 12))
    return x, 5, around(n, events)


def misconfigured_group(rng: Random) -> Made:
    """A group of machines whose load follows the day, and once stays high and restless."""
    n = 18000
    t = clock(n, 5)
    x = 30 + 25 * daily(t, 15, 2) + 3 * wander(rng, n, 4) + spikes(rng, n, 500, 12)
    events = places(rng, n, 1)
    x[events[0] : events[0] + 500] += 18 + 8 * wander(rng, 500, 2)
    return np.clip(x, 0, 100), 5, around(n, events)


def stopped(rng: Random) -> Made:
    """A gauge that stands still, or falls to nothing."""
    n = 4600
    x = rng.uniform(20, 40) + 3 * wander(rng, n, 20) + 1.0 * rng.normal(size=n)
    events = places(rng, n, 2)
    x[events[0] : events[0] + 120] = x[events[0]]
    x[events[1] : events[1] + 150] = 0.0
    return x, 5, around(n, events)


def noisier(rng: Random) -> Made:
    """Noise that doubles or triples for half a day without any change of level."""
    n = 4032
    x = 50 + 2.0 * rng.normal(size=n)
    events = places(rng, n, 1)
    x[events[0] : events[0] + 140] = 50 + rng.uniform(4.5, 7) * rng.normal(size=140)
    return x, 5, around(n, events)


def drifting_gauge(rng: Random) -> Made:
    """A level that climbs over days as memory that leaks does, then falls back at once."""
    n = 4032
    x = 20 + 1.0 * wander(rng, n, 4) + spikes(rng, n, 400, 4)
    events = places(rng, n, 1, 0.4)
    x += np.clip((np.arange(n) - events[0]) / 250, 0, 1) * 14 * (np.arange(n) < events[0] + 400)
    return x, 5, around(n, events)


def uneventful(rng: Random) -> Made:
    """A noisy machine to which nothing happens."""
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
    """One number for two weeks, or the same square wave every day."""
    n = 4032
    flat = np.full(n, 45.0)
    return (flat if rng.random() < 0.5 else np.where(np.arange(n) % 288 < 120, 80.0, 20.0)), 5, ()
