"""Read the rows of a series: clean their timestamps, estimate the step between them, and lay them out by days."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from services.insights_service.domain.arrays import Floats, Ints
from services.insights_service.domain.detection.given import as_dates, as_moments, as_numbers

DAY, WEEK = 86_400, 7 * 86_400
_FIRST_ROWS = 24  # Rows from which the step is estimated; nothing is scored before there are this many.
_MOST_STEPS = 288  # Steps a day; a series with finer steps has no daily profile.
_LONGEST_GAP = 35 * DAY  # Longer gaps are shortened, so that one wrong timestamp costs weeks and not years.
# A layout may have this many cells for each row, and this many days in addition. From the first row on that would make
# it sparser, the rest of the series is not laid out.
_CELLS_A_ROW, _FREE_DAYS = 60, 100
_LATE = DAY  # A row that goes back by less is late or a duplicate; if it goes further back, the clock was reset.
_LARGEST = 1e100  # Values are clipped to this size, so that their squares stay finite.


class Rows(NamedTuple):
    """The rows of a series that can be judged: their places in the input, their times and their values."""

    places: Ints
    seconds: Ints
    values: Floats
    step: float  # In seconds; 0 if there are too few rows to estimate it.


class Days(NamedTuple):
    """A series laid out by days: `cells[day, step]`, NaN if there is no row, and the row that each cell came from."""

    cells: Floats
    rows: Ints  # -1 for an empty cell.
    first_day: int  # Days since 1 January 1970, a Thursday.


def readable(values: ArrayLike, timestamps: ArrayLike, expected: ArrayLike | None = None) -> Rows:
    """Select the rows that can be judged, in their given order.

    Gaps, late rows, duplicates and rows on `expected` dates are left out.

    Raises:
        ValueError: the arguments are not numbers, times or dates, or `values` and `timestamps` differ in length.
    """
    numbers, stamps = as_numbers(values), as_moments(timestamps)
    if len(numbers) != len(stamps):
        message = f"timestamps must be as many as values: {len(stamps)} and {len(numbers)} differ in length"
        raise ValueError(message)
    valid = np.isfinite(numbers) & ~np.isnat(stamps)
    if expected is not None:
        valid &= ~np.isin(stamps.astype("datetime64[D]"), as_dates(expected))
    places = np.flatnonzero(valid)
    kept, seconds = _monotonic_clock(stamps[places].astype(np.int64))
    places = places[kept]
    return Rows(places, seconds, np.clip(numbers[places], -_LARGEST, _LARGEST), _step(seconds))


def _monotonic_clock(seconds: Ints) -> tuple[Ints, Ints]:
    """Return the rows to keep, and their times on a clock that only moves forward and keeps the time of the week."""
    moves = np.diff(seconds)
    if not len(moves) or (moves.min() > 0 and moves.max() <= _LONGEST_GAP):
        return np.arange(len(seconds)), seconds
    kept: list[int] = []
    clock: list[int] = []
    offset = 0
    for place, second in enumerate(seconds.tolist()):
        now = second + offset
        if clock:
            elapsed = now - clock[-1]
            if -_LATE < elapsed <= 0:
                continue
            weeks = 0
            if elapsed <= 0:
                weeks = -elapsed // WEEK + 1
            elif elapsed > _LONGEST_GAP:
                weeks = -((elapsed - _LONGEST_GAP) // WEEK + 1)
            offset += weeks * WEEK
            now += weeks * WEEK
        kept.append(place)
        clock.append(now)
    return np.array(kept, dtype=np.int64), np.array(clock, dtype=np.int64)


def _step(seconds: Ints) -> float:
    return float(np.median(np.diff(seconds[:_FIRST_ROWS]))) if len(seconds) >= _FIRST_ROWS else 0.0


def steps_a_day(step: float) -> int:
    """Return the number of steps a day, or 0 if they are longer than a day or too fine for a daily profile."""
    count = round(DAY / step) if step > 0 else 0
    return count if count <= _MOST_STEPS else 0


def by_days(rows: Rows, steps: int) -> Days:
    """Lay the rows out by days of `steps` steps each.

    The first of several rows in one cell is taken. Zeros before the first value other than zero are left out.
    """
    days = rows.seconds // DAY
    cell = (rows.seconds - days * DAY) * steps // DAY
    flat = (days - days[0]) * steps + cell
    dense = flat < _CELLS_A_ROW * np.arange(len(flat)) + _FREE_DAYS * steps
    end = len(flat) if dense.all() else int(np.argmin(dense))
    start = int(np.argmax(rows.values != 0)) if rows.values.any() else len(flat)
    filled, first = np.unique(flat[start:end], return_index=True)
    first += start
    shape = (int(days[end - 1] - days[0]) + 1, steps)
    cells, origin = np.full(shape, np.nan), np.full(shape, -1, dtype=np.int64)
    cells.ravel()[filled] = rows.values[first]
    origin.ravel()[filled] = first
    return Days(cells, origin, int(days[0]))


def earlier(seconds: Ints, step: float, days: int) -> Ints:
    """Return for each row the row `days` days before it, or -1 if no row is within 0.6 steps of that time."""
    wanted = seconds - days * DAY
    nearest = np.searchsorted(seconds, wanted + step / 2, side="right") - 1
    return np.where((nearest >= 0) & (np.abs(seconds[nearest] - wanted) <= 0.6 * step), nearest, -1)
