"""Check that all numbers, days and clock times in a text come from the evidence."""

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

# The largest relative error by rounding, unless the template has the same number.
_MOST_LOST: Final = 0.025
_TINY: Final = 1e-9
_CLAUSE: Final = re.compile(r"[;\n]|[.!?]\s")
_INSTEAD: Final = re.compile(r"\b(?:instead of|rather than|thay vì)\b", re.IGNORECASE)


class Read(NamedTuple):
    """The numbers and times of a text, the text that was searched for numbers, and the first problem, if any."""

    numbers: list[Number]
    times: Times
    text: str
    wrong: str | None


@dataclass(frozen=True, slots=True)
class Allowed:
    """The evidence that a text may state, with the language, currency and time zone in which it is written."""

    evidence: AnyEvidence
    language: Language
    currency: str
    time_zone: str

    def in_short(self) -> "Allowed":
        """Return what a title may state: the evidence without its reasons."""
        if isinstance(self.evidence, Change):
            return replace(self, evidence=msgspec.structs.replace(self.evidence, reasons=[]))
        return self

    def read(self, text: str) -> Read:
        """Read the numbers and times of a text; report strange times and unreadable digits."""
        known_times = times_of(self.evidence, self.time_zone)
        names = [form for forms in names_of(self.evidence, self.language) for form in forms]
        times, left = read_times(without_names(text, names), self.language, known_times)
        currency = self.evidence.currency or self.currency
        numbers, rest = read_numbers(left, self.language, money_signs(currency, self.language))
        wrong = _strange_time(times, known_times) or ("unreadable" if has_digit(rest) else None)
        return Read(numbers, times, left, wrong)


def check_numbers(text: str, template: str, allowed: Allowed) -> str | None:
    """Return what is wrong with the numbers of a text, or None.

    Each number must be one of the template's, or another rounding of the same figure of the evidence, and must not
    occur more often than there: a number in the place of another shows as a repetition. Days and clock times must be
    those of the template.

    Args:
        text: what somebody else worded.
        template: the corresponding text made from the evidence.
        allowed: what the evidence holds.
    """
    read, ours = allowed.read(text), allowed.read(template)
    wrong = read.wrong or _strange_time(read.times.exact(), ours.times)
    if wrong is not None:
        return wrong
    unmatched = list(ours.numbers)
    facts = facts_of(allowed.evidence)
    # Exact repetitions are matched first, so that another rounding cannot take their number.
    for number in sorted(read.numbers, key=lambda number: not any(_is_same(number, other) for other in ours.numbers)):
        match = next((other for other in unmatched if _is_same(number, other)), None) or next(
            (
                other
                for other in unmatched
                if any(_is_rounding_of(number, fact) and _is_rounding_of(other, fact) for fact in facts)
            ),
            None,
        )
        if match is None:
            return f"number {number.text}"
        unmatched.remove(match)
    return "beside another" if _stand_beside_others(read, allowed.evidence) else None


def _strange_time(times: Times, known_times: Times) -> str | None:
    for part, allowed in zip(times.parts(), known_times.parts(), strict=True):
        for time in part:
            if time not in allowed:
                return f"time {time}"
    return None


def _is_same(number: Number, template: Number) -> bool:
    fits = number.kind == template.kind or (number.kind == "plain" and template.kind in {"money", "times"})
    return fits and number.value == template.value


def _is_rounding_of(number: Number, fact: Fact) -> bool:
    """Whether a number is a figure of the evidence, rounded half away from zero, with a small relative error."""
    fits = number.kind == fact.kind or (number.kind == "plain" and fact.kind in {"money", "times"})
    error, half = abs(number.value - fact.value), number.unit / 2
    is_rounded = error < half - _TINY or (error <= half + _TINY and abs(number.value) > abs(fact.value))
    return fits and is_rounded and error <= _MOST_LOST * abs(fact.value) + _TINY


def _stand_beside_others(read: Read, evidence: AnyEvidence) -> bool:
    """Whether adjacent figures make a pair that is not in the evidence: swapped, or joined by `instead of`."""
    pairs = _pairs(evidence)
    for one, other in pairwise(number for number in read.numbers if number.kind not in {"percent", "span"}):
        between = read.text[one.end : other.start]
        if _CLAUSE.search(between) or any(_is(one, first) and _is(other, second) for first, second in pairs):
            continue
        if _INSTEAD.search(between) or any(_is(one, second) and _is(other, first) for first, second in pairs):
            return True
    return False


def _pairs(evidence: AnyEvidence) -> list[tuple[float, float]]:
    """Return the pairs of figures that belong together, in the order of the templates."""
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
