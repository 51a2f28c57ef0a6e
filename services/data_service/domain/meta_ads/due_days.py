"""Which days of an ad account a sync reads, and up to which day it is complete."""

from datetime import date, timedelta
from typing import NamedTuple

# Conversions arrive up to 28 days after a click, so Meta restates these days every night.
WINDOW = 28
_MONTHS_KEPT = 37
_DAY = timedelta(days=1)
# A day is complete when the day after it has ended too: Meta's clock may be behind ours, and it still counts events of
# the time before midnight. A day taken for complete at its end would lack its evening if no sync ran the next day.
_OVER = 2 * _DAY


class Days(NamedTuple):
    """A range of the account's days, both included."""

    first: date
    last: date

    @property
    def length(self) -> int:
        """How many days the range has."""
        return (self.last - self.first).days + 1


def due_days(
    today: date, complete_to: date | None, asked: Days | None, *, reads_window: bool, window_read_on: date | None = None
) -> Days | None:
    """The days to read; None if Meta has none of them.

    The days `asked` for, as far as Meta has them; otherwise everything after the last complete day, again yesterday,
    and today. With `reads_window`, or if nothing was read before, also the days that Meta still restates, and those
    that it restated since they were last read on `window_read_on`, however long ago that is.
    """
    if asked is not None:
        days = Days(max(asked.first, oldest_day(today)), min(asked.last, today))
        return days if days.length > 0 else None
    window = today - (WINDOW - 1) * _DAY
    if complete_to is None:
        return Days(window, today)
    first = min(complete_to + _DAY, today - _DAY)
    if reads_window:
        missed = (today - window_read_on).days - 1 if window_read_on is not None else 0
        first = min(first, window - max(missed, 0) * _DAY)
    return Days(max(first, oldest_day(today)), today)


def complete_after(complete_to: date | None, read: Days, today: date, *, was_asked: bool) -> date | None:
    """The last complete day after `read` has been read; today and yesterday are never complete.

    Days read on request move it only if they leave no gap.
    """
    if complete_to is None:
        return None if was_asked else min(read.last, today - _OVER)
    if read.first > complete_to + _DAY:
        return complete_to
    return max(complete_to, min(read.last, today - _OVER))


def oldest_day(today: date) -> date:
    """The oldest day that Meta still has: it keeps 37 months."""
    year, month = divmod(today.year * 12 + today.month - 1 - _MONTHS_KEPT, 12)
    # Not every month has a 31st; up to two days fewer than Meta has are acceptable.
    return date(year, month + 1, min(today.day, 28)) + timedelta(days=max(today.day - 28, 0) + 1)
