"""Projected totals at the end of a period: the sum so far plus the forecast sum of the remaining steps."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from services.insights_service.domain.arrays import Floats
from services.insights_service.domain.forecasting.arguments import (
    many_histories,
    one_each,
    percents,
    whole_steps,
)
from services.insights_service.domain.forecasting.groups import Asked
from services.insights_service.domain.forecasting.intervals import unproved_widths, widths
from services.insights_service.domain.forecasting.mixture import mixed


def project_many(
    series: Sequence[ArrayLike] | Floats,
    season: int,
    remaining: int,
    so_far: ArrayLike,
    levels: Sequence[float] = (80, 95),
) -> tuple[Floats, Floats, Floats]:
    """Project the totals (n,) of periods with `remaining` steps left, with interval ends (n, levels).

    `series` and `season` are as in `forecast_many`; `so_far` (n,) is the sum of each period up to now. The interval is
    that of the sum, from the errors of sums at earlier origins, because errors of neighbouring days are correlated. A
    few such origins may be calm by chance, so the interval is never narrower than for independent errors of the steps.

    Raises:
        ValueError: as in `forecast`, or if `so_far` is not one finite number for each series.
    """
    asked = Asked.of(
        many_histories(series), whole_steps(season, "season"), whole_steps(remaining, "remaining"), percents(levels)
    )
    sums_so_far = one_each(so_far, len(asked.histories))
    total = np.zeros(len(asked.histories))
    width = np.zeros((len(asked.histories), len(asked.levels)))
    for group in asked.groups():
        mean, errors = mixed(group, asked.horizon)
        total[group.places] = mean.sum(axis=1)
        if errors is None:
            step_widths = unproved_widths(group.past, group.plan.season, asked.levels, asked.horizon)
            width[group.places] = step_widths.sum(axis=2)
            continue
        sums = errors.sum(axis=2, keepdims=True) * (asked.horizon / errors.shape[2])
        apart = group.apart(asked.horizon)
        of_sums = widths(sums, asked.levels, 1, apart=apart)[:, :, 0]
        if_independent = np.sqrt((widths(errors, asked.levels, asked.horizon, apart=apart) ** 2).sum(axis=2))
        width[group.places] = np.maximum(of_sums, if_independent)
    middle, lower, upper = asked.in_units(total, width)
    return sums_so_far + middle, sums_so_far[:, None] + lower, sums_so_far[:, None] + upper
