"""What was not as expected: an episode of a series, and how its steps add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.insights_service.domain.anomalies.judged_series import JudgedSeries
from services.insights_service.domain.anomalies.series_grid import Grid
from services.insights_service.domain.arrays import Floats

# How much of neighbouring steps' errors goes together, so that 95 of 100 sums of some hours or days are within.
_ALONG: Final = 0.25


@dataclass(frozen=True)
class Episode:
    """Steps `start` to before `end` of a series; `expected`, `low` and `high` are of the steps from `begin` on.

    Ends are of 95 of 100 cases; of what is mild, which that range mostly holds, of 80.
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
    # Chance brings it about once in so many days at most, by the series' own past.
    past_days: float = np.inf
    is_mild: bool = False

    @property
    def window(self) -> slice:
        """Of the arrays that begin at `begin`."""
        return slice(self.start - self.begin, self.end - self.begin)

    @property
    def sum_expected(self) -> float:
        """Of the steps that are known."""
        return float(self.expected[self.window][self._is_known].sum())

    @property
    def sum_actual(self) -> float:
        """What came."""
        return float(np.nansum(self.series.values[self.start : self.end]))

    @property
    def change(self) -> float:
        """Actual less expected."""
        return self.sum_actual - self.sum_expected

    @property
    def known(self) -> Floats:
        """What came in each step of the series, NaN where nobody knows."""
        return self.series.values

    @property
    def way(self) -> int:
        """1 where something came on top, -1 where something was missing: what has one cause goes one way."""
        return 1 if self.change > 0 else -1

    @property
    def parts(self) -> tuple[str, ...]:
        """Metrics that a ratio is made of, the one first that is left to chance."""
        return ()

    @property
    def adds_up(self) -> bool:
        """Whether the window's figure is the sum of its steps'."""
        return True

    @property
    def concerned(self) -> tuple[str, float]:
        """Of which metric how much more or less there was for it."""
        return self.series.metric, abs(self.change)

    @property
    def interval(self) -> tuple[float, float]:
        """Where so many figures of the window lie; of one step, where the picture shows it."""
        expected, low, high = (part[self.window][self._is_known] for part in (self.expected, self.low, self.high))
        whole = self.sum_expected
        return max(whole - _together(expected - low), float(low.sum())), whole + _together(high - expected)

    @property
    def _is_known(self) -> NDArray[np.bool_]:
        return ~np.isnan(self.series.values[self.start : self.end])


def _together(widths: Floats) -> float:
    """Of a sum: errors of neighbouring steps go together, so the steps' widths add up in part."""
    return _ALONG * float(widths.sum()) + (1 - _ALONG) * float(np.sqrt((widths**2).sum()))
