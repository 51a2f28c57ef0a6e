"""Numbers as people write them in one language: `1,234.5` and `1.234,5`, percent, money, `8.4M` and `8,4 triệu`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from services.insights_service.domain.words.language import Language

Kind = Literal["plain", "percent", "money", "times", "foreign"]
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
}
_SIGNS: Final = r"US\$|[$€£¥₫₩₹฿₱₽₴₺]"
_WORDS: Final = r"percent|phần\ trăm|times|lần|đồng|đô\ la|dollars?|euros?|pounds?|đ\b|[A-Z]{3}\b"
_NUMBER: Final = re.compile(
    rf"""(?P<minus>(?<![^\s(])[-−])?(?P<before>{_SIGNS})?\s?(?P<inner>[-−])?(?<![\w.,])(?P<digits>[0-9](?:[0-9.,]*[0-9])?)
    (?:\s?(?P<scale>thousand|million|billion|nghìn|ngàn|triệu|tỷ|tỉ|bn|[kKMB]|Tr)(?!\w))?
    (?:\s?(?P<after>%|×|[xX]\b|{_SIGNS}|{_WORDS}))?""",
    re.VERBOSE,
)
_POINTS: Final = {"en": (r"\.", ","), "vi": (",", r"\.")}


@dataclass(frozen=True, slots=True)
class Number:
    """One number: its value, how coarse it was written (one unit of its last digit), what it is of, where it stands."""

    text: str
    value: float
    unit: float
    kind: Kind
    start: int
    end: int


def read_numbers(text: str, language: Language, money_signs: frozenset[str]) -> tuple[list[Number], str]:
    """All numbers of a text in their order, and what is left of it without them: a digit left could not be read.

    Args:
        text: without its dates, clock times and names.
        language: whose notation holds; in another's the same signs are another number.
        money_signs: how the currency of the figures may be marked; money marked otherwise is `foreign`.
    """
    numbers = [(found, _number(found, language, money_signs)) for found in _NUMBER.finditer(text)]
    left = text
    for found, number in reversed(numbers):
        if number is not None:
            left = f"{left[: found.start()]} {left[found.end() :]}"
    return [number for _, number in numbers if number is not None], left


def has_digit(text: str) -> bool:
    """Whether anything in it counts: digits of any script, halves, small raised ones."""
    return any(letter.isnumeric() for letter in text)


def _number(found: re.Match[str], language: Language, money_signs: frozenset[str]) -> Number | None:
    point, group = _POINTS[language.code]
    digits = re.fullmatch(
        rf"(\d{{1,3}}(?:{re.escape(group.strip(chr(92)))}\d{{3}})+|\d+)(?:{point}(\d+))?", found["digits"]
    )
    if digits is None:
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
    if marks:
        return "money" if all(mark in money_signs for mark in marks) else "foreign"
    return "plain"


def _marks(found: re.Match[str]) -> Iterator[str]:
    for mark in (found["before"], found["after"]):
        if mark:
            yield mark
