"""Ranges of the tenant's days: both ends included, at most five years, by default the last whole days."""

from datetime import date, timedelta

from common.day_limits import EARLIEST, LATEST, MAX_YEARS, is_too_long
from services.analytics_service.errors import DatesInvalid
from services.analytics_service.store.day_range import DateRange

DEFAULT_DAYS = 7


def date_range(
    start: date | None,
    end: date | None,
    today: date,
    *,
    days: int = DEFAULT_DAYS,
    names: tuple[str, str] = ("start_date", "end_date"),
) -> DateRange:
    """Return the range; a missing end is yesterday, a missing start is `days` − 1 before the end.

    `names` are the request's names of start and end, for errors.

    Raises:
        DatesInvalid: the start is after the end, the range is longer than five years, or a date is out of bounds.
    """
    for field, day in zip(names, (start, end), strict=True):
        if day is not None and not EARLIEST <= day <= LATEST:
            raise DatesInvalid.of(field, f"{field} must lie between {EARLIEST} and {LATEST}")
    if end is None:
        end = max(today - timedelta(days=1), start or EARLIEST)
    if start is None:
        start = max(end - timedelta(days=days - 1), EARLIEST)
    if start > end:
        raise DatesInvalid.of(names[0], f"{names[0]} must not be after {names[1]}")
    if is_too_long(start, end):
        raise DatesInvalid.of(names[1], f"the range must not be longer than {MAX_YEARS} years")
    return DateRange(start, end)
