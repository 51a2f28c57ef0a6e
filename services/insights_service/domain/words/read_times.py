"""Read days and clock times from a text, as people write them in one language."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from babel.dates import get_day_names, get_month_names

from services.insights_service.domain.words.language import Language

_NOON: Final = 12
_MONTHS: Final = {
    name.lower().rstrip("."): number
    for width in ("wide", "abbreviated")
    for number, name in get_month_names(width, locale="en").items()
} | {"sept": 9}
_MONTH: Final = "(" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_TH: Final = r"(?:st|nd|rd|th)?\b"
_YEAR: Final = r"(?:,?\s(\d{4})\b)?"
_TO: Final = r"\s?(?:[-–—]|to|and|through)\s?"
_ENGLISH_DAYS: Final = (
    re.compile(rf"\b{_MONTH}\s(\d{{1,2}}){_TH}(?:{_TO}(\d{{1,2}}){_TH}(?!\s?[ap]\.?m\b|:\d))?{_YEAR}", re.IGNORECASE),
    re.compile(rf"\b(\d{{1,2}}){_TH}(?:{_TO}(\d{{1,2}}){_TH})?\s(?:of\s)?{_MONTH}{_YEAR}", re.IGNORECASE),
)
_ENGLISH_CLOCK: Final = re.compile(r"(?<![\w:.,$€£])(\d{1,2})(?::(\d{2}))?\s?([ap])\.?m\b\.?", re.IGNORECASE)
_CLOCK: Final = re.compile(r"(?<![\w:.,])(\d{1,2}):(\d{2})(?![\w:])")
_VIETNAMESE_DAYS: Final = (
    re.compile(r"(?<![\w/])(\d{1,2})/(\d{1,2})(?:/(\d{4}))?(?![\w/])"),
    re.compile(r"(?<![\w/])(\d{1,2})\s(?:tháng|thg)\s(\d{1,2})(?:(?:,|\snăm)\s(\d{4}))?(?!\w)"),
)
_VIETNAMESE_CLOCK: Final = re.compile(
    r"(?<![\w:.,])(\d{1,2})\s?(?:h|giờ)\s?(\d{2})?(?!\w)(?:\s(sáng|trưa|chiều|tối|đêm))?", re.IGNORECASE
)


@dataclass(slots=True)
class Times:
    """The times in a text: days as (month, day), clocks as (hour, minute), years, and weekdays (Monday is 0)."""

    days: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    clocks: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    years: list[int] = field(default_factory=list[int])
    weekdays: list[int] = field(default_factory=list[int])

    def parts(self) -> tuple[Sequence[object], ...]:
        """Return days, clock times, years and weekdays."""
        return self.days, self.clocks, self.years, self.weekdays

    def exact(self) -> "Times":
        """Return the days and clock times alone, as years and weekdays follow from them."""
        return Times(self.days, self.clocks)


def read_times(text: str, language: Language, known: Times) -> tuple[Times, str]:
    """Return the times in a text, and the text without them.

    Args:
        text: a text without names.
        language: the language that defines the notation.
        known: the times that may occur. In Vietnamese, `9/30` and `4 giờ` are read as a ratio and a duration if they
            are not among these.
    """
    times = Times()
    read = _english if language.code == "en" else _vietnamese
    left = read(text, times, known)
    left = _CLOCK.sub(lambda found: _clock(times, int(found[1]), int(found[2])), left)
    return times, _weekdays(left, language, times)


def _english(text: str, times: Times, known: Times) -> str:
    del known

    def month_first(found: re.Match[str]) -> str:
        return _day(times, _MONTHS[found[1].casefold()], [found[2], found[3]], found[4])

    def day_first(found: re.Match[str]) -> str:
        return _day(times, _MONTHS[found[3].casefold()], [found[1], found[2]], found[4])

    def clock(found: re.Match[str]) -> str:
        hour = int(found[1]) % _NOON + (_NOON if found[3].casefold() == "p" else 0)
        return _clock(times, hour if 0 < int(found[1]) <= _NOON else -1, int(found[2] or 0))

    left = _ENGLISH_DAYS[0].sub(month_first, text)
    return _ENGLISH_CLOCK.sub(clock, _ENGLISH_DAYS[1].sub(day_first, left))


def _vietnamese(text: str, times: Times, known: Times) -> str:
    def slashed(found: re.Match[str]) -> str:
        if (int(found[2]), int(found[1])) not in known.days and not found[3]:
            return f"{found[1]} {found[2]}"
        return _day(times, int(found[2]), [found[1]], found[3])

    def named(found: re.Match[str]) -> str:
        return _day(times, int(found[2]), [found[1]], found[3])

    def clock(found: re.Match[str]) -> str:
        hour, minute = int(found[1]), int(found[2] or 0)
        if found[3] in {"chiều", "tối", "đêm"} and hour <= _NOON:
            hour = (hour % _NOON + _NOON) % 24 if hour < _NOON else 0
        if (hour, minute) not in known.clocks and not found[3]:
            return f"{found[1]} {found[2] or ''}"
        return _clock(times, hour, minute)

    left = _VIETNAMESE_DAYS[1].sub(named, _VIETNAMESE_DAYS[0].sub(slashed, text))
    return _VIETNAMESE_CLOCK.sub(clock, left)


def _weekdays(text: str, language: Language, times: Times) -> str:
    left = text
    for width in ("wide", "abbreviated"):
        for number, name in get_day_names(width, locale=language.locale).items():
            pattern = re.compile(
                rf"(?<!\w){re.escape(name.rstrip('.'))}(?!\w)", 0 if width == "abbreviated" else re.IGNORECASE
            )
            left, found = pattern.subn(" ", left)
            times.weekdays += [number] * bool(found)
    return left


def _day(times: Times, month: int, days: list[str | None], year: str | None) -> str:
    times.days += [(month, int(day)) for day in days if day]
    times.years += [int(year)] if year else []
    return " "


def _clock(times: Times, hour: int, minute: int) -> str:
    times.clocks.append((hour % 24 if hour >= 0 else hour, minute))
    return " "
