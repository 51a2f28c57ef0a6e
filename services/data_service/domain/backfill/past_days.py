"""Checking the days of a backfill: first and last included, at most five years, none in the future."""

from datetime import date
from typing import Final

from common.day_limits import MAX_YEARS, is_too_long
from common.problem import FieldError
from services.data_service.errors import DatesInvalid

_EARLIEST: Final = date(2000, 1, 1)


def check_past_days(start: date, end: date, today: date) -> None:
    """Check that the days are a valid range of the past.

    Raises:
        DatesInvalid: the first is after the last or before 2000, the last is in the future, or the range is too long.
    """
    if start < _EARLIEST:
        raise _wrong("start_date", f"there is nothing before {_EARLIEST}")
    if start > end:
        raise _wrong("start_date", "must not be after end_date")
    if end > today:
        raise _wrong("end_date", f"has not come yet: it is {today} in the tenant's time zone")
    if is_too_long(start, end):
        raise _wrong("end_date", f"the range must not be over {MAX_YEARS} years")


def _wrong(field: str, message: str) -> DatesInvalid:
    return DatesInvalid(f"{field}: {message}", errors=[FieldError(field, message)])
