"""Forecasts of one or many series: a weighted mixture of cheap candidates, with intervals from the mixture's errors.

These are pure functions that can be called from outside, for measurements. docs/decisions/0040 gives the reasons.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from services.insights_service.domain.arrays import Floats
from services.insights_service.domain.forecasting.arguments import (
    many_histories,
    one_history,
    percents,
    whole_steps,
)
from services.insights_service.domain.forecasting.groups import Asked
from services.insights_service.domain.forecasting.intervals import DOUBTS, unproved_widths, widths
from services.insights_service.domain.forecasting.mixture import mixed


def forecast(
    values: ArrayLike, season: int, horizon: int, levels: Sequence[float] = (80, 95)
) -> tuple[Floats, Floats, Floats]:
    """Forecast a series: the mean (horizon,), and the lower and upper ends (levels, horizon) of intervals.

    `values` are equally spaced, oldest first; NaN and infinities are gaps. `season` is in steps, 1 for none; a week of
    hours, a year of days or weeks, and a season that was not named are found automatically. `levels` are in percent,
    and the intervals are in their order. A history without negative values has no negative forecasts or intervals. A
    history without any known value is forecast as zero, with intervals of zero width.

    Raises:
        ValueError: values that are not numbers or have more than one dimension, a horizon or season below 1, or a level
            not between 0 and 100.
    """
    mean, lower, upper = forecast_many([one_history(values)], season, horizon, levels)
    return mean[0], lower[0], upper[0]


def forecast_many(
    series: Sequence[ArrayLike] | Floats, season: int, horizon: int, levels: Sequence[float] = (80, 95)
) -> tuple[Floats, Floats, Floats]:
    """Forecast many series with the same season: means (n, horizon), lower and upper ends (n, levels, horizon).

    `series` is a matrix with a row for each series, or a list of arrays of any lengths. Each series gets the same
    forecast as it would alone.

    Raises:
        ValueError: as in `forecast`.
    """
    request = _checked(series, season, horizon, levels)
    mean, width, _ = _mean_and_widths(request)
    return request.in_units(mean, width)


def forecast_cautiously(
    series: Sequence[ArrayLike] | Floats, season: int, horizon: int, levels: Sequence[float]
) -> tuple[Floats, tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Forecast means (n, horizon), the ends (n, levels, horizon) of intervals, and those of wider ranges for alerts.

    Five in a hundred hours lie outside a 95 % interval, which is too many for alerts. The ranges of hourly series are
    therefore widened by the same factors as those of days. A range is never narrower than the interval.

    Raises:
        ValueError: as in `forecast`.
    """
    request = _checked(series, season, horizon, levels)
    mean, width, wider = _mean_and_widths(request, cautiously=True)
    middle, lower, upper = request.in_units(mean, width)
    _, low, high = request.in_units(mean, np.maximum(width, wider))
    return middle, (lower, upper), (low, high)


def _checked(series: Sequence[ArrayLike] | Floats, season: int, horizon: int, levels: Sequence[float]) -> Asked:
    return Asked.of(
        many_histories(series), whole_steps(season, "season"), whole_steps(horizon, "horizon"), percents(levels)
    )


def _mean_and_widths(request: Asked, *, cautiously: bool = False) -> tuple[Floats, Floats, Floats]:
    """Return means, half widths of the intervals, and with `cautiously` the wider half widths of hours (else 0)."""
    mean = np.zeros((len(request.histories), request.horizon))
    width = np.zeros((len(request.histories), len(request.levels), request.horizon))
    wider = np.zeros_like(width)
    for group in request.groups():
        mean[group.places], errors = mixed(group, request.horizon)
        if errors is None:
            width[group.places] = unproved_widths(group.past, group.plan.season, request.levels, request.horizon)
            continue
        apart, doubts, day = group.apart(request.horizon), group.doubts(request.horizon), group.day(request.horizon)
        width[group.places] = widths(errors, request.levels, request.horizon, apart=apart, doubts=doubts, day=day)
        if cautiously and doubts is not DOUBTS:
            wider[group.places] = widths(errors, request.levels, request.horizon, apart=apart, day=day)
    return mean, width, wider
