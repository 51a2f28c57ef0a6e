"""Choice of the earlier steps that a window is compared with: the same hours or weekdays of the weeks before it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from typing import Final, NamedTuple

import numpy as np

from services.insights_service.domain.anomalies.series_grid import Grid
from services.insights_service.domain.arrays import Floats

_WEEKS: Final = 4
# If values of these weeks are unknown, older weeks are taken instead, but none from further back than this.
_MOST_WEEKS_BACK: Final = 8
_WEEK: Final = np.timedelta64(7, "D")


class ComparedSteps(NamedTuple):
    """The known steps of a window, with weight 0, then the earlier steps, whose weights add up to their number."""

    places: list[int]
    weights: list[float]
    own: int  # how many of the places are the window's

    def days(self, grid: Grid) -> list[date]:
        """Return the day of each step, in the tenant's time zone."""
        return grid.local[self.places].astype("datetime64[D]").tolist()

    def hours(self, grid: Grid) -> list[datetime] | None:
        """Return the first instant of each step; None if the steps are days."""
        return None if grid.grain == "day" else [grid.begin(place) for place in self.places]


def compared_steps(values: Floats, grid: Grid, start: int, end: int, most_days: float) -> ComparedSteps:
    """Choose the steps from `start` to before `end`, and steps of up to four weeks before, on `most_days` at most.

    If even one week before is too much, only the last days of the window are compared.
    """
    a_day = 24 if grid.grain == "hour" else 1
    for weeks in range(_WEEKS, 0, -1):
        compared = _compared(values, grid, start, end, start, weeks)
        if len(set(compared.days(grid))) <= most_days:
            return compared
    last = max(int(most_days / 2), 1) * a_day
    return _compared(values, grid, max(end - last, start), end, start, 1)


def _compared(values: Floats, grid: Grid, first: int, end: int, start: int, weeks: int) -> ComparedSteps:
    window = list[int]()
    weights = defaultdict[int, float](float)
    for place in range(first, end):
        if np.isnan(values[place]):
            continue
        before = [at for at in _weeks_before(grid, place, start) if not np.isnan(values[at])][:weeks]
        if before:
            window.append(place)
            for at in before:
                weights[at] += 1 / len(before)
    return ComparedSteps([*window, *weights], [0.0] * len(window) + list(weights.values()), len(window))


def _weeks_before(grid: Grid, place: int, start: int) -> list[int]:
    """Return the steps before `start` with the same weekday and clock time, the latest first.

    A week in which the clock skipped that hour has none.
    """
    a_week = 7 * (24 if grid.grain == "hour" else 1)
    found = list[int]()
    for week in range(1, _MOST_WEEKS_BACK + 1):
        # If daylight saving began or ended in between, the same clock time is a step away.
        near = (place - week * a_week + shift for shift in (0, -1, 1))
        wanted = grid.local[place] - week * _WEEK
        found += [at for at in near if 0 <= at < start and grid.local[at] == wanted][:1]
    return found
