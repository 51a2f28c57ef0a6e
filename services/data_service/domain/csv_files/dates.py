"""Dates as people and programs write them, and which order of day and month a column keeps to."""

import re
from collections import Counter
from datetime import date
from functools import lru_cache
from typing import Final

DATE_ORDERS: Final = ("ymd", "dmy", "mdy")
_NUMERIC: Final = re.compile(r"(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})\.?", re.ASCII)
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_TIME: Final = re.compile(r"(?P<day>.*?)[T ,]+(?P<time>\d{1,2}:\d{2}.*)", re.ASCII)
_WORDS: Final = re.compile(r"[\s,.]+")
_MONTHS: Final = {
    name: number + 1
    for number, name in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"))
}
_FIRST_YEAR, _LAST_YEAR = 1970, 2100
_DAY_LENGTH: Final = len("2026-01-31")
_CLEARLY: Final = 2


@lru_cache(maxsize=65_536)
def readings(text: str) -> dict[str, date]:
    """Every way to read a date, by the order of its parts; none where it is no date.

    A year of two digits stands last; as `ymd` it is read where that was chosen and nothing else fits the column.
    """
    if found := _COMPACT.fullmatch(text):
        return _valid({"ymd": found.groups()})
    found = _NUMERIC.fullmatch(text)
    if found is None:
        named = _named(text)
        return {"named": named} if named else {}
    one, _, two, three = found.groups()
    if len(one) == len("2026"):
        return _valid({"ymd": (one, two, three)}) if len(three) <= len("31") else {}
    if len(one) > len("31") or len(three) not in (len("26"), len("2026")):
        return {}
    local = {"dmy": (three, two, one), "mdy": (three, one, two)}
    return _valid(local if len(three) > len("26") else {**local, "yymd": (one, two, three)})


def day_of(text: str, order: str) -> date | None:
    """A date in its column's order; None where it is not written so."""
    found = readings(text)
    return found.get(order) or (found.get("yymd") if order == "ymd" else None)


def _valid(parts: dict[str, tuple[str, ...]]) -> dict[str, date]:
    days: dict[str, date] = {}
    for order, (year, month, day) in parts.items():
        try:
            found = date(int(year) + (2000 if len(year) == len("26") else 0), int(month), int(day))
        except ValueError:
            continue
        if _FIRST_YEAR <= found.year <= _LAST_YEAR:
            days[order] = found
    return days


def _named(text: str) -> date | None:
    """`Nov 3, 2026`, `3 November 2026`, `Tue, 3 Nov 2026`, `3 thg 11, 2026`."""
    words = [word for word in _WORDS.split(text.lower()) if word]
    if "thg" in words and len(words) == len(("3", "thg", "11", "2026")):
        day, _, month, year = words
        return _valid({"named": (year, month, day)}).get("named") if _digits(day, month, year) else None
    months = [word for word in words if word[:3] in _MONTHS and word.isalpha()]
    numbers = [word for word in words if word.isascii() and word.isdigit()]
    if len(months) != 1 or len(numbers) != len(("3", "2026")) or len(numbers[1]) != len("2026"):
        return None
    return _valid({"named": (numbers[1], str(_MONTHS[months[0][:3]]), numbers[0])}).get("named")


def _digits(*texts: str) -> bool:
    return all(text.isascii() and text.isdigit() for text in texts)


def day_and_time(cell: str) -> tuple[str, str]:
    """A cell's date and, '' where it has none, the time of day behind it."""
    text = cell.strip()
    if ":" not in text:
        return text, ""
    if text[_DAY_LENGTH : _DAY_LENGTH + 1] in ("T", " ") and " " not in text[:_DAY_LENGTH]:
        return text[:_DAY_LENGTH], text[_DAY_LENGTH + 1 :]
    found = _TIME.fullmatch(text)
    return (found["day"], found["time"]) if found else (text, "")


@lru_cache(maxsize=65_536)
def _vote(text: str) -> str:
    """The only order that a date can be read in; `either` of two, `same` where both say the same day; '' for none."""
    orders = readings(text).keys() - {"yymd"}
    if len(orders) <= 1:
        return next(iter(orders), "")
    return "same" if readings(text)["dmy"] == readings(text)["mdy"] else "either"


class DateEvidence:
    """What a column's dates say about their order, counted over the whole file."""

    def __init__(self) -> None:
        self._votes: Counter[str] = Counter()
        self.example = ""

    def add(self, cell: str) -> None:
        """Count one date."""
        vote = _vote(day_and_time(cell)[0])
        if vote:
            self._votes[vote] += 1
            if not self.example and vote in ("either", "dmy", "mdy"):
                self.example = cell.strip()

    def fits(self, order: str) -> bool:
        """Whether any date can be read in this order."""
        either = self._votes["either"] + self._votes["same"] if order in ("dmy", "mdy") else 0
        return bool(self._votes[order] + either)

    def settled(self) -> str:
        """The column's order, '' where its dates leave it open.

        A day past 12 settles day and month. Among several orders the one that at least two thirds keep to stands.
        """
        votes = Counter({order: self._votes[order] for order in ("ymd", "named")})
        dmy, mdy, either = self._votes["dmy"], self._votes["mdy"], self._votes["either"]
        if dmy and dmy >= _CLEARLY * mdy:
            votes["dmy"] = dmy + either + self._votes["same"]
        elif mdy and mdy >= _CLEARLY * dmy:
            votes["mdy"] = mdy + either + self._votes["same"]
        elif dmy + mdy + either:
            votes[""] = dmy + mdy + either
        elif self._votes["same"]:
            votes["dmy"] = self._votes["same"]
        if not votes.total():
            return "ymd"
        (first, most), *others = votes.most_common()
        return first if not others or most >= _CLEARLY * others[0][1] else ""
