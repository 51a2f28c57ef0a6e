"""Intervals from a series' own errors at earlier origins."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from services.insights_service.domain.arrays import Floats

BY_CHANCE = 0.57  # relative variance of one day's error at an hour, of a normal distribution: pi / 2 - 1
AS_WELL = 3.0  # trials that what is expected of a step's error counts beside its own


@dataclass(frozen=True)
class Doubts:
    """What a width is drawn out by, in parts of it for each usual deviation that its level reaches, squared."""

    unseen: float  # since weights were chosen on the same errors, and the future is unlike them
    few: float  # since errors are few, over how many there really are
    of_origins: float  # and at least, over the square of the origins (six or more): errors of one week prove little


@dataclass(frozen=True)
class Day:
    """The hours of the trials: steps a day, and the step of the forecast's first day at which all trials begin."""

    steps: int
    begin: int


DOUBTS = Doubts(unseen=0.04, few=1.0, of_origins=6.0)
OF_HOURS = Doubts(unseen=0.012, few=1.2, of_origins=0.0)  # tried over a week: a day has hours enough


def widths(
    errors: Floats,
    levels: tuple[float, ...],
    horizon: int,
    *,
    apart: float,
    doubts: Doubts = DOUBTS,
    day: Day | None = None,
) -> Floats:
    """Half widths (n, levels, horizon) from errors (n, origins, trial), where a trial may be shorter than the horizon.

    Errors are measured in a usual error of their step ahead (its own mean, smoothed over neighbours and drawn, where
    trials are few, to the course that their likeness lets expect), and pooled over steps and origins: a level's width
    is that quantile of them. There are fewer errors than it looks, and the weights have seen them, so that a width is
    drawn out, a far level more than a near one. `apart` is as how many trials that do not overlap the origins count: a
    trial whose errors all lie on one side, as of a level that wanders, is one error; one whose errors are all chance
    is as many as its steps. With `day`, errors are measured in the usual error of their hour as well: nights are quiet.
    """
    if day is not None:
        sizes = _sizes_by_hour(errors, day, apart)
        then = sizes[:, (day.begin + np.arange(errors.shape[2])) % day.steps]
        width = widths(errors / then[:, None], levels, horizon, apart=apart, doubts=doubts)
        return width * sizes[:, None, np.arange(horizon) % day.steps]
    series, trial = len(errors), errors.shape[2]
    size = np.abs(errors).mean(axis=1)
    around = max(1, trial // 8)
    padded = np.pad(size, ((0, 0), (around, around)), mode="reflect" if trial > around else "edge")
    sums = np.cumsum(np.pad(padded, ((0, 0), (1, 0))), axis=1)
    smooth = (sums[:, 2 * around + 1 :] - sums[:, :trial]) / (2 * around + 1)
    alike = _alike(errors)
    course = np.arange(1, trial + 1) ** (0.5 * alike[:, None])
    expected = size.mean(axis=1, keepdims=True) * course / course.mean(axis=1, keepdims=True)
    shape = (apart * smooth + AS_WELL * expected) / (apart + AS_WELL)
    relative = np.abs(errors) / np.where(shape > 0, shape, 1.0)[:, None]
    quantiles = np.quantile(relative.reshape(series, -1), [level / 100 for level in levels], axis=1)
    doubt = doubts.few / apart * (alike + (1 - alike) / trial)
    doubt = doubts.unseen + np.maximum(doubt, doubts.of_origins / max(errors.shape[1], 6) ** 2)
    factors = 1 + np.array([tail(level) ** 2 for level in levels])[:, None] * doubt
    return (quantiles * factors).T[:, :, None] * _longer(shape, 0.5 * alike, horizon)[:, None]


def _sizes_by_hour(errors: Floats, day: Day, apart: float) -> Floats:
    """How large errors mostly are (n, steps of the day), beside those of all hours; the forecast begins at the first.

    Neighbouring hours share their errors. Hours differ as far as they differ more than by chance over so few days.
    """
    days = errors.shape[2] // day.steps
    sizes = np.abs(errors[:, :, : days * day.steps]).reshape(len(errors), -1, day.steps).mean(axis=1)
    sizes = np.roll(sizes, day.begin, axis=1)
    sizes = (np.roll(sizes, 1, axis=1) + sizes + np.roll(sizes, -1, axis=1)) / 3
    mean = sizes.mean(axis=1, keepdims=True)
    relative = np.where(mean > 0, sizes / np.where(mean > 0, mean, 1.0), 1.0)
    differ = ((relative - 1) ** 2).mean(axis=1, keepdims=True)
    believed = np.clip(1 - BY_CHANCE / (apart * days) / np.where(differ > 0, differ, 1.0), 0.0, 1.0)
    return 1 + believed * (relative - 1)


def _alike(errors: Floats) -> Floats:
    """How alike the errors of one trial are (n,): 0 where they are chance, 1 where all of a trial are the same."""
    trial = errors.shape[2]
    if trial == 1:
        return np.ones(len(errors))
    power = (errors**2).mean(axis=(1, 2))
    together = (errors.mean(axis=2) ** 2).mean(axis=1) / np.where(power > 0, power, 1.0)
    return np.clip((together * trial - 1) / (trial - 1), 0.0, 1.0)


def _longer(shape: Floats, least: Floats, horizon: int) -> Floats:
    """Usual errors (n, trial) carried on to (n, horizon), growing as they grew over the trial: at least by this power
    of the steps ahead (n,), at most as their root, which is how a wandering level does.
    """
    trial = shape.shape[1]
    if trial >= horizon:
        return shape
    near, far = shape[:, : trial // 2 + 1].mean(axis=1), shape[:, trial // 2 :].mean(axis=1)
    growth = np.log(np.maximum(far, 1e-300) / np.maximum(near, 1e-300)) / np.log(3)
    growth = np.clip(growth, np.maximum(least, 0.1), 0.5)[:, None]
    ahead = (np.arange(trial, horizon) + 1) / (0.75 * trial)
    return np.concatenate([shape, np.maximum(far, shape[:, -1])[:, None] * np.maximum(ahead, 1.0) ** growth], axis=1)


def unproved_widths(past: Floats, season: int, levels: tuple[float, ...], horizon: int) -> Floats:
    """Half widths (n, levels, horizon) for series (n, steps) too short to be tried on themselves.

    With two cycles known a cycle's difference from the one before is what a trial would have shown. With fewer, a
    wandering level: changes over a step, growing with the root of the steps ahead, as wide as so few changes leave in
    doubt. With fewer than two changes the level itself is the measure of what it may change.
    """
    steps = past.shape[1]
    cycles = steps // season - 1
    if season > 1 and cycles > 0:
        apart = (past[:, season:] - past[:, :-season])[:, -cycles * season :]
        return widths(apart.reshape(len(past), cycles, season), levels, horizon, apart=cycles)[:, :, :horizon]
    size = np.abs(past).mean(axis=1) / 2
    if steps > 2:  # noqa: PLR2004 - two changes
        changes = np.sqrt((np.diff(past, axis=1) ** 2).mean(axis=1))
        share = (steps - 1) / (steps + 1)
        size = share * changes + (1 - share) * np.minimum(size, 2 * changes)
    ahead = np.sqrt(np.minimum(np.arange(1, horizon + 1), max(4 * steps, 16)))
    factors = np.array([tail(level) * (1 + 1.5 * tail(level) / max(steps, 2)) for level in levels])
    return size[:, None, None] * factors[None, :, None] * ahead[None, None, :]


def tail(level: float) -> float:
    """How many standard deviations a level in percent reaches to either side of a normal distribution."""
    return NormalDist().inv_cdf(0.5 + level / 200)
