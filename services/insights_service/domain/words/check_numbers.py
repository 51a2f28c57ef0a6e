"""Whether a text says nothing in numbers, days or clock times but what the evidence holds."""

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, NamedTuple

import msgspec

from services.insights_service.domain.evidence.shapes import AnyEvidence, BudgetAdvice, Change, known
from services.insights_service.domain.words.facts import Fact, facts_of, money_signs, names_of, times_of
from services.insights_service.domain.words.language import Language
from services.insights_service.domain.words.names import without_names
from services.insights_service.domain.words.read_numbers import Number, has_digit, read_numbers
from services.insights_service.domain.words.read_times import Times, read_times

# Rounding may take that much of a figure away, unless the template says it just so.
_MOST_LOST: Final = 0.025
_TINY: Final = 1e-9
_CLAUSE: Final = re.compile(r"[;\n]|[.!?]\s")
_INSTEAD: Final = re.compile(r"\b(?:instead of|rather than|thay vì)\b", re.IGNORECASE)


class Read(NamedTuple):
    """The numbers and times of a text; what they stand in; and what of it is no time or cannot be read."""

    numbers: list[Number]
    times: Times
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

    def read(self, text: str) -> Read:
        """What a text says in numbers and times, with what in it is wrong by itself."""
        known_times = times_of(self.evidence, self.time_zone)
        names = [form for forms in names_of(self.evidence, self.language) for form in forms]
        times, left = read_times(without_names(text, names), self.language, known_times)
        currency = self.evidence.currency or self.currency
        numbers, rest = read_numbers(left, self.language, money_signs(currency, self.language))
        wrong = _strange_time(times, known_times) or ("unreadable" if has_digit(rest) else None)
        return Read(numbers, times, left, wrong)


def check_numbers(text: str, template: str, allowed: Allowed) -> str | None:
    """What is wrong with the numbers of a text; None where nothing is.

    Each has to be one that the template tells, or another rounding of the same figure of the evidence, and is told no
    more often than there: what is put in another's place shows by being told twice. Days and clock times have to be
    the template's.

    Args:
        text: what somebody else worded.
        template: our own words for the same, made from the evidence.
        allowed: what the evidence holds.
    """
    read, ours = allowed.read(text), allowed.read(template)
    wrong = read.wrong or _strange_time(read.times.exact(), ours.times)
    if wrong is not None:
        return wrong
    untold = list(ours.numbers)
    facts = facts_of(allowed.evidence)
    # (who repeats the template's number takes that one, before another rounding could)
    for number in sorted(read.numbers, key=lambda number: not any(_is_same(number, told) for told in ours.numbers)):
        told = next((told for told in untold if _is_same(number, told)), None) or next(
            (told for told in untold if any(_says(number, fact) and _says(told, fact) for fact in facts)), None
        )
        if told is None:
            return f"number {number.text}"
        untold.remove(told)
    return "beside another" if _stand_beside_others(read, allowed.evidence) else None


def _strange_time(told: Times, known_times: Times) -> str | None:
    for one, allowed in zip(told.parts(), known_times.parts(), strict=True):
        for time in one:
            if time not in allowed:
                return f"time {time}"
    return None


def _is_same(number: Number, told: Number) -> bool:
    kinds = number.kind == told.kind or (number.kind == "plain" and told.kind in {"money", "times"})
    return kinds and number.value == told.value


def _says(number: Number, fact: Fact) -> bool:
    """Whether a number is a figure, rounded as it is written: half away from zero, without losing much of it."""
    fits = number.kind == fact.kind or (number.kind == "plain" and fact.kind in {"money", "times"})
    error, half = abs(number.value - fact.value), number.unit / 2
    is_rounded = error < half - _TINY or (error <= half + _TINY and abs(number.value) > abs(fact.value))
    return fits and is_rounded and error <= _MOST_LOST * abs(fact.value) + _TINY


def _stand_beside_others(read: Read, evidence: AnyEvidence) -> bool:
    """Whether two figures that are neighbours make another pair: turned round, or one `instead of` a stranger."""
    pairs = _pairs(evidence)
    for one, other in pairwise(number for number in read.numbers if number.kind not in {"percent", "span"}):
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
        pairs = [(evidence.actual, evidence.expected)]
        pairs += [(reason.actual, reason.expected) for reason in evidence.reasons]
    else:
        pairs = []
    return [(a, b) for first, second in pairs if (a := known(first)) is not None and (b := known(second)) is not None]


def _is(number: Number, figure: float) -> bool:
    return abs(number.value - figure) <= number.unit / 2 + _TINY
