"""Whether a text says nothing in numbers, days or clock times but what the evidence holds."""

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, NamedTuple

import msgspec

from services.insights_service.domain.evidence import AnyEvidence, BudgetAdvice, Change, SlowTrend, known
from services.insights_service.domain.words.facts import Fact, facts_of, money_signs, names_of, times_of
from services.insights_service.domain.words.language import Language
from services.insights_service.domain.words.names import without_names
from services.insights_service.domain.words.read_numbers import Number, has_digit, read_numbers
from services.insights_service.domain.words.read_times import read_times

# Rounding may take that much of a figure away, unless the template says it just so.
_MOST_LOST: Final = 0.025
_TINY: Final = 1e-9


_CLAUSE: Final = re.compile(r"[;\n]|[.!?]\s")
_INSTEAD: Final = re.compile(r"\b(?:instead of|rather than|thay vì)\b", re.IGNORECASE)


class Read(NamedTuple):
    """The numbers of a text, where they stand in it, and what is wrong with it by itself."""

    numbers: list[Number]
    text: str
    wrong: str | None


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a text about some evidence may say, in one language."""

    evidence: AnyEvidence
    language: Language
    currency: str
    time_zone: str

    def in_short(self) -> "Allowed":
        """What a title may say: nothing of the reasons."""
        if isinstance(self.evidence, Change):
            return replace(self, evidence=msgspec.structs.replace(self.evidence, reasons=[]))
        return self

    def read(self, text: str) -> "Read":
        """The numbers of a text, and what in it is wrong in itself: a time that is none, a digit that is unreadable."""
        known_times = times_of(self.evidence, self.time_zone)
        names = [form for forms in names_of(self.evidence, self.language) for form in forms]
        times, left = read_times(without_names(text, names), self.language, known_times)
        for told, allowed in (
            (times.days, known_times.days),
            (times.clocks, known_times.clocks),
            (times.years, known_times.years),
            (times.weekdays, known_times.weekdays),
        ):
            for time in told:
                if time not in allowed:
                    return Read([], left, f"time {time}")
        currency = self.evidence.currency or self.currency
        numbers, rest = read_numbers(left, self.language, money_signs(currency, self.language))
        return Read(numbers, left, "unreadable" if has_digit(rest) else None)


def check_numbers(text: str, template: str, allowed: Allowed) -> str | None:
    """What is wrong with the numbers of a text; None where nothing is.

    Args:
        text: what somebody else worded.
        template: our own words for the same, made from the evidence: what they say may be said just so.
        allowed: what the evidence holds.
    """
    read = allowed.read(text)
    if read.wrong is not None:
        return read.wrong
    told = {(number.value, number.kind) for number in allowed.read(template).numbers}
    facts = facts_of(allowed.evidence)
    for number in read.numbers:
        if (number.value, number.kind) not in told and not any(_says(number, fact) for fact in facts):
            return f"number {number.text}"
    return "beside another" if _stand_beside_others(read, allowed.evidence) else None


def _says(number: Number, fact: Fact) -> bool:
    """Whether a number is a figure, rounded as it is written."""
    fits = number.kind == fact.kind or (number.kind == "plain" and fact.kind in {"money", "times"})
    error = abs(number.value - fact.value)
    return fits and error <= number.unit / 2 + _TINY and error <= _MOST_LOST * abs(fact.value) + _TINY


def _stand_beside_others(read: Read, evidence: AnyEvidence) -> bool:
    """Whether two figures that are neighbours make another pair: turned round, or one `instead of` a stranger."""
    pairs = _pairs(evidence)
    for one, other in pairwise(number for number in read.numbers if number.kind != "percent"):
        between = read.text[one.end : other.start]
        if _CLAUSE.search(between) or any(_is(one, first) and _is(other, second) for first, second in pairs):
            continue
        if _INSTEAD.search(between) or any(_is(one, second) and _is(other, first) for first, second in pairs):
            return True
    return False


def _pairs(evidence: AnyEvidence) -> list[tuple[float, float]]:
    """Figures that are told beside each other, in the order of the templates."""
    if isinstance(evidence, BudgetAdvice):
        pairs = [(evidence.cpl, evidence.cpl_usual), (evidence.daily_spend, evidence.next_daily_spend)]
    elif isinstance(evidence, Change):
        ends = (evidence.actual, evidence.expected)
        pairs = [ends[::-1] if isinstance(evidence, SlowTrend) else ends]
        pairs += [(reason.actual, reason.expected) for reason in evidence.reasons]
    else:
        pairs = []
    return [(a, b) for first, second in pairs if (a := known(first)) is not None and (b := known(second)) is not None]


def _is(number: Number, figure: float) -> bool:
    return abs(number.value - figure) <= number.unit / 2 + _TINY
