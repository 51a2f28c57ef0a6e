"""Ranges of the tenant's days: both ends included, at most five years, the last 30 whole days where none is given."""

from datetime import date, timedelta
from typing import Final, NamedTuple

from common.problem import FieldError
from services.data_service.errors import DatesInvalid

DEFAULT_DAYS: Final = 30
MAX_YEARS: Final = 5
_EARLIEST: Final = date(1970, 1, 1)
_LATEST: Final = date(2199, 12, 31)
_ONE_DAY: Final = timedelta(days=1)


class DayRange(NamedTuple):
    """Days of the tenant's zone, both ends included."""

    first: date
    last: date

    @property
    def length(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1


def day_range(date_from: date | None, date_to: date | None, today: date) -> DayRange:
    """The range that is meant; a missing end is yesterday, a missing start 29 days before the end.

    Raises:
        DatesInvalid: the start is after the end, the range is over five years, or a date is out of this world.
    """
    for field, day in (("date_from", date_from), ("date_to", date_to)):
        if day is not None and not _EARLIEST <= day <= _LATEST:
            raise _wrong(field, f"must lie between {_EARLIEST} and {_LATEST}")
    last = date_to or max(today - _ONE_DAY, date_from or _EARLIEST)
    first = date_from or last - (DEFAULT_DAYS - 1) * _ONE_DAY
    if first > last:
        raise _wrong("date_from", "must not be after date_to")
    if is_too_long(first, last):
        raise _wrong("date_to", f"the range must not be over {MAX_YEARS} years")
    return DayRange(first, last)


def is_too_long(first: date, last: date) -> bool:
    """Whether days from the first to the last, both included, are more than MAX_YEARS."""
    # Compared as tuples, since five years after a 29 February there is none.
    return (last.year - MAX_YEARS, last.month, last.day) >= (first.year, first.month, first.day)


def _wrong(field: str, message: str) -> DatesInvalid:
    return DatesInvalid(errors=[FieldError(field, message)])
