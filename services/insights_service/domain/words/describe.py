"""Describe an insight by a title and a description, made from its evidence by templates."""

from typing import NamedTuple

from services.insights_service.domain.evidence.shapes import AnyEvidence, BudgetAdvice, GoalOutlook, LateSource
from services.insights_service.domain.words.describe_budget import BudgetWords
from services.insights_service.domain.words.describe_change import ChangeWords
from services.insights_service.domain.words.describe_goal import GoalWords
from services.insights_service.domain.words.describe_late_source import LateSourceWords
from services.insights_service.domain.words.language import language as language_of
from services.insights_service.domain.words.periods import Periods
from services.insights_service.domain.zones import zone_of


class Words(NamedTuple):
    """Plain text: a title of one line, at most 80 characters, and a description of a few lines."""

    title: str
    description: str


def describe(evidence: AnyEvidence, language: str, currency: str, time_zone: str) -> Words:
    """Return the title and description of an insight.

    Args:
        evidence: all that is known; nothing else is said.
        language: a tag such as `en`, `en-GB` or `vi`.
        currency: the tenant's (ISO 4217), where the evidence names none.
        time_zone: the tenant's (IANA).
    """
    spoken = language_of(language)
    periods = Periods(spoken, zone_of(time_zone))
    if isinstance(evidence, LateSource):
        words = LateSourceWords(evidence, spoken, periods)
    elif isinstance(evidence, BudgetAdvice):
        words = BudgetWords(evidence, spoken, currency, periods)
    elif isinstance(evidence, GoalOutlook):
        words = GoalWords(evidence, spoken, currency, periods)
    else:
        words = ChangeWords(evidence, spoken, currency, periods)
    return Words(words.title(), words.description())
