"""The texts of a chart: its caption and the entries of its legend."""

from typing import Final

from babel.dates import get_timezone_name

from services.insights_service.domain.evidence.shapes import AnyEvidence, BudgetAdvice, Unit
from services.insights_service.domain.words.language import Language, message
from services.insights_service.domain.words.metrics import metric_name, per_step
from services.insights_service.domain.words.places import platform_name, quoted
from services.insights_service.domain.zones import zone_of

_RANGES: Final = (("narrow", message("80% range")), ("wide", message("95% range")))
# Longer names would not fit into the legend.
_LONGEST: Final = 30


def plotted(evidence: AnyEvidence) -> tuple[str, Unit]:
    """Return the metric of the plotted series, and the unit of its values."""
    if isinstance(evidence, BudgetAdvice):
        return evidence.series_metric, "count"
    return evidence.metric, evidence.unit


def caption(evidence: AnyEvidence, language: Language, time_zone: str) -> str:
    """Return the caption: the metric of the values, and for hours their time zone."""
    metric, unit = plotted(evidence)
    name = metric_name(language, metric)
    if isinstance(evidence, BudgetAdvice):
        return language.say("{figure} so far", figure=name)
    name = per_step(language, metric, unit, evidence.grain, name)
    if evidence.grain == "day":
        return name
    return f"{name} · {get_timezone_name(zone_of(time_zone), locale=language.locale)}"


def signs(evidence: AnyEvidence, language: Language) -> list[tuple[str, str]]:
    """Return the signs that the chart may draw, each with its text in the legend."""
    say = language.say
    ranges = [(sign, say(text)) for sign, text in _RANGES]
    if isinstance(evidence, BudgetAdvice):
        actual = quoted(language, evidence.campaign_name or evidence.campaign_ref, _LONGEST)
        platform = platform_name(language, evidence.platform, _LONGEST)
        expected = say("What the same spend brings on all of {platform}", platform=platform)
        return [("actual", actual), ("expected", expected), *ranges]
    named = [("actual", say("Actual")), ("expected", say("Expected"))]
    return [*named, *ranges, ("window", say("Time in question"))]
