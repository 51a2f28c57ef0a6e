"""Which days of an ad account a sync reads, and up to which day everything has been read."""

from datetime import date, timedelta
from typing import NamedTuple

# Conversions come in for 28 days after a click, so that Meta says something else of these days every night.
WINDOW = 28
_MONTHS_KEPT = 37
_DAY = timedelta(days=1)
# A day is complete once the one after it is over as well. Meta's clock may be behind ours, and it goes on counting what
# came before midnight: who takes a day for complete as it ends misses its evening where the next day has no sync.
_OVER = 2 * _DAY


class Days(NamedTuple):
    """Days of the account, both inclusive."""

    first: date
    last: date

    @property
    def length(self) -> int:
        """How many they are."""
        return (self.last - self.first).days + 1


def due_days(
    today: date, complete_to: date | None, asked: Days | None, *, reads_window: bool, window_read_on: date | None = None
) -> Days | None:
    """What to read; None: nothing that Meta has.

    `asked` as far as Meta has it; else everything after the day that is complete, yesterday once more, and today;
    with `reads_window`, or where nothing was read before, the days that Meta restates too: also those that it restated
    since `window_read_on`, when they were read last, however long ago that is.
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
    """The day up to which everything is read, once `read` is; of today and yesterday there is more to come.

    What somebody asked for moves it only where it follows on: between lie days that nobody read.
    """
    if complete_to is None:
        return None if was_asked else min(read.last, today - _OVER)
    if read.first > complete_to + _DAY:
        return complete_to
    return max(complete_to, min(read.last, today - _OVER))


def oldest_day(today: date) -> date:
    """The first day that Meta still has: it keeps 37 months."""
    year, month = divmod(today.year * 12 + today.month - 1 - _MONTHS_KEPT, 12)
    # (the 31st is not in every month; two days less than Meta would give are no loss)
    return date(year, month + 1, min(today.day, 28)) + timedelta(days=max(today.day - 28, 0) + 1)
