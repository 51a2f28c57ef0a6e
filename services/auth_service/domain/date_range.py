"""Check the range of days for which the audit log is queried: inclusive, open at either end, at most five years."""

from datetime import date

from common.day_limits import EARLIEST, LATEST, MAX_YEARS, is_too_long
from common.problem import FieldError, Unprocessable


def check_days(date_from: date | None, date_to: date | None) -> None:
    """Refuse invalid ranges.

    Raises:
        Unprocessable: the first day is after the last, they span more than five years, or a day is before 1970 or after
            2199.
    """
    for name, day in (("date_from", date_from), ("date_to", date_to)):
        if day is not None and not EARLIEST <= day <= LATEST:
            raise _invalid(name, f"a date from {EARLIEST} to {LATEST}")
    if date_from is None or date_to is None:
        return
    if date_from > date_to:
        raise _invalid("date_from", "the first day is after the last")
    if is_too_long(date_from, date_to):
        raise _invalid("date_to", f"at most {MAX_YEARS} years at once")


def _invalid(field: str, message: str) -> Unprocessable:
    return Unprocessable(f"{field}: {message}", errors=[FieldError(field, message)])
