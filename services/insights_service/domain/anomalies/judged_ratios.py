"""Build the ratios to judge from a company's series: both parts, masked where either is unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from services.insights_service.domain.anomalies.judged_series import COMPANY, JudgedSeries, Key
from services.insights_service.domain.anomalies.raise_alarms import FEWEST, is_over
from services.insights_service.domain.anomalies.ratio_metrics import RATIOS, Ratio
from services.insights_service.domain.anomalies.series_grid import Grid
from services.insights_service.domain.arrays import Floats
from services.insights_service.domain.detection.step_to_judge import step_to_judge

# The fewest events in all; for ratios of money, the fewest sales.
_FEWEST_EVENTS: Final = 20
# The variance of a sum of sales over its mean, in units of the usual sale; above 1, since sales differ in size.
_SALES_DIFFER: Final = 1.5


@dataclass(frozen=True)
class JudgedRatio:
    """A ratio of one member of a dimension: its parts, (steps,), and its values as a series, NaN where undefined."""

    ratio: Ratio
    series: JudgedSeries
    top: Floats
    below: Floats
    sales: Floats | None

    @property
    def events(self) -> Floats:
        """The amounts that are random, given the exposure."""
        return self.below if self.ratio.is_cost else self.top

    @property
    def events_series(self) -> JudgedSeries:
        """The events as a series."""
        return replace(self.series, metric=self.ratio.parts[0], values=self.events)

    @property
    def exposure(self) -> Floats:
        """The amounts from which the events arise."""
        return self.top if self.ratio.is_cost else self.below


def ratios_of(series: Sequence[JudgedSeries], grid: Grid) -> list[JudgedRatio]:
    """Return the ratios with both parts, enough known steps and enough events; hourly ones need enough in an hour."""
    by_key = {one.key: one for one in series}
    found = list[JudgedRatio]()
    for ratio in RATIOS:
        for one in series:
            if one.metric == ratio.top and grid.grain in ratio.grains:
                below = by_key.get((ratio.below, *one.key[1:]))
                made = below and _made(ratio, one, below, by_key)
                if made and _is_worth(made, grid) and not _is_over(made, by_key, grid):
                    found.append(made)
    return found


def value_of(ratio: Ratio, top: Floats | float, below: Floats | float) -> Floats:
    """Return the ratio; NaN where the denominator is not positive."""
    over = np.asarray(below, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        some = over > 0
        return np.where(some, ratio.times * np.asarray(top) / np.where(some, over, 1.0), np.nan)


def _made(ratio: Ratio, top: JudgedSeries, below: JudgedSeries, by_key: Mapping[Key, JudgedSeries]) -> JudgedRatio:
    above = top.values if ratio.is_cost else _from_the_first(top, by_key)
    under = _from_the_first(below, by_key) if ratio.is_cost else below.values
    unknown = np.isnan(above) | np.isnan(under)
    above, under = (np.where(unknown, np.nan, one) for one in (above, under))
    shown = replace(top, metric=ratio.metric, values=value_of(ratio, above, under))
    sales = by_key.get((ratio.sales, *top.key[1:]))
    return JudgedRatio(ratio, shown, above, under, _from_the_first(sales, by_key) if sales else None)


def _from_the_first(one: JudgedSeries, by_key: Mapping[Key, JudgedSeries]) -> Floats:
    """Fill the steps before a series' first known one with 0: money spent before a campaign's first lead counts."""
    whole = by_key.get((one.metric, COMPANY, ""), one)
    known = np.flatnonzero(~np.isnan(one.values))
    values = one.values.copy()
    if len(known):
        first = slice(0, int(known[0]))
        values[first] = np.where(np.isnan(whole.values[first]), np.nan, 0.0)
    return values


def _is_worth(one: JudgedRatio, grid: Grid) -> bool:
    known = ~np.isnan(one.top)
    if one.ratio.sales and one.sales is None:
        return False
    counted = np.where(known, one.events if one.sales is None else one.sales, 0.0)
    if np.count_nonzero(known) < FEWEST[grid.grain] or np.nansum(counted) < _FEWEST_EVENTS:
        return False
    return grid.grain == "day" or bool(step_to_judge(one.events, grid.local) < np.timedelta64(1, "D"))


def _is_over(one: JudgedRatio, by_key: Mapping[Key, JudgedSeries], grid: Grid) -> bool:
    return is_over(replace(one.series, values=one.top), one.ratio.parts, by_key, grid)


def least_scatter(one: JudgedRatio) -> Floats:
    """Return the least ratio of the events' variance to their mean, (steps,), from the data up to each step."""
    if one.sales is None:
        return np.ones(len(one.top))
    amounts, sales = (np.cumsum(np.nan_to_num(part)) for part in (np.abs(one.events), one.sales))
    return _SALES_DIFFER * amounts / np.maximum(sales, 1.0)
