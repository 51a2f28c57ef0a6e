"""Map steps to cells of whole days by the tenant's clock, as daily profiles need them.

An hour that the clock repeats is one cell with the sum of both; one that it skips is a cell without events, which
counts as known and is no gap.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.insights_service.domain.anomalies.series_grid import Grid
from services.insights_service.domain.arrays import Floats

A_DAY: Final = {"hour": 24, "day": 1}


class Cells(NamedTuple):
    """`at` (steps,) is the cell of each step; `told_by` (cells,) the cell whose steps say whether each one is known."""

    at: NDArray[np.int64]
    told_by: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.told_by)

    def sums(self, values: Floats) -> Floats:
        """Return the sum of the known steps of each cell, (cells,); NaN where none is known."""
        known = ~np.isnan(values)
        cells = self.at[known]
        is_known = (np.bincount(cells, minlength=len(self)) > 0)[self.told_by]
        return np.where(is_known, np.bincount(cells, values[known], len(self)), np.nan)

    def latest(self, values: Floats) -> Floats:
        """Return values that do not add up, (cells,): of each cell's last step, or the cell's before a skipped one."""
        latest = np.full(len(self), np.nan)
        latest[self.at] = values
        return latest[self.told_by]


def cells_of(grid: Grid) -> Cells:
    """Return the cells of whole days, from the midnight before the grid's first step on."""
    first = grid.local[0].astype("datetime64[D]")
    unit = "datetime64[h]" if grid.grain == "hour" else "datetime64[D]"
    at = (grid.local.astype(unit) - first.astype(unit)).astype(np.int64)
    per_day = A_DAY[grid.grain]
    cells = np.arange(-(-(int(at.max()) + 1) // per_day) * per_day)
    within = (cells >= at.min()) & (cells <= at.max())
    return Cells(at, np.where(within, np.maximum.accumulate(np.where(np.isin(cells, at), cells, 0)), cells))
