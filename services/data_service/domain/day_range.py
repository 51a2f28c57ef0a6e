"""Ranges of the tenant's days: both ends included, at most five years, the last 30 whole days where none is given."""

from datetime import date, timedelta
from typing import Final, NamedTuple

from common.day_limits import EARLIEST, LATEST, MAX_YEARS, is_too_long
from common.problem import FieldError
from services.data_service.errors import DatesInvalid

DEFAULT_DAYS: Final = 30
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
        if day is not None and not EARLIEST <= day <= LATEST:
            raise _wrong(field, f"must lie between {EARLIEST} and {LATEST}")
    last = date_to or max(today - _ONE_DAY, date_from or EARLIEST)
    first = date_from or last - (DEFAULT_DAYS - 1) * _ONE_DAY
    if first > last:
        raise _wrong("date_from", "must not be after date_to")
    if is_too_long(first, last):
        raise _wrong("date_to", f"the range must not be over {MAX_YEARS} years")
    return DayRange(first, last)


def _wrong(field: str, message: str) -> DatesInvalid:
    return DatesInvalid(errors=[FieldError(field, message)])
