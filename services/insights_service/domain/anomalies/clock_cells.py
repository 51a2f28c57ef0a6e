"""Steps laid on whole days by the tenant's clock, as profiles of the day want them.

An hour that a clock has twice is one cell, with what came in both; one that it skips is a cell in which nothing was,
which is known, and no hole.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.insights_service.domain.anomalies.series_grid import Grid
from services.insights_service.domain.arrays import Floats

A_DAY: Final = {"hour": 24, "day": 1}


class Cells(NamedTuple):
    """Of a grid of so many cells: `at` (steps,) the cell of each step, `told_by` (cells,) whose steps know of each."""

    at: NDArray[np.int64]
    told_by: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.told_by)

    def sums(self, values: Floats) -> Floats:
        """What came in each cell, of the steps that are known; NaN where none is."""
        known = ~np.isnan(values)
        of = self.at[known]
        there = (np.bincount(of, minlength=len(self)) > 0)[self.told_by]
        return np.where(there, np.bincount(of, values[known], len(self)), np.nan)

    def latest(self, values: Floats) -> Floats:
        """What does not add up: as the last step of each cell has it, or of the one before that was skipped."""
        laid = np.full(len(self), np.nan)
        laid[self.at] = values
        return laid[self.told_by]


def cells_of(grid: Grid) -> Cells:
    """The cells of whole days from the grid's first midnight on."""
    first = grid.local[0].astype("datetime64[D]")
    unit = "datetime64[h]" if grid.grain == "hour" else "datetime64[D]"
    at = (grid.local.astype(unit) - first.astype(unit)).astype(np.int64)
    a_day = A_DAY[grid.grain]
    cells = np.arange(-(-(int(at.max()) + 1) // a_day) * a_day)
    within = (cells >= at.min()) & (cells <= at.max())
    return Cells(at, np.where(within, np.maximum.accumulate(np.where(np.isin(cells, at), cells, 0)), cells))
