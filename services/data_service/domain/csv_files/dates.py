"""Dates as people and programs write them, and which order of day and month a column keeps to."""

import re
from collections import Counter
from datetime import date
from functools import lru_cache
from typing import Final

# `ymd` is of years of four digits; `yymd` has two digits first.
DATE_ORDERS: Final = ("ymd", "dmy", "mdy", "yymd")
_NUMERIC: Final = re.compile(r"(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})\.?", re.ASCII)
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_TIME: Final = re.compile(r"(?P<day>.*?)[T ,]+(?P<time>\d{1,2}:\d{2}.*)", re.ASCII)
_WORDS: Final = re.compile(r"[\s,./-]+")
_MONTHS: Final = {
    name: number + 1
    for number, name in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"))
}
_FIRST_YEAR, _LAST_YEAR = 1970, 2100
# What is longer is no date: nothing is matched against it, and no cache holds it.
LONGEST_DATE: Final = 64
_DAY_LENGTH: Final = len("2026-01-31")
_CLEARLY: Final = 2


def readings(text: str, year: int) -> dict[str, date]:
    """Every way to read a date, by the order of its parts; none where it is no date.

    A year of two digits may stand first or last, is of this century, and at most the one after `year`, in which the
    file came.
    """
    return _readings(text, year) if len(text) <= LONGEST_DATE else {}


@lru_cache(maxsize=65_536)
def _readings(text: str, now: int) -> dict[str, date]:
    if found := _COMPACT.fullmatch(text):
        return _valid({"ymd": found.groups()}, now)
    found = _NUMERIC.fullmatch(text)
    if found is None:
        named = _named(text, now)
        return {"named": named} if named else {}
    one, _, two, three = found.groups()
    if len(one) == len("2026"):
        return _valid({"ymd": (one, two, three)}, now) if len(three) <= len("31") else {}
    if len(one) > len("31") or len(three) not in (len("26"), len("2026")):
        return {}
    local = {"dmy": (three, two, one), "mdy": (three, one, two)}
    return _valid(local if len(three) > len("26") else {**local, "yymd": (one, two, three)}, now)


def day_of(text: str, order: str, year: int) -> date | None:
    """A date in its column's order; None where it is not written so."""
    return readings(text, year).get(order)


def _valid(parts: dict[str, tuple[str, ...]], now: int) -> dict[str, date]:
    days: dict[str, date] = {}
    for order, (year, month, day) in parts.items():
        century, latest = (2000, now + 1) if len(year) == len("26") else (0, _LAST_YEAR)
        try:
            found = date(century + int(year), int(month), int(day))
        except ValueError:
            continue
        if _FIRST_YEAR <= found.year <= latest:
            days[order] = found
    return days


def _named(text: str, now: int) -> date | None:
    """`Nov 3, 2026`, `3 November 2026`, `Tue, 3 Nov 2026`, `3-Nov-26`, `3 thg 11, 2026`."""
    words = [word for word in _WORDS.split(text.lower()) if word]
    if "thg" in words and len(words) == len(("3", "thg", "11", "2026")):
        day, _, month, year = words
        return _valid({"named": (year, month, day)}, now).get("named") if _digits(day, month, year) else None
    months = [word for word in words if word[:3] in _MONTHS and word.isalpha()]
    numbers = [word for word in words if word.isascii() and word.isdigit()]
    if len(months) != 1 or len(numbers) != len(("3", "2026")) or len(numbers[1]) not in (len("26"), len("2026")):
        return None
    return _valid({"named": (numbers[1], str(_MONTHS[months[0][:3]]), numbers[0])}, now).get("named")


def _digits(*texts: str) -> bool:
    return all(text.isascii() and text.isdigit() for text in texts)


def day_and_time(cell: str) -> tuple[str, str]:
    """A cell's date and, '' where it has none, the time of day behind it."""
    text = cell.strip()
    if ":" not in text or len(text) > LONGEST_DATE:
        return text, ""
    if text[_DAY_LENGTH : _DAY_LENGTH + 1] in ("T", " ") and " " not in text[:_DAY_LENGTH]:
        return text[:_DAY_LENGTH], text[_DAY_LENGTH + 1 :]
    found = _TIME.fullmatch(text)
    return (found["day"], found["time"]) if found else (text, "")


_Vote = tuple[tuple[str, int], ...]


@lru_cache(maxsize=65_536)
def _vote(text: str, year: int) -> _Vote:
    """The orders that a date can be read in; those with the same number read the same day.

    Hardly anything writes `26/11/03` or `26.11.03`: only between hyphens may a year of two digits stand first unasked.
    """
    found = readings(text, year)
    days = list(found.values())
    return tuple((order, days.index(day)) for order, day in found.items() if order != "yymd" or "-" in text)


class DateEvidence:
    """What a column's dates say about their order, counted over the whole file, which came in the year `year`."""

    def __init__(self, year: int) -> None:
        self._year = year
        self._votes: Counter[_Vote] = Counter()
        self._first = self._open = ""

    @property
    def example(self) -> str:
        """A date that is another day in another order, or, where there is none, the first that has an order at all."""
        return self._open or self._first

    def add(self, cell: str) -> None:
        """Count one date."""
        text, _ = day_and_time(cell)
        if len(text) > LONGEST_DATE:
            return
        vote = _vote(text, self._year)
        if not vote:
            return
        self._votes[vote] += 1
        if not self._open and not {"dmy", "mdy"}.isdisjoint(dict(vote)):
            self._first = self._first or cell.strip()
            if len(set(dict(vote).values())) > 1:
                self._open = cell.strip()

    def fits(self, order: str) -> bool:
        """Whether any date can be read in this order."""
        return any(order in dict(vote) for vote in self._votes)

    def settled(self) -> str:
        """The column's order, '' where its dates leave it open.

        A date that can be read in one order and not in another tells the two apart: a day past 12, a year past the
        next. The order stands that more dates ask for than speak against it, two to one, beside each of the others.
        """
        orders = [order for order in ("ymd", "named", "dmy", "mdy", "yymd") if self.fits(order)]
        if not orders:
            return "ymd"
        standing = (one for one in orders if all(one == other or self._outdoes(one, other) for other in orders))
        return next(standing, "")

    def _outdoes(self, one: str, other: str) -> bool:
        """Whether the dates prefer one order, or cannot tell the two since they read the same days in both."""
        votes = [(dict(vote), count) for vote, count in self._votes.items()]
        ours = sum(count for vote, count in votes if one in vote and other not in vote)
        theirs = sum(count for vote, count in votes if other in vote and one not in vote)
        if ours:
            return ours >= _CLEARLY * theirs
        return not theirs and all(vote[one] == vote[other] for vote, _ in votes if one in vote and other in vote)
