"""Days and clock times as people write them in one language."""

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
    """What a text says of time: (month, day), (hour, minute), years, and weekdays by number (Monday is 0)."""

    days: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    clocks: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    years: list[int] = field(default_factory=list[int])
    weekdays: list[int] = field(default_factory=list[int])

    def parts(self) -> tuple[Sequence[object], ...]:
        """Days, clock times, years and weekdays."""
        return self.days, self.clocks, self.years, self.weekdays

    def exact(self) -> "Times":
        """Days and clock times alone: years and weekdays are told by them."""
        return Times(self.days, self.clocks)


def read_times(text: str, language: Language, known: Times) -> tuple[Times, str]:
    """What a text says of time, and the text without it.

    Args:
        text: without names.
        language: whose notation holds.
        known: the times that there are. In Vietnamese `9/30` is a share and `4 giờ` a duration where they are none.
    """
    told = Times()
    read = _english if language.code == "en" else _vietnamese
    left = read(text, told, known)
    left = _CLOCK.sub(lambda found: _clock(told, int(found[1]), int(found[2])), left)
    return told, _weekdays(left, language, told)


def _english(text: str, told: Times, known: Times) -> str:
    del known

    def month_first(found: re.Match[str]) -> str:
        return _day(told, _MONTHS[found[1].casefold()], [found[2], found[3]], found[4])

    def day_first(found: re.Match[str]) -> str:
        return _day(told, _MONTHS[found[3].casefold()], [found[1], found[2]], found[4])

    def clock(found: re.Match[str]) -> str:
        hour = int(found[1]) % _NOON + (_NOON if found[3].casefold() == "p" else 0)
        return _clock(told, hour if 0 < int(found[1]) <= _NOON else -1, int(found[2] or 0))

    left = _ENGLISH_DAYS[0].sub(month_first, text)
    return _ENGLISH_CLOCK.sub(clock, _ENGLISH_DAYS[1].sub(day_first, left))


def _vietnamese(text: str, told: Times, known: Times) -> str:
    def slashed(found: re.Match[str]) -> str:
        if (int(found[2]), int(found[1])) not in known.days and not found[3]:
            return f"{found[1]} {found[2]}"
        return _day(told, int(found[2]), [found[1]], found[3])

    def named(found: re.Match[str]) -> str:
        return _day(told, int(found[2]), [found[1]], found[3])

    def clock(found: re.Match[str]) -> str:
        hour, minute = int(found[1]), int(found[2] or 0)
        if found[3] in {"chiều", "tối", "đêm"} and hour <= _NOON:
            hour = (hour % _NOON + _NOON) % 24 if hour < _NOON else 0
        if (hour, minute) not in known.clocks and not found[3]:
            return f"{found[1]} {found[2] or ''}"
        return _clock(told, hour, minute)

    left = _VIETNAMESE_DAYS[1].sub(named, _VIETNAMESE_DAYS[0].sub(slashed, text))
    return _VIETNAMESE_CLOCK.sub(clock, left)


def _weekdays(text: str, language: Language, told: Times) -> str:
    left = text
    for width in ("wide", "abbreviated"):
        for number, name in get_day_names(width, locale=language.locale).items():
            pattern = re.compile(
                rf"(?<!\w){re.escape(name.rstrip('.'))}(?!\w)", 0 if width == "abbreviated" else re.IGNORECASE
            )
            left, found = pattern.subn(" ", left)
            told.weekdays += [number] * bool(found)
    return left


def _day(told: Times, month: int, days: list[str | None], year: str | None) -> str:
    told.days += [(month, int(day)) for day in days if day]
    told.years += [int(year)] if year else []
    return " "


def _clock(told: Times, hour: int, minute: int) -> str:
    told.clocks.append((hour % 24 if hour >= 0 else hour, minute))
    return " "
