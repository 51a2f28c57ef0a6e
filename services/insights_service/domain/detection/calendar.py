"""When rows happened: a clock that only moves forward, the step between rows, and days of equal length."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from services.insights_service.domain.arrays import Floats, Ints
from services.insights_service.domain.detection.given import as_dates, as_moments, as_numbers

DAY, WEEK = 86_400, 7 * 86_400
_FIRST_ROWS = 24  # that tell the step: nothing is scored before there are so many
_MOST_STEPS = 288  # a day: finer ones have no profile of their own
_SILENCE = 35 * DAY  # longer ones are shortened, so that a clock that is wrong once costs weeks and not years
_SPARSEST, _FREE = 60, 100  # cells a row, besides some days: what becomes sparser is not laid out from there on
_LATE = DAY  # a row up to so far back is late or a duplicate; further back the clock itself was set
_HUGE = 1e100  # so that squares stay finite


class Rows(NamedTuple):
    """The rows of a series that can be judged: their places in what was given, when, and how much."""

    places: Ints
    seconds: Ints
    values: Floats
    step: float  # seconds, 0 where there are too few rows to tell


class Days(NamedTuple):
    """A series laid out by days: `cells[day, step]`, NaN where nothing is, and the row that each cell came from."""

    cells: Floats
    rows: Ints  # -1 where nothing is
    first_day: int  # since 1970, a Thursday


def readable(values: ArrayLike, timestamps: ArrayLike, expected: ArrayLike | None = None) -> Rows:
    """The rows in the order in which they came, without holes, late ones, duplicates, and days on `expected` dates."""
    given, stamps = as_numbers(values), as_moments(timestamps)
    if len(given) != len(stamps):
        message = f"timestamps must be as many as values: {len(stamps)} and {len(given)} differ in length"
        raise ValueError(message)
    good = np.isfinite(given) & ~np.isnat(stamps)
    if expected is not None:
        good &= ~np.isin(stamps.astype("datetime64[D]"), as_dates(expected))
    places = np.flatnonzero(good)
    kept, seconds = _forward(stamps[places].astype(np.int64))
    places = places[kept]
    return Rows(places, seconds, np.clip(given[places], -_HUGE, _HUGE), _step(seconds))


def _forward(seconds: Ints) -> tuple[Ints, Ints]:
    """Which rows count, and when they happened on a clock that only moves forward and keeps the time of the week."""
    moves = np.diff(seconds)
    if not len(moves) or (moves.min() > 0 and moves.max() <= _SILENCE):
        return np.arange(len(seconds)), seconds
    kept: list[int] = []
    clock: list[int] = []
    offset = 0
    for place, second in enumerate(seconds.tolist()):
        now = second + offset
        if clock:
            passed = now - clock[-1]
            if -_LATE < passed <= 0:
                continue
            weeks = 0
            if passed <= 0:
                weeks = -passed // WEEK + 1
            elif passed > _SILENCE:
                weeks = -((passed - _SILENCE) // WEEK + 1)
            offset += weeks * WEEK
            now += weeks * WEEK
        kept.append(place)
        clock.append(now)
    return np.array(kept, dtype=np.int64), np.array(clock, dtype=np.int64)


def _step(seconds: Ints) -> float:
    return float(np.median(np.diff(seconds[:_FIRST_ROWS]))) if len(seconds) >= _FIRST_ROWS else 0.0


def steps_a_day(step: float) -> int:
    """How many steps a day has; 0 where a profile of the day makes no sense: steps beyond a day, or too fine ones."""
    many = round(DAY / step) if step > 0 else 0
    return many if many <= _MOST_STEPS else 0


def by_days(rows: Rows, steps: int) -> Days:
    """The rows laid out by days of so many steps; of several in one cell the first, and no zeros before it began."""
    days = rows.seconds // DAY
    cell = (rows.seconds - days * DAY) * steps // DAY
    flat = (days - days[0]) * steps + cell
    dense = flat < _SPARSEST * np.arange(len(flat)) + _FREE * steps
    until = len(flat) if dense.all() else int(np.argmin(dense))
    begun = int(np.argmax(rows.values != 0)) if rows.values.any() else len(flat)
    taken, first = np.unique(flat[begun:until], return_index=True)
    first += begun
    shape = (int(days[until - 1] - days[0]) + 1, steps)
    cells, origin = np.full(shape, np.nan), np.full(shape, -1, dtype=np.int64)
    cells.ravel()[taken] = rows.values[first]
    origin.ravel()[taken] = first
    return Days(cells, origin, int(days[0]))


def earlier(seconds: Ints, step: float, days: int) -> Ints:
    """Of each row the one so many days before it, -1 where there is none within a step of that time."""
    wanted = seconds - days * DAY
    at = np.searchsorted(seconds, wanted + step / 2, side="right") - 1
    return np.where((at >= 0) & (np.abs(seconds[at] - wanted) <= 0.6 * step), at, -1)
