"""Parse dates as people and programs write them, and decide the order of day, month and year in a column."""

import re
from collections import Counter
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

# `ymd` has a year of four digits, `yymd` one of two digits.
DATE_ORDERS: Final = ("ymd", "dmy", "mdy", "yymd")
_NUMERIC: Final = re.compile(r"(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})\.?", re.ASCII)
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
# `1/13/2026, 3:04 PM`, `Nov 3, 2026 at 15:04`, `13/01/2026 lúc 15:04`; `15:04:00 13/1/2026`; `13/01/2026 15.04`.
_TIMES: Final = (
    re.compile(r"(?P<day>.*?)(?:[T ,]| at | lúc )+(?P<time>\d{1,2}:\d{2}.*)", re.ASCII),
    re.compile(r"(?P<time>\d{1,2}:\d{2}(?::\d{2})?)[ ,]+(?P<day>\d.*)", re.ASCII),
    re.compile(r"(?P<day>\d+([-/.])\d+\2\d+),? (?P<time>\d{1,2}\.\d{2}(?:\.\d{2})?)", re.ASCII),
)
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d.\d", re.ASCII)
_BEHIND_DOTS: Final = re.compile(r"(?<=\d\.) (?=\d{1,4}(?:[. ]|$))", re.ASCII)
_WORDS: Final = re.compile(r"[\s,./-]+")
_MONTH_NAMES: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
# English only: abbreviations that look like English months may mean another month or a weekday in other languages
# (`mar` is Tuesday in Spanish).
_MONTHS: Final = {
    written: number for number, name in enumerate(_MONTH_NAMES, start=1) for written in (name, name[:3])
} | {"sept": 9}
_WEEKDAY_NAMES: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAYS: Final = frozenset((*_WEEKDAY_NAMES, *(name[:3] for name in _WEEKDAY_NAMES), "tues", "weds", "thur", "thurs"))
FIRST_YEAR, LAST_YEAR = 1970, 2100
# Longer texts are no dates; they are neither matched nor cached.
LONGEST_DATE: Final = 64
_DAY_LENGTH: Final = len("2026-01-31")
# One order must have this many times the votes of another. A single typo then does not stop a file, but a file that was
# joined from two others is noticed.
_CLEAR_MAJORITY: Final = 10


def latest_year(came_at: datetime) -> int:
    """Return the latest year that two digits may mean in a file uploaded at `came_at`.

    It is the year of the next day, so that it holds in every time zone.
    """
    return (came_at + timedelta(days=1)).year


def readings(text: str, year: int) -> dict[str, date]:
    """Return every reading of a date, by the order of its parts; empty if the text is no date.

    A year of two digits may come first or last, is in this century, and is at most `year` (see `latest_year`).
    """
    return _readings(text, year) if len(text) <= LONGEST_DATE else {}


@lru_cache(maxsize=65_536)
def _readings(text: str, year: int) -> dict[str, date]:
    if found := _COMPACT.fullmatch(text):
        return _valid({"ymd": found.groups()}, year)
    found = _NUMERIC.fullmatch(text)
    if found is None:
        named = _with_month_name(text, year)
        return {"named": named} if named else {}
    one, _, second, third = found.groups()
    if len(one) == len("2026"):
        return _valid({"ymd": (one, second, third)}, year) if len(third) <= len("31") else {}
    if len(one) > len("31") or len(third) not in (len("26"), len("2026")):
        return {}
    local = {"dmy": (third, second, one), "mdy": (third, one, second)}
    return _valid(local if len(third) > len("26") else {**local, "yymd": (one, second, third)}, year)


def day_of(text: str, order: str, year: int) -> date | None:
    """Parse a date in its column's order; return None if it is not written in that order."""
    return readings(text, year).get(order)


def _valid(parts: dict[str, tuple[str, ...]], latest_short: int) -> dict[str, date]:
    days: dict[str, date] = {}
    for order, (year, month, day) in parts.items():
        century, latest = (2000, latest_short) if len(year) == len("26") else (0, LAST_YEAR)
        try:
            found = date(century + int(year), int(month), int(day))
        except ValueError:
            continue
        if FIRST_YEAR <= found.year <= latest:
            days[order] = found
    return days


