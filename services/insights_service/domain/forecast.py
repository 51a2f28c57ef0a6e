"""Forecasts of one series or many: a weighted mixture of cheap candidates, with intervals from its own errors.

Nothing here reads or writes anything; it may be called from outside for measuring. How and why: docs/decisions/0040.
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
    """The mean (horizon,), and the lower and upper ends (levels, horizon) of intervals.

    `values` are equally spaced, oldest first; NaN and infinities are holes. `season` is in steps, 1 for none; a week of
    hours, a year of days or weeks, and a season that was not named are looked for. `levels` are in percent and are
    answered in the order asked. A history without negative values has no negative forecasts or intervals. One without a
    known value is forecast as zero, with intervals of no width.

    Raises:
        ValueError: values that cannot be read as numbers or are of more than one dimension, horizon or season below 1,
            a level not between 0 and 100.
    """
    mean, lower, upper = forecast_many([one_history(values)], season, horizon, levels)
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
    asked = _asked(series, season, horizon, levels)
    mean, width, _ = _drawn(asked)
    return asked.in_units(mean, width)


def forecast_cautiously(
    series: Sequence[ArrayLike] | Floats, season: int, horizon: int, levels: Sequence[float]
) -> tuple[Floats, tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Means (n, horizon), the ends (n, levels, horizon) of intervals, and of ranges for who must not cry wolf.

    What lies outside of an interval at 95 happens five times in a hundred hours. The range is drawn out for hours as it
    is for days, of which a week has few. It is never narrower than the interval.

    Raises:
        ValueError: as forecast.
    """
    asked = _asked(series, season, horizon, levels)
    mean, width, wider = _drawn(asked, cautiously=True)
    middle, lower, upper = asked.in_units(mean, width)
    _, low, high = asked.in_units(mean, np.maximum(width, wider))
    return middle, (lower, upper), (low, high)


def _asked(series: Sequence[ArrayLike] | Floats, season: int, horizon: int, levels: Sequence[float]) -> Asked:
    return Asked.of(
        many_histories(series), whole_steps(season, "season"), whole_steps(horizon, "horizon"), percents(levels)
    )


def _drawn(asked: Asked, *, cautiously: bool = False) -> tuple[Floats, Floats, Floats]:
    """Means, half widths of the intervals, and if asked those of hours drawn out as any others are."""
    mean = np.zeros((len(asked.histories), asked.horizon))
    width = np.zeros((len(asked.histories), len(asked.levels), asked.horizon))
    wider = np.zeros_like(width)
    for group in asked.groups():
        mean[group.places], errors = mixed(group, asked.horizon)
        if errors is None:
            width[group.places] = unproved_widths(group.past, group.plan.season, asked.levels, asked.horizon)
            continue
        apart, doubts = group.apart(asked.horizon), group.doubts(asked.horizon)
        width[group.places] = widths(errors, asked.levels, asked.horizon, apart=apart, doubts=doubts)
        if cautiously and doubts is not DOUBTS:
            wider[group.places] = widths(errors, asked.levels, asked.horizon, apart=apart)
    return mean, width, wider
