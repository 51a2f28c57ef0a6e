"""Convert one cell to the text form that the database accepts, according to its column's form."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache, partial
from typing import Final
from zoneinfo import ZoneInfo

from services.data_service.domain.ads.platform_name import canonical_platform
from services.data_service.domain.csv_files.dates import FIRST_YEAR, LAST_YEAR, LONGEST_DATE, day_and_time, day_of
from services.data_service.domain.csv_files.kinds import Column
from services.data_service.domain.csv_files.numbers import is_nothing, number_text
from services.data_service.domain.csv_files.plan import ColumnPlan
from services.data_service.domain.files.rejection import Rejected
from services.data_service.domain.values import ABSENT, MAX_ID_BYTES, bounded, currency_of

# Databases print null in capitals. (In events it may be what somebody typed.)
ABSENT_CELLS: Final = ABSENT | {"NULL"}
MAX_TEXT_BYTES: Final = 4_000
_SURELY_FITTING: Final = MAX_TEXT_BYTES // 4  # no character takes more bytes
_TIME: Final = re.compile(
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<part>\d{1,9}))?)?"
    r" ?(?P<half>[AaPp]|SA|CH)?(?:\.? ?[Mm]\.?)?"
    r" ?(?P<zone>Z|(?:UTC|GMT)?(?P<ahead>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?|UTC|GMT)?",
    re.ASCII,
)
# `3:04 CH` is Vietnamese.
_AFTERNOON: Final = ("P", "p", "CH")
_PLATFORM: Final = re.compile(r"[a-z0-9_.-]{1,100}", re.ASCII)
_ROUNDED: Final = re.compile(r"\d(?:[.,]\d+)?E\+\d{1,3}", re.ASCII)
_FLAGS: Final = {
    **dict.fromkeys(("true", "t", "yes", "y", "1", "paid"), "true"),
    **dict.fromkeys(("false", "f", "no", "n", "0", "organic"), "false"),
}
_STATUSES: Final = {"signed": "signed", "cancelled": "cancelled", "canceled": "cancelled"}

# Converts a cell's text to its value, '' if it is absent; raises Rejected if it does not fit its column.
ReadCell = Callable[[str], str]
_ORDER_NAMES: Final = {
    **dict.fromkeys(("ymd", "yymd"), "year, month, day"),
    "dmy": "day, month, year",
    "mdy": "month, day, year",
    "named": "month in words",
}


def reads_of(column: Column, planned: ColumnPlan | None, zone: ZoneInfo, year: int) -> list[ReadCell]:
    """Return the functions that read a column's values: two for a moment (its day and its instant), else one.

    `zone` is the time zone of times without an offset; `year` is the latest that two digits may mean.
    """
    name = column.name
    order = (planned.dates if planned else "") or "ymd"
    decimal = (planned.decimal if planned else "") or "point"
    read_moment = partial(_moment, name=name, order=order, zone=zone, year=year, is_day=column.form == "day")
    # Times repeat within a file, and each is read twice: for its day and its instant. A long cell cannot be a time and
    # is not cached.
    known = lru_cache(maxsize=16_384)(read_moment)

    def moment(cell: str) -> tuple[str, str]:
        return known(cell) if len(cell) <= LONGEST_DATE else read_moment(cell)

    forms: dict[str, list[ReadCell]] = {
        "id": [partial(_id, name=name)],
        "digits": [partial(_digits, name=name)],
        "text": [partial(text_cell, name=name)],
        "day": [lambda cell: moment(cell)[0]],
        "moment": [lambda cell: moment(cell)[0], lambda cell: moment(cell)[1]],
        "count": [partial(_count, name=name, decimal=decimal)],
        "number": [partial(_number, name=name, decimal=decimal)],
        "money": [partial(_number, name=name, decimal=decimal)],
        "rate": [partial(_rate, name=name, decimal=decimal)],
        "currency": [_currency],
        "flag": [partial(_one_of, name=name, known=_FLAGS)],
        "status": [partial(_one_of, name=name, known=_STATUSES)],
        "platform": [_platform],
    }
    return forms[column.form]


def _id(cell: str, name: str) -> str:
    return bounded(_refuse_rounded(_present(cell), name), name, MAX_ID_BYTES)


def _digits(cell: str, name: str) -> str:
    return _refuse_rounded(text_cell(cell, name), name)


def _refuse_rounded(text: str, name: str) -> str:
    """Return an id or phone.

    Raises:
        Rejected: a spreadsheet has rounded it (`1.23457E+11`), so that many others would share its digits.
    """
    if "E+" in text and _ROUNDED.fullmatch(text):
        reason = f"{name} was rounded by a spreadsheet: {text!r}; format its column as text before you save the file"
        raise Rejected(reason, name)
    return text


def _currency(cell: str) -> str:
    return currency_of(_present(cell))


def text_cell(cell: str, name: str) -> str:
    """Return a cell as text, '' if it is absent.

    Raises:
        Rejected: it is too long.
    """
    text = cell.strip()
    if len(text) > _SURELY_FITTING:
        return bounded(text, name, MAX_TEXT_BYTES)
    return "" if text in ABSENT_CELLS else text


def further_cell(cell: str) -> str:
    """Return a cell of an additional column as text, '' if it is absent, cut if it is too long."""
    text = cell.strip()
    if len(text) > _SURELY_FITTING:
        return text.encode()[:MAX_TEXT_BYTES].decode(errors="ignore")
    return "" if text in ABSENT_CELLS else text


def _present(cell: str) -> str:
    text = cell.strip()
    return "" if text in ABSENT_CELLS else text


def _number(cell: str, name: str, decimal: str) -> str:
    if is_nothing(cell) or not _present(cell):
        return ""
    return number_text(cell, name, decimal)


def _rate(cell: str, name: str, decimal: str) -> str:
    text = _number(cell, name, decimal)
    if text.startswith("-") or (text and not text.strip("0.")):
        reason = f"{name} is not greater than 0: {cell[:40]!r}"
        raise Rejected(reason, name)
    return text


def _count(cell: str, name: str, decimal: str) -> str:
    text = _number(cell, name, decimal)
    whole, _, decimals = text.partition(".")
    if decimals.strip("0") or whole.startswith("-"):
        reason = f"{name} is not a whole number from 0: {cell[:40]!r}"
        raise Rejected(reason, name)
    return whole


def _one_of(cell: str, name: str, known: dict[str, str]) -> str:
    text = _present(cell).lower()
    if text and text not in known:
        reason = f"{name} is none of {', '.join(known)}: {cell[:40]!r}"
        raise Rejected(reason, name)
    return known.get(text, "")


def _platform(cell: str) -> str:
    text = _present(cell).lower()
    if text and not _PLATFORM.fullmatch(text):
        reason = f"platform is not made of the letters a-z, digits and _.-: {cell[:40]!r}"
        raise Rejected(reason, "platform")
    return canonical_platform(text)


def _moment(cell: str, name: str, order: str, zone: ZoneInfo, year: int, *, is_day: bool) -> tuple[str, str]:
    """Return the day in the tenant's zone, and the UTC instant if the cell has a time; both in ISO 8601, '' if absent.

    Times without an offset are in `zone`. In a column of days (`is_day`) the written day counts whatever time follows
    it, since days of ads are in the zone of their account.
    """
    text = _present(cell)
    if not text:
        return "", ""
    day_text, time_text = day_and_time(text)
    day = day_of(day_text, order, year)
    if day is None:
        order_name = _ORDER_NAMES.get(order, order)
        years = f"{FIRST_YEAR} to {LAST_YEAR}"
        reason = f"{name} is not a date of {years}, as this column has them ({order_name}): {text[:40]!r}"
        raise Rejected(reason, name)
    if not time_text:
        return day.isoformat(), ""
    at = _instant(day, time_text, zone)
    if at is None:
        reason = f"{name} has no such time of day: {text[:40]!r}"
        raise Rejected(reason, name)
    own_day = day if is_day else at.astimezone(zone).date()
    return own_day.isoformat(), at.astimezone(UTC).isoformat()


def _instant(day: date, text: str, zone: ZoneInfo) -> datetime | None:
    found = _TIME.fullmatch(text.replace(".", ":") if ":" not in text else text)
    if found is None:
        return None
    hour = int(found["hour"])
    if found["half"]:
        hour = hour % 12 + (12 if found["half"] in _AFTERNOON else 0)
    part = (found["part"] or "").ljust(6, "0")[:6]
    try:
        clock = time(hour, int(found["minute"]), int(found["second"] or 0), int(part))
        return datetime.combine(day, clock, _zone(found) or zone)
    except ValueError:
        return None


def _zone(found: re.Match[str]) -> timezone | None:
    if not found["zone"]:
        return None
    offset = timedelta(hours=int(found["hours"] or 0), minutes=int(found["minutes"] or 0))
    return timezone(-offset if found["ahead"] == "-" else offset)
