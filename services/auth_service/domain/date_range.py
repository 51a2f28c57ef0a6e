"""Check the range of days for which the audit log is queried: inclusive, open at either end, at most five years."""

from datetime import date

from common.problem import FieldError, Unprocessable

_MAX_YEARS = 5
_FIRST, _LAST = date(1970, 1, 1), date(2199, 12, 31)


def check_days(date_from: date | None, date_to: date | None) -> None:
    """Refuse invalid ranges.

    Raises:
        Unprocessable: the first day is after the last, they span more than five years, or a day is before 1970 or after
            2199.
    """
    for name, day in (("date_from", date_from), ("date_to", date_to)):
        if day is not None and not _FIRST <= day <= _LAST:
            raise _invalid(name, f"a date from {_FIRST} to {_LAST}")
    if date_from is None or date_to is None:
        return
    if date_from > date_to:
        raise _invalid("date_from", "the first day is after the last")
    if (date_to.year - _MAX_YEARS, date_to.month, date_to.day) >= (date_from.year, date_from.month, date_from.day):
        raise _invalid("date_from", f"at most {_MAX_YEARS} years at once")


def _invalid(field: str, message: str) -> Unprocessable:
    return Unprocessable(f"{field}: {message}", errors=[FieldError(field, message)])
