"""Collect the figures, times and names in an insight's evidence that a text about it may mention."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from babel.numbers import get_currency_symbol

from services.insights_service.domain.evidence.shapes import (
    WEBSITE,
    AnyEvidence,
    BudgetAdvice,
    GoalOutlook,
    LateSource,
    Part,
    known,
)
from services.insights_service.domain.evidence.written import is_day
from services.insights_service.domain.words.figures import MULTIPLE_METRICS, PERCENT_METRICS
from services.insights_service.domain.words.fitting import NAME_LENGTHS
from services.insights_service.domain.words.language import Language
from services.insights_service.domain.words.names import shown_name
from services.insights_service.domain.words.periods import last_counted_day, local
from services.insights_service.domain.words.places import platform_name, source_name
from services.insights_service.domain.words.read_numbers import Kind
from services.insights_service.domain.words.read_times import Times
from services.insights_service.domain.zones import zone_of

_MORE_SIGNS: Final = {
    "USD": {"$", "US$", "dollar", "dollars", "đô la"},
    "VND": {"₫", "đ", "đồng"},
    "EUR": {"euro", "euros"},
}
_MORE_SIGNS["GBP"] = {"pound", "pounds"}
_MOST_SURE: Final = 99


class Fact(NamedTuple):
    """A figure of the evidence and its kind."""

    value: float
    kind: Kind


def facts_of(evidence: AnyEvidence) -> list[Fact]:
    """Return every figure that may be mentioned; not the plotted series, among whose points any number might occur."""
    return [Fact(value, kind) for figure, kind in _figures(evidence) if (value := known(figure)) is not None]


def times_of(evidence: AnyEvidence, time_zone: str) -> Times:
    """Return every day and clock time that may be mentioned."""
    times = Times()
    for moment, has_clock in _moments(evidence, time_zone):
        times.days.append((moment.month, moment.day))
        times.years.append(moment.year)
        times.weekdays.append(moment.weekday())
        times.clocks += [(moment.hour, moment.minute)] if has_clock else []
    return times


def names_of(evidence: AnyEvidence, language: Language) -> list[set[str]]:
    """Return for each thing that the evidence names the forms in which its name may appear."""
    return [{form for form in forms if form} for forms in _names(evidence, language)]


def money_signs(currency: str, language: Language) -> frozenset[str]:
    """Return the symbols and words that may mark a currency."""
    symbols = {get_currency_symbol(currency, locale) for locale in (language.locale, "en", "en_US")}
    return frozenset({currency, *symbols, *_MORE_SIGNS.get(currency, set())})


def _figures(evidence: AnyEvidence) -> Iterator[tuple[float | None, Kind]]:
    if isinstance(evidence, LateSource):
        return
    if isinstance(evidence, BudgetAdvice):
        yield from _of_budget(evidence)
        return
    kind = _kind(evidence.metric, evidence.unit)
    if isinstance(evidence, GoalOutlook):
        of_goal = (evidence.target, evidence.so_far, evidence.expected, evidence.needed_a_day, evidence.usual_a_day)
        for figure in (*of_goal, evidence.expected_range.low, evidence.expected_range.high):
            yield figure, kind
        yield evidence.days_left, "plain"
        return
    for figure in (evidence.expected, evidence.actual, evidence.low, evidence.high):
        yield figure, kind
    yield abs(evidence.change_pct) if evidence.change_pct is not None else None, "percent"
    for reason in evidence.reasons:
        yield reason.expected, kind
        yield reason.actual, kind
        yield reason.share_pct, "percent"


def _of_budget(advice: BudgetAdvice) -> Iterator[tuple[float | None, Kind]]:
    for money in (advice.spend, advice.cpl, advice.cpl_usual, advice.daily_spend, advice.next_daily_spend):
        yield money, "money"
    for count in (advice.leads, advice.contracts, advice.days):
        yield count, "plain"
    yield advice.roas, "times"
    yield advice.roas_usual, "times"
    yield abs(advice.step_pct) if advice.step_pct is not None else None, "percent"
    yield _in_percent(advice.confidence), "percent"
    if advice.expected_range is not None:
        yield advice.expected_range.low, "plain"
        yield advice.expected_range.high, "plain"
    if advice.expected_cpl is not None:
        yield advice.expected_cpl.low, "money"
        yield advice.expected_cpl.high, "money"
    if advice.missing is not None:
        what: Kind = "money" if advice.missing.what == "spend" else "plain"
        yield advice.missing.have, what
        yield advice.missing.need, what


def _in_percent(share: float | None) -> float | None:
    """Return a confidence in percent, at most the 99 that the templates mention."""
    return None if share is None else min(share * 100, _MOST_SURE)


def _kind(metric: str, unit: str) -> Kind:
    if unit == "money":
        return "money"
    if metric in PERCENT_METRICS:
        return "percent"
    return "times" if metric in MULTIPLE_METRICS else "plain"


def _moments(evidence: AnyEvidence, time_zone: str) -> Iterator[tuple[datetime, bool]]:
    zone = zone_of(time_zone)
    if isinstance(evidence, LateSource):
        yield local(evidence.since, zone), not is_day(evidence.since)
    if evidence.window is None:
        return
    start, end = local(evidence.window.start, zone), local(evidence.window.end, zone)
    by_hour = not is_day(evidence.window.start)
    yield start, by_hour
    if by_hour:
        yield end, True
    if isinstance(evidence, GoalOutlook) and (last := last_counted_day(evidence, zone)) is not None:
        yield last, False
    # The end is exclusive, so the last day is the one before it.
    yield max(start, end - timedelta(seconds=1)), False


def _names(evidence: AnyEvidence, language: Language) -> Iterator[set[str]]:
    yield from _members(evidence.segment, language)
    if isinstance(evidence, BudgetAdvice):
        yield {shown_name(evidence.campaign_name or evidence.campaign_ref, length) for length in NAME_LENGTHS}
        yield {platform_name(language, evidence.platform, length) for length in NAME_LENGTHS}
    elif isinstance(evidence, GoalOutlook):
        yield {shown_name(evidence.name, length) for length in NAME_LENGTHS}
    elif isinstance(evidence, LateSource):
        # The website is called so in every language, not by a name.
        if evidence.source != WEBSITE:
            yield {source_name(evidence.source, length) for length in NAME_LENGTHS}
    else:
        for reason in evidence.reasons:
            yield from _members(reason.segment, language)


def _members(segment: list[Part], language: Language) -> Iterator[set[str]]:
    for part in segment:
        for member in part.members:
            name = member.name or member.id
            yield {shown_name(name, length) for length in NAME_LENGTHS} | {platform_name(language, name)}
