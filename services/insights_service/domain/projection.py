"""Where a period ends: what came so far, and the sum of the forecast over what is left of it."""

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
    """Totals (n,) at the end of periods of which `remaining` steps are left, and the ends (n, levels) of intervals.

    `series` and `season` as in `forecast_many`; `so_far` (n,) is what each period has brought already. The interval is
    that of the sum, from errors of sums at earlier origins: errors of days that follow one another are alike, and
    neither add up nor cancel out. A few such origins may be calm by chance, so that it is no narrower than if each
    step's errors had nothing to do with the others'.

    Raises:
        ValueError: as forecast, or `so_far` is not one finite number for each series.
    """
    asked = Asked.of(
        many_histories(series), whole_steps(season, "season"), whole_steps(remaining, "remaining"), percents(levels)
    )
    begun = one_each(so_far, len(asked.histories))
    total = np.zeros(len(asked.histories))
    width = np.zeros((len(asked.histories), len(asked.levels)))
    for group in asked.groups():
        mean, errors = mixed(group, asked.horizon)
        total[group.places] = mean.sum(axis=1)
        if errors is None:
            each = unproved_widths(group.past, group.plan.season, asked.levels, asked.horizon)
            width[group.places] = each.sum(axis=2)
            continue
        sums = errors.sum(axis=2, keepdims=True) * (asked.horizon / errors.shape[2])
        apart = group.apart(asked.horizon)
        together = widths(sums, asked.levels, 1, apart=apart)[:, :, 0]
        by_themselves = np.sqrt((widths(errors, asked.levels, asked.horizon, apart=apart) ** 2).sum(axis=2))
        width[group.places] = np.maximum(together, by_themselves)
    middle, lower, upper = asked.in_units(total, width)
    return begun + middle, begun[:, None] + lower, begun[:, None] + upper
