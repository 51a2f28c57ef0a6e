"""Single values as exports and browsers write them: absent ones, ids, numbers, days, JSON."""

import math
import re
from datetime import date
from functools import lru_cache
from typing import Any, Final

from services.data_service.domain.files.rejection import Rejected

# null, blank, "(not set)" and "null" are one thing: absent.
ABSENT: Final = frozenset({"", "(not set)", "null"})
# Keys of b-tree indexes must stay well under 2,700 bytes together.
MAX_ID_BYTES: Final = 256
MAX_TERM_BYTES: Final = 512
_SURELY_SHORT: Final = 64
MAX_NUMBER: Final = 1e15
_NUMBER: Final = re.compile(r"[+-]?(\d{1,18}(\.\d{0,18})?|\.\d{1,18})([eE][+-]?\d{1,2})?", re.ASCII)
_WHOLE: Final = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)


def text_of(value: Any, field: str) -> str:
    """A scalar as text, '' where it is absent; whole floats without their point.

    Raises:
        Rejected: an object or a list stands where a single value belongs.
    """
    if type(value) is str:
        return "" if value.strip() in ABSENT else value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < MAX_NUMBER else repr(value)
    kind = "a list" if isinstance(value, list) else "an object"
    reason = f"{field} is {kind}, not a single value"
    raise Rejected(reason, field)


def id_of(value: Any, field: str) -> str:
    """An id as text, '' where it is absent.

    Raises:
        Rejected: not a single text or whole number, or too long to be an id.
    """
    if type(value) is str:
        if value.strip() in ABSENT:
            return ""
        return value if len(value) <= _SURELY_SHORT else bounded(value, field, MAX_ID_BYTES)
    if value is None:
        return ""
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        reason = f"{field} must be text or a whole number, not {value!r}"
        raise Rejected(reason, field)
    return bounded(text_of(value, field), field, MAX_ID_BYTES)


def bounded(text: str, field: str, most: int) -> str:
    """The text itself.

    Raises:
        Rejected: it is longer than `most` bytes in UTF-8.
    """
    if len(text) > _SURELY_SHORT and len(text.encode()) > most:
        reason = f"{field} is longer than {most} bytes"
        raise Rejected(reason, field)
    return text


def number_of(value: Any, field: str) -> int | float | None:
    """A number that may come as text; None where it is absent.

    Raises:
        Rejected: not a number, or beyond 10^15.
    """
    if isinstance(value, str):
        text = value.strip()
        if text in ABSENT:
            return None
        if not _NUMBER.fullmatch(text):
            reason = f"{field} is not a number: {value[:40]!r}"
            raise Rejected(reason, field)
        value = int(text) if _WHOLE.fullmatch(text) else float(text)
    elif value is None:
        return None
    elif isinstance(value, bool) or not isinstance(value, (int, float)):
        reason = f"{field} is not a number"
        raise Rejected(reason, field)
    if not -MAX_NUMBER < value < MAX_NUMBER or not math.isfinite(value):
        reason = f"{field} is out of range"
        raise Rejected(reason, field)
    return value


def currency_of(value: Any) -> str:
    """A currency code in capitals, '' where it is absent (then it is the tenant's).

    Raises:
        Rejected: not three letters.
    """
    text = text_of(value, "currency")
    if not text:
        return ""
    code = text.strip().upper()
    if not _CURRENCY.fullmatch(code):
        reason = f"currency is not a code of three letters: {text[:20]!r}"
        raise Rejected(reason, "currency")
    return code


def search_term_of(value: Any) -> str:
    """A search term folded: lower case, trimmed, inner blanks one; '' where it is absent."""
    return bounded(" ".join(text_of(value, "search_term").lower().split()), "search_term", MAX_TERM_BYTES)


def check_day(value: Any, field: str) -> None:
    """Accept a day written 20240131 or 2024-01-31, or an absent one.

    Raises:
        Rejected: no such day exists.
    """
    text = text_of(value, field)
    # (What is longer is none, and would only fill the cache.)
    if text and (len(text) > len("2024-01-31") or not _is_day(text)):
        reason = f"{field} is not a date that exists: {text[:20]!r}"
        raise Rejected(reason, field)


@lru_cache(maxsize=4096)
def _is_day(text: str) -> bool:
    digits = text.replace("-", "") if len(text) == len("2024-01-31") else text
    if len(digits) != len("20240131") or not digits.isascii() or not digits.isdigit():
        return False
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True
