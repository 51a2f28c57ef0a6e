"""Prediction intervals from a series' own errors at earlier origins."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from services.insights_service.domain.arrays import Floats

CHANCE_VARIANCE = 0.57  # Relative variance of the absolute value of a normal variable: pi / 2 - 1.
PRIOR_TRIALS = 3.0  # Weight, in trials, of the expected size of a step's error against its own.


@dataclass(frozen=True)
class Doubts:
    """Relative widening of intervals, for each squared standard deviation that their level reaches."""

    unseen: float  # Because weights were chosen on the same errors, and the future differs from them.
    few: float  # Because errors are few; divided by their effective number.
    of_origins: float  # The least of the former; divided by the square of the number of origins, six at least.


@dataclass(frozen=True)
class Day:
    """Steps a day, and at which of them, counted from the forecast's first step, all trials begin."""

    steps: int
    begin: int


DOUBTS = Doubts(unseen=0.04, few=1.0, of_origins=6.0)
OF_HOURS = Doubts(unseen=0.012, few=1.2, of_origins=0.0)  # For trials over a week, which have enough hours.


def widths(
    errors: Floats,
    levels: tuple[float, ...],
    horizon: int,
    *,
    apart: float,
    doubts: Doubts = DOUBTS,
    day: Day | None = None,
) -> Floats:
    """Return half widths (n, levels, horizon) from errors (n, origins, trial); a trial may be shorter than the horizon.

    Absolute errors are divided by the usual error of their step ahead, and pooled over steps and origins. The width of
    a level is its quantile of them. The usual error is the step's own mean, smoothed over its neighbours and, if there
    are few trials, shrunk towards the growth that the correlation within trials implies.

    Intervals are then widened, more for higher levels, since errors are correlated and the weights were fitted to them.
    `apart` is the equivalent number of trials that do not overlap. A trial whose errors are fully correlated, as those
    of a level that moved, counts as one error; one with independent errors counts as many as its steps. With `day`,
    errors are also divided by the usual error of their hour of the day, since nights are quiet.
    """
    if day is not None:
        sizes = _sizes_by_hour(errors, day, apart)
        trial_sizes = sizes[:, (day.begin + np.arange(errors.shape[2])) % day.steps]
        width = widths(errors / trial_sizes[:, None], levels, horizon, apart=apart, doubts=doubts)
        return width * sizes[:, None, np.arange(horizon) % day.steps]
    series, trial = len(errors), errors.shape[2]
    size = np.abs(errors).mean(axis=1)
    half_window = max(1, trial // 8)
    padded = np.pad(size, ((0, 0), (half_window, half_window)), mode="reflect" if trial > half_window else "edge")
    sums = np.cumsum(np.pad(padded, ((0, 0), (1, 0))), axis=1)
    smooth = (sums[:, 2 * half_window + 1 :] - sums[:, :trial]) / (2 * half_window + 1)
    correlation = _correlation_within(errors)
    growth_curve = np.arange(1, trial + 1) ** (0.5 * correlation[:, None])
    expected = size.mean(axis=1, keepdims=True) * growth_curve / growth_curve.mean(axis=1, keepdims=True)
    shape = (apart * smooth + PRIOR_TRIALS * expected) / (apart + PRIOR_TRIALS)
    relative = np.abs(errors) / np.where(shape > 0, shape, 1.0)[:, None]
    quantiles = np.quantile(relative.reshape(series, -1), [level / 100 for level in levels], axis=1)
    widening = doubts.few / apart * (correlation + (1 - correlation) / trial)
    widening = doubts.unseen + np.maximum(widening, doubts.of_origins / max(errors.shape[1], 6) ** 2)
    factors = 1 + np.array([tail(level) ** 2 for level in levels])[:, None] * widening
    return (quantiles * factors).T[:, :, None] * _extrapolated(shape, 0.5 * correlation, horizon)[:, None]


def _sizes_by_hour(errors: Floats, day: Day, apart: float) -> Floats:
    """Return the mean absolute error of each hour relative to all, (n, steps a day), from the forecast's first step on.

    They are smoothed over neighbouring hours, and shrunk towards 1 by the part of their variance that is due to chance.
    """
    days = errors.shape[2] // day.steps
    sizes = np.abs(errors[:, :, : days * day.steps]).reshape(len(errors), -1, day.steps).mean(axis=1)
    sizes = np.roll(sizes, day.begin, axis=1)
    sizes = (np.roll(sizes, 1, axis=1) + sizes + np.roll(sizes, -1, axis=1)) / 3
    mean = sizes.mean(axis=1, keepdims=True)
    relative = np.where(mean > 0, sizes / np.where(mean > 0, mean, 1.0), 1.0)
    variance = ((relative - 1) ** 2).mean(axis=1, keepdims=True)
    shrinkage = np.clip(1 - CHANCE_VARIANCE / (apart * days) / np.where(variance > 0, variance, 1.0), 0.0, 1.0)
    return 1 + shrinkage * (relative - 1)


def _correlation_within(errors: Floats) -> Floats:
    """Return the correlation of errors within trials (n,): 0 if independent, 1 if all errors of a trial are equal."""
    trial = errors.shape[2]
    if trial == 1:
        return np.ones(len(errors))
    power = (errors**2).mean(axis=(1, 2))
    between = (errors.mean(axis=2) ** 2).mean(axis=1) / np.where(power > 0, power, 1.0)
    return np.clip((between * trial - 1) / (trial - 1), 0.0, 1.0)


def _extrapolated(shape: Floats, least_power: Floats, horizon: int) -> Floats:
    """Extrapolate usual errors (n, trial) to (n, horizon), growing by a power of the steps ahead as in the trial.

    The power is at least `least_power` (n,) and at most one half, as for a random walk.
    """
    trial = shape.shape[1]
    if trial >= horizon:
        return shape
    near, far = shape[:, : trial // 2 + 1].mean(axis=1), shape[:, trial // 2 :].mean(axis=1)
    growth = np.log(np.maximum(far, 1e-300) / np.maximum(near, 1e-300)) / np.log(3)
    growth = np.clip(growth, np.maximum(least_power, 0.1), 0.5)[:, None]
    ahead = (np.arange(trial, horizon) + 1) / (0.75 * trial)
    return np.concatenate([shape, np.maximum(far, shape[:, -1])[:, None] * np.maximum(ahead, 1.0) ** growth], axis=1)


def unproved_widths(past: Floats, season: int, levels: tuple[float, ...], horizon: int) -> Floats:
    """Return half widths (n, levels, horizon) for series (n, steps) that are too short for trials.

    With two cycles or more, the differences between consecutive cycles serve as the errors of trials. With less, the
    series is taken for a random walk: the size of its changes grows with the root of the steps ahead, and widths are
    widened because changes are few. With fewer than two changes, their size is derived from the level.
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
    """Return the number of standard deviations on either side of the mean that hold `level` percent of a normal."""
    return NormalDist().inv_cdf(0.5 + level / 200)
