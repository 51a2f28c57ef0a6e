"""Forecasts of one series or many: a weighted mixture of cheap candidates, with intervals from its own errors.

Nothing here reads or writes anything; it may be called from outside for measuring. How and why: docs/decisions/0040.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from services.insights_service.domain.forecasting import Floats
from services.insights_service.domain.forecasting.history import cleaned, kept_length
from services.insights_service.domain.forecasting.intervals import unproved_widths, widths
from services.insights_service.domain.forecasting.plans import Plan, closed_steps, plan_of
from services.insights_service.domain.forecasting.short import of_short
from services.insights_service.domain.forecasting.trials import tried
from services.insights_service.domain.forecasting.weights import weighted

TOGETHER = 64  # series in one go: what they need stays in the processor's cache
ROOM = 1.5  # how far past the range of its history a forecast may lie, as a part of that range


def forecast(
    values: ArrayLike, season: int, horizon: int, levels: Sequence[float] = (80, 95)
) -> tuple[Floats, Floats, Floats]:
    """The mean (horizon,), and the lower and upper ends (levels, horizon) of intervals.

    `values` are equally spaced, oldest first; NaN and infinities are holes. `season` is in steps, 1 for none; a week of
    hours, a year of days or weeks, and a season that was not named are looked for. `levels` are in percent and are
    answered in the order asked. A history without negative values has no negative forecasts or intervals. One without a
    known value is forecast as zero, with intervals of no width.

    Raises:
        ValueError: values of more than one dimension, horizon or season below 1, a level not between 0 and 100.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim > 1:
        raise ValueError("values must be of one dimension; forecast_many takes a matrix")
    mean, lower, upper = forecast_many([array], season, horizon, levels)
    return mean[0], lower[0], upper[0]


def forecast_many(
    series: Sequence[ArrayLike] | Floats, season: int, horizon: int, levels: Sequence[float] = (80, 95)
) -> tuple[Floats, Floats, Floats]:
    """The same for many series of one season: means (n, horizon), lower and upper ends (n, levels, horizon).

    `series` is a matrix, a row a series, or a list of arrays of any lengths. Each series' answer is the one that it has
    alone.

    Raises:
        ValueError: as forecast.
    """
    season, horizon, asked = _checked(season, horizon, levels)
    rising = tuple(sorted(asked))
    histories = [cleaned(values, season) for values in series]
    mean = np.zeros((len(histories), horizon))
    width = np.zeros((len(histories), len(rising), horizon))
    groups: dict[tuple[Plan, int, bool], list[int]] = defaultdict(list)
    scales = [float(np.abs(history).max(initial=0.0)) for history in histories]
    for place, history in enumerate(histories):
        if scales[place] > 0:
            histories[place] = history / scales[place]
            plan = plan_of(histories[place], season, horizon)
            steps = kept_length(len(history), plan.most, fine=5 if plan.kind == "hours" else 4)
            groups[plan, steps, bool(history.min() >= 0)].append(place)
    for (plan, steps, positive), places in groups.items():
        for begin in range(0, len(places), TOGETHER):
            some = places[begin : begin + TOGETHER]
            past = np.stack([histories[place][-steps:] for place in some])
            mean[some], width[some] = _of_group(past, plan, horizon, rising, positive=positive)
    return _ends(mean, width, [rising.index(level) for level in asked], histories, scales)


def _checked(season: int, horizon: int, levels: Sequence[float]) -> tuple[int, int, tuple[float, ...]]:
    if int(horizon) != horizon or horizon < 1:
        raise ValueError("horizon must be a whole number of steps, at least 1")
    if int(season) != season or season < 1:
        raise ValueError("season must be a whole number of steps, at least 1 (for none)")
    asked = tuple(float(level) for level in levels)
    if not all(0 < level < 100 for level in asked):  # noqa: PLR2004 - percent
        raise ValueError("levels must lie between 0 and 100 percent")
    return int(season), int(horizon), asked


def _of_group(
    past: Floats, plan: Plan, horizon: int, levels: tuple[float, ...], *, positive: bool
) -> tuple[Floats, Floats]:
    """Means (n, horizon) and half widths (n, levels, horizon) of series of one plan and length."""
    if not plan.ends(past.shape[1], horizon):
        return of_short(past, plan.season, horizon), unproved_widths(past, levels, horizon)
    now, trials, came = tried(past, plan, horizon, positive=positive)
    weights = weighted(trials, came)
    mean = (weights[:, None] @ now)[:, 0]
    errors = came - (weights[:, None, None] @ trials)[:, :, 0]
    if positive and plan.season > 1:
        mean[closed_steps(past, plan.season, horizon)] = 0.0
    low, high = past.min(axis=1, keepdims=True), past.max(axis=1, keepdims=True)
    room = ROOM * (high - low)
    return np.clip(mean, low - room, high + room), widths(errors, levels, horizon)


def _ends(
    mean: Floats, width: Floats, order: list[int], histories: list[Floats], scales: list[float]
) -> tuple[Floats, Floats, Floats]:
    """The mean and the ends of intervals in their own units, never crossing, never below zero where nothing was."""
    width = np.maximum.accumulate(width, axis=1)
    lower, upper = mean[:, None] - width, mean[:, None] + width
    counts = np.array([history.min(initial=0.0) >= 0 for history in histories], dtype=bool)
    mean[counts] = np.maximum(mean[counts], 0.0)
    lower[counts] = np.maximum(lower[counts], 0.0)
    upper[counts] = np.maximum(upper[counts], 0.0)
    scale = np.array(scales)
    most = np.finfo(np.float64).max
    with np.errstate(over="ignore"):
        mean, lower, upper = mean * scale[:, None], lower * scale[:, None, None], upper * scale[:, None, None]
    clipped = [np.clip(part, -most, most) for part in (mean, lower, upper)]
    return clipped[0], clipped[1][:, order], clipped[2][:, order]
