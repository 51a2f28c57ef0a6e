"""Scales of a chart: positions of values and times, and the choice of labelled ticks."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

_ROUND: Final = (1, 2, 5, 10)
_HOURS: Final = (1, 2, 3, 6, 12)
_DAYS: Final = (1, 2, 7, 14, 28, 56, 91, 182, 365)
_DAY_HOURS: Final = 24
_MOST_DAYS: Final = 3660


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear map from values between `first` and `last` to positions between `start` and `end`."""

    first: float
    last: float
    start: float
    end: float

    def place(self, value: float) -> float:
        """Return the position of a value, which may lie beyond the ends."""
        width = self.last - self.first
        return self.start + (value - self.first) / width * (self.end - self.start) if width else self.start


def value_ticks(low: float, high: float, least: float, steps: int = 4) -> list[float]:
    """Return round values from one at or below `low` to one at or above `high`, in about `steps` steps.

    A step is at least `least` (a power of ten), so that no two labels are the same.
    """
    if not high > low:
        high = low + least
    rough = max((high - low) / steps, least)
    power = 10.0 ** math.floor(math.log10(rough) + 1e-9)
    step = next(factor * power for factor in _ROUND if factor * power >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [index * step for index in range(first, last + 1)]


def hour_ticks(start: datetime, end: datetime, most: int) -> list[datetime]:
    """Return full hours of the local clock, about `most` at most, or midnights if the span is too long for that."""
    hours = (end - start).total_seconds() / 3600
    for step in _HOURS:
        if hours / step <= most:
            return list(_hours(start, end, step))
    return day_ticks(start, end, most)


def day_ticks(start: datetime, end: datetime, most: int) -> list[datetime]:
    """Return local midnights, every few days counted back from the last one, so that the newest is labelled."""
    days = (end - start).total_seconds() / 3600 / _DAY_HOURS
    step = next((step for step in _DAYS if days / step <= most), _DAYS[-1])
    midnights = [day for day in _hours(start, end, _DAY_HOURS) if start <= day <= end]
    return midnights[::-1][::step][::-1]


def _hours(start: datetime, end: datetime, step: int) -> Iterator[datetime]:
    """Yield the clock times at multiples of `step` hours after local midnight, also on days of 23 or 25 hours."""
    day = start.replace(hour=0, minute=0, second=0, microsecond=0)
    for _ in range(_MOST_DAYS):
        for hour in range(0, _DAY_HOURS, step):
            tick = day.replace(hour=hour)
            if tick.timestamp() > end.timestamp():
                return
            if tick.timestamp() >= start.timestamp():
                yield tick
        day += timedelta(days=1)
