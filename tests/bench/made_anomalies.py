"""A labelled corpus, reproducible by seed: families used in development, held-out families, and unusual ones."""

from collections.abc import Callable

import numpy as np
from anomaly_score import Labelled
from machine_families import (
    Made,
    cpu_periodic_jobs,
    cpu_with_jumps,
    cpu_with_spikes,
    disk_writes,
    drifting_gauge,
    latency,
    machine_temperature,
    misconfigured_group,
    network_bytes,
    noisier,
    nothing_at_all,
    requests,
    room_temperature,
    stopped,
    uneventful,
)
from people_families import (
    click_prices,
    day_with_a_change,
    denser_spikes,
    key_strokes,
    occupancy,
    orders_by_day,
    posts,
    quicker_swing,
    road_speed,
    taxis,
    travel_time,
    visits_by_hour,
)
from series_shapes import Floats, Random, spikes, wander
from unusual_machines import (
    deployed,
    failing_boiler,
    freezing_gauge,
    growing_noise,
    idle_machine,
    leak_and_crash,
    missing_batch,
    only_noise,
    repeated_fault,
    ringing,
    saturated,
    slow_drift,
    sparse_counter,
    spikes_both_ways,
    strange_beginning,
    transfers,
    two_levels,
)
from unusual_people import mentions, shifted_day, thousand_views, uneven_road, weekly_rides

KNOWN: tuple[Callable[[Random], Made], ...] = (
    cpu_with_jumps,
    cpu_with_spikes,
    cpu_periodic_jobs,
    network_bytes,
    machine_temperature,
    requests,
    uneventful,
    nothing_at_all,
    taxis,
    posts,
    posts,
    click_prices,
    click_prices,
    road_speed,
    day_with_a_change,
    day_with_a_change,
    visits_by_hour,
    noisier,
)
HELD_OUT: tuple[Callable[[Random], Made], ...] = (
    disk_writes,
    room_temperature,
    latency,
    misconfigured_group,
    stopped,
    drifting_gauge,
    travel_time,
    occupancy,
    key_strokes,
    denser_spikes,
    quicker_swing,
    orders_by_day,
    uneventful,
)

UNUSUAL: tuple[Callable[[Random], Made], ...] = (
    freezing_gauge,
    growing_noise,
    slow_drift,
    spikes_both_ways,
    shifted_day,
    saturated,
    sparse_counter,
    repeated_fault,
    strange_beginning,
    idle_machine,
    two_levels,
    missing_batch,
    mentions,
    mentions,
    thousand_views,
    uneven_road,
    uneven_road,
    failing_boiler,
    leak_and_crash,
    transfers,
    deployed,
    weekly_rides,
    only_noise,
    ringing,
)


def _more_realistic(rng: Random, values: Floats) -> Floats:
    """Make a series more realistic: unlabelled spikes, small level shifts, and noise that comes and goes."""
    rows, spread, middle = len(values), float(values.std()), float(np.median(values))
    lived = values.copy()
    if rng.random() < 0.6:
        lived += spikes(rng, rows, rows / rng.integers(2, 9), 5.0 * spread, 0.5)
    if rng.random() < 0.5:
        lived = middle + (lived - middle) * np.exp(0.25 * wander(rng, rows, rows / 12))
        for at in rng.integers(0, rows, size=2):
            lived[at:] += rng.normal() * 0.5 * float(np.median(np.abs(values - middle)))
    if values.min() >= 0:
        lived = np.clip(lived, 0.0, None)
    return np.round(lived) if bool(np.all(values == np.round(values))) else lived


def corpus(families: tuple[Callable[[Random], Made], ...], seed: int, each: int) -> list[Labelled]:
    """Return `each` series of every family, the same for the same seed."""
    out: list[Labelled] = []
    for place, family in enumerate(families):
        for k in range(each):
            rng = np.random.default_rng([seed, place, k])
            values, minutes, windows = family(rng)
            if family is not nothing_at_all:
                values = _more_realistic(rng, values)
            stamps = np.datetime64("2024-01-01T00:00") + (np.arange(len(values)) * minutes).astype("timedelta64[m]")
            out.append(Labelled(f"{family.__name__}-{place}-{k}", family.__name__, values, stamps, windows))
    return out
