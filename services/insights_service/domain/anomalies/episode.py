"""The episode: consecutive steps of a series that differ from its forecast, and the totals over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.insights_service.domain.anomalies.judged_series import JudgedSeries
from services.insights_service.domain.anomalies.series_grid import Grid
from services.insights_service.domain.arrays import Floats

# The share of the steps' forecast errors that is taken as fully correlated, chosen so that the interval of a sum over
# some hours or days holds 95 of 100 sums.
_CORRELATED_SHARE: Final = 0.25


@dataclass(frozen=True)
class Episode:
    """The steps from `start` to before `end` of a series, with the forecast for the steps from `begin` on.

    `low` and `high` are the ends of the 95 % interval; of a mild episode, which that interval mostly contains, those of
    the 80 % interval.
    """

    series: JudgedSeries
    grid: Grid
    start: int
    end: int
    is_ongoing: bool
    score: float
    begin: int
    expected: Floats
    low: Floats
    high: Floats
    # The return period in days that the series' own past supports: it may not be reported as rarer.
    past_days: float = np.inf
    is_mild: bool = False

    @property
    def window(self) -> slice:
        """The episode's steps as a slice of the arrays that begin at `begin`."""
        return slice(self.start - self.begin, self.end - self.begin)

    @property
    def sum_expected(self) -> float:
        """The expected total of the steps whose value is known."""
        return float(self.expected[self.window][self._is_known].sum())

    @property
    def sum_actual(self) -> float:
        """The actual total of the known steps."""
        return float(np.nansum(self.series.values[self.start : self.end]))

    @property
    def change(self) -> float:
        """Actual minus expected."""
        return self.sum_actual - self.sum_expected

    @property
    def known(self) -> Floats:
        """The value of each step of the series, (steps,), NaN where it is unknown."""
        return self.series.values

    @property
    def way(self) -> int:
        """The direction that findings of one cause share: 1 for more than expected, -1 otherwise."""
        return 1 if self.change > 0 else -1

    @property
    def parts(self) -> tuple[str, ...]:
        """The metrics of which a ratio is made, that of the random events first; empty if this is no ratio."""
        return ()

    @property
    def adds_up(self) -> bool:
        """Whether the window's figure is the sum of its steps' figures."""
        return True

    @property
    def concerned(self) -> tuple[str, float]:
        """The metric by which the impact is measured, and the absolute change of it."""
        return self.series.metric, abs(self.change)

    @property
    def interval(self) -> tuple[float, float]:
        """The forecast interval of the window's total; of a single step, that step's own interval."""
        expected, low, high = (part[self.window][self._is_known] for part in (self.expected, self.low, self.high))
        total = self.sum_expected
        return max(total - _width_of_sum(expected - low), float(low.sum())), total + _width_of_sum(high - expected)

    @property
    def _is_known(self) -> NDArray[np.bool_]:
        return ~np.isnan(self.series.values[self.start : self.end])


def _width_of_sum(widths: Floats) -> float:
    """Return the half width of a sum's interval: neighbouring errors correlate, so part of the widths add linearly."""
    independent = float(np.sqrt((widths**2).sum()))
    return _CORRELATED_SHARE * float(widths.sum()) + (1 - _CORRELATED_SHARE) * independent