def _with_month_name(text: str, latest_short: int) -> date | None:
    """Parse `Nov 3, 2026`, `3 November 2026`, `Tue, 3 Nov 2026`, `3-Nov-26`, `2026-Nov-03`, `3 thg 11, 2026`."""
    words = [word for word in _WORDS.split(text.lower()) if word]
    if len(words) == len(("3", "thg", "11", "2026")) and words[1] in ("thg", "tháng"):
        day, _, month, year = words
        return (
            _valid({"named": (year, month, day)}, latest_short).get("named") if _are_digits(day, month, year) else None
        )
    months = [_MONTHS[word] for word in words if word in _MONTHS]
    numbers = [word for word in words if _are_digits(word)]
    others = [word for word in words if word not in _MONTHS and not _are_digits(word)]
    if len(months) != 1 or len(numbers) != len(("3", "2026")) or not _WEEKDAYS.issuperset(others):
        return None
    day, year = reversed(numbers) if len(numbers[0]) == len("2026") else numbers
    if len(day) > len("31") or len(year) not in (len("26"), len("2026")):
        return None
    return _valid({"named": (year, str(months[0]), day)}, latest_short).get("named")


def _are_digits(*texts: str) -> bool:
    return all(text.isascii() and text.isdigit() for text in texts)


def day_and_time(cell: str) -> tuple[str, str]:
    """Split a cell into its date and its time of day ('' if it has none), with all whitespace as single blanks."""
    text = cell.strip()
    if len(text) > LONGEST_DATE:
        return text, ""
    # A shortcut for the most common forms, `2026-01-31` and `2026-01-31 15:04`.
    if " " not in text and ":" not in text and text.isascii():
        return text, ""
    if text[_DAY_LENGTH : _DAY_LENGTH + 1] in ("T", " ") and _ISO.match(text):
        return text[:_DAY_LENGTH], " ".join(text[_DAY_LENGTH + 1 :].split())
    text = _BEHIND_DOTS.sub("", " ".join(text.split()))
    found = next((found for pattern in _TIMES if (found := pattern.fullmatch(text))), None)
    return (found["day"], found["time"]) if found else (text, "")


_Vote = tuple[tuple[str, int], ...]


@lru_cache(maxsize=65_536)
def _vote(text: str, year: int) -> _Vote:
    """Return the orders that a date can be read in; orders with the same number give the same day."""
    found = readings(text, year)
    days = list(found.values())
    return tuple((order, days.index(day)) for order, day in found.items())


class DateEvidence:
    """Evidence of the order of a column's dates, counted over the whole file; `year` as in `readings`."""

    def __init__(self, year: int) -> None:
        self._year = year
        self._votes: Counter[_Vote] = Counter()
        self._first_ordered = self._ambiguous = ""

    @property
    def example(self) -> str:
        """The first ambiguous date, or, if there is none, the first that can be read as `dmy` or `mdy`; '' if none."""
        return self._ambiguous or self._first_ordered

    def add(self, cell: str) -> None:
        """Count one date."""
        text, _ = day_and_time(cell)
        if len(text) > LONGEST_DATE:
            return
        vote = _vote(text, self._year)
        if not vote:
            return
        self._votes[vote] += 1
        if not self._ambiguous and not {"dmy", "mdy"}.isdisjoint(dict(vote)):
            self._first_ordered = self._first_ordered or cell.strip()
            if len(set(dict(vote).values())) > 1:
                self._ambiguous = cell.strip()

    def fits(self, order: str) -> bool:
        """Whether any date can be read in this order."""
        return any(order in dict(vote) for vote in self._votes)

    def settled(self, usual: str = "") -> str:
        """Return the column's order, '' if its dates leave it undecided.

        A date that can be read in one order but not in another is a vote for the first. The order that beats every
        other one is chosen. `usual`, the order of the file's export, decides if no date does.
        """
        orders = [order for order in ("ymd", "named", "dmy", "mdy", "yymd") if self.fits(order)]
        if not orders:
            return "ymd"
        winners = (one for one in orders if all(one == other or self._beats(one, other, usual) for other in orders))
        return next(winners, "")

    def _beats(self, one: str, other: str, usual: str) -> bool:
        votes = [(dict(vote), count) for vote, count in self._votes.items()]
        own_votes = sum(count for vote, count in votes if one in vote and other not in vote)
        other_votes = sum(count for vote, count in votes if other in vote and one not in vote)
        if all(vote[one] == vote[other] for vote, _ in votes if one in vote and other in vote):
            # No date is ambiguous between the two, so none can be misread: dates of the other order are rejected.
            return own_votes > other_votes or not other_votes
        if not own_votes and not other_votes:
            return one == usual and other != "yymd"
        return own_votes >= _CLEAR_MAJORITY * other_votes
