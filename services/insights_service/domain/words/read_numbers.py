"""Read numbers as people write them in one language: `1,234.5`, `1.234,5`, percent, money, `8.4M`, `8,4 triệu`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from babel import Locale
from babel.numbers import get_decimal_symbol, get_group_symbol

from services.insights_service.domain.words.figures import plain
from services.insights_service.domain.words.language import Language

Kind = Literal["plain", "percent", "money", "times", "span", "foreign"]
_SCALES: Final = {
    "k": 1e3,
    "nghìn": 1e3,
    "ngàn": 1e3,
    "thousand": 1e3,
    "m": 1e6,
    "tr": 1e6,
    "triệu": 1e6,
    "million": 1e6,
    "b": 1e9,
    "bn": 1e9,
    "tỷ": 1e9,
    "tỉ": 1e9,
    "billion": 1e9,
    "l": 1e5,
    "lakh": 1e5,
    "cr": 1e7,
    "crore": 1e7,
    "t": 1e12,
    "trillion": 1e12,
    "nghìn tỷ": 1e12,
}
_SIGNS: Final = r"US\$|[$€£¥₫₩₹฿₱₽₴₺]"
# A number with such a unit cannot be a count of something else: `3 years` are not 3 leads.
_SPANS: Final = r"(?:years?|months?|năm|tháng)\b"
_WORDS: Final = rf"{_SPANS}|percent|phần\ trăm|times|lần|đồng|đô\ la|dollars?|euros?|pounds?|đ\b|[A-Z]{3}\b"
_NUMBER: Final = r"""(?P<minus>(?<![^\s(])[-−])?
    (?:(?<!\w)(?P<before>{own}|{signs})\s?(?P<inner>[-−])?|(?<![\w.,]))
    (?P<digits>[0-9](?:[0-9.,{group}]*[0-9])?)
    (?:\s?(?P<scale>{scales})(?!\w))?
    (?:\s?(?P<after>%|×|[xX]\b|(?:{own})(?!\w)|{signs}|{words}))?"""
_SCALED: Final = r"thousand|million|billion|trillion|lakh|crore|nghìn\ tỷ|nghìn|ngàn|triệu|tỷ|tỉ|bn|Cr|Tr|[kKMBLT]"


# The most characters of a number. No figure is longer, and a float could not represent it.
_LONGEST: Final = 24


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text: its value, one unit of its last digit, its kind, and its position."""

    text: str
    value: float
    unit: float
    kind: Kind
    start: int
    end: int


def read_numbers(text: str, language: Language, money_signs: frozenset[str]) -> tuple[list[Number], str]:
    """Return the numbers of a text in order, and the text without them, in which any digit left could not be read.

    Args:
        text: a text without its dates, clock times and names.
        language: the language and region that define the decimal and grouping separators.
        money_signs: the symbols and words that may mark the currency; money with any other mark is `foreign`.
    """
    pattern, written = _notation(language.locale, money_signs)
    numbers = [(found, _number(found, written, money_signs)) for found in pattern.finditer(text)]
    left = text
    for found, number in reversed(numbers):
        if number is not None:
            left = f"{left[: found.start()]} {left[found.end() :]}"
    return [number for _, number in numbers if number is not None], left


def has_digit(text: str) -> bool:
    """Return whether a text has any numeric character: digits of any script, fractions, superscripts."""
    return any(letter.isnumeric() for letter in text)


@lru_cache(maxsize=64)
def _notation(locale: Locale, money_signs: frozenset[str]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the pattern of anything that may be a number, and that of a locale's digits (whole part, decimals)."""
    point, group = re.escape(get_decimal_symbol(locale)), re.escape(plain(get_group_symbol(locale)))
    own = "|".join(re.escape(sign) for sign in sorted(money_signs, key=len, reverse=True))
    number = _NUMBER.format(own=own, signs=_SIGNS, scales=_SCALED, words=_WORDS, group=group)
    # Groups of two digits are usual in India.
    return re.compile(number, re.VERBOSE), re.compile(
        rf"(\d{{1,3}}(?:{group}\d{{2,3}})*{group}\d{{3}}|\d+)(?:{point}(\d+))?"
    )


def _number(found: re.Match[str], written: re.Pattern[str], money_signs: frozenset[str]) -> Number | None:
    digits = written.fullmatch(found["digits"])
    if digits is None or len(digits[0]) > _LONGEST:
        return None
    whole, decimals = re.sub(r"\D", "", digits[1]), digits[2] or ""
    scale = _SCALES[found["scale"].lower()] if found["scale"] else 1.0
    value = float(f"{whole}.{decimals or 0}") * scale
    negative = bool(found["minus"] or found["inner"])
    unit = scale / 10 ** len(decimals)
    kind = _kind(found, money_signs)
    return Number(found[0].strip(), -value if negative else value, unit, kind, found.start(), found.end())


def _kind(found: re.Match[str], money_signs: frozenset[str]) -> Kind:
    marks = list(_marks(found))
    if any(mark in {"%", "percent", "phần trăm"} for mark in marks):
        return "percent"
    if any(mark in {"×", "x", "X", "times", "lần"} for mark in marks):
        return "times"
    if any(re.fullmatch(_SPANS, mark) for mark in marks):
        return "span"
    if marks:
        return "money" if all(mark in money_signs for mark in marks) else "foreign"
    return "plain"


def _marks(found: re.Match[str]) -> Iterator[str]:
    for mark in (found["before"], found["after"]):
        if mark:
            yield mark
