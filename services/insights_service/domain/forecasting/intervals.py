"""Intervals from a series' own errors at earlier origins."""

from statistics import NormalDist

import numpy as np

from services.insights_service.domain.forecasting import Floats

AS_WELL = 4.0  # origins that the mean of all steps counts beside a step's own
UNSEEN = 0.04  # what weights chosen on the same errors, and a future that is unlike them, add to a width
FEW = 6.0  # the same for few origins, over their square


def widths(errors: Floats, levels: tuple[float, ...], horizon: int, *, count: float = 0.0) -> Floats:
    """Half widths (n, levels, horizon) from errors (n, origins, trial), where a trial may be shorter than the horizon.

    Errors are measured in a usual error of their step ahead (its own mean, smoothed over neighbours and drawn to the
    mean of all steps where origins are few), and pooled over steps and origins: a level's width is that quantile of
    them. Errors of origins that overlap are fewer than they look, and the weights have seen them, so that a width is
    drawn out, a far level more than a near one; `count` is as how many origins they count, by default all.
    """
    series, origins, trial = errors.shape
    size = np.abs(errors).mean(axis=1)
    around = max(1, trial // 8)
    padded = np.pad(size, ((0, 0), (around, around)), mode="reflect" if trial > around else "edge")
    sums = np.cumsum(np.pad(padded, ((0, 0), (1, 0))), axis=1)
    smooth = (sums[:, 2 * around + 1 :] - sums[:, :trial]) / (2 * around + 1)
    usual = size.mean(axis=1, keepdims=True)
    shape = (origins * smooth + AS_WELL * usual) / (origins + AS_WELL)
    relative = np.abs(errors) / np.where(shape > 0, shape, 1.0)[:, None]
    quantiles = np.quantile(relative.reshape(series, -1), [level / 100 for level in levels], axis=1)
    factors = np.array([1 + tail(level) ** 2 * (UNSEEN + FEW / (count or origins) ** 2) for level in levels])
    return (quantiles.T * factors)[:, :, None] * _longer(shape, horizon)[:, None]


def _longer(shape: Floats, horizon: int) -> Floats:
    """Usual errors (n, trial) carried on to (n, horizon), growing as they grew over the trial: at most as the root of
    the steps ahead, which is how a wandering level does.
    """
    trial = shape.shape[1]
    if trial >= horizon:
        return shape
    near, far = shape[:, : trial // 2 + 1].mean(axis=1), shape[:, trial // 2 :].mean(axis=1)
    growth = np.clip(np.log(np.maximum(far, 1e-300) / np.maximum(near, 1e-300)) / np.log(3), 0.1, 0.5)[:, None]
    ahead = (np.arange(trial, horizon) + 1) / (0.75 * trial)
    return np.concatenate([shape, np.maximum(far, shape[:, -1])[:, None] * np.maximum(ahead, 1.0) ** growth], axis=1)


def unproved_widths(past: Floats, levels: tuple[float, ...], horizon: int) -> Floats:
    """Half widths (n, levels, horizon) for series (n, steps) too short to be tried on themselves.

    A wandering level: changes over a step, growing with the root of the steps ahead, as wide as so few changes leave
    in doubt. With fewer than two changes the level itself is the measure of what it may change.
    """
    steps = past.shape[1]
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
