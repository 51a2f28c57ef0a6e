"""Why an insight is over, as its status says it."""

from datetime import datetime, time
from typing import Final, Literal

from services.insights_service.domain.evidence.written import at
from services.insights_service.domain.words.language import language as language_of
from services.insights_service.domain.words.language import message
from services.insights_service.domain.words.periods import Periods, zone_of

# A goal is as good as missed or met, open, over, or of figures that nobody knows yet.
GoalState = Literal["behind", "ahead", "open", "over", "untold"]
_GOAL_ENDED: Final[dict[GoalState, str]] = {
    "behind": message("over: by now the goal will probably be missed"),
    "ahead": message("over: by now the goal will probably be met"),
    "open": message("over: it is open again where the goal will end"),
    "over": message("over: the goal's period has ended"),
    "untold": message("not known any more: the figures that the goal is measured by are late"),
}


def anomaly_ended(language: str) -> str:
    """Of what stood out in a series."""
    return language_of(language).say("over: the latest figures are here, and as is expected by now")


def advice_ended(language: str) -> str:
    """Of a recommendation."""
    return language_of(language).say("no longer advised: the figures of the last 30 days do not say so any more")


def goal_ended(language: str, state: GoalState | None = None) -> str:
    """Of a goal whose end was as good as decided; None where it is not there any more."""
    if state is None:
        return language_of(language).say("over: the goal is not there any more, or is of other figures now")
    return language_of(language).say(_GOAL_ENDED[state])


def late_source_ended(language: str, time_zone: str, since: datetime, again: datetime | None) -> str:
    """Of a source that was late since then; `again` is when it first told something, None where it never did."""
    spoken = language_of(language)
    periods = Periods(spoken, zone_of(time_zone))
    moment = (since if again is None else again).astimezone(periods.zone)
    said = periods.since(at(moment.date() if moment.time() == time.min else moment))
    if again is None:
        return spoken.say("no data have come {since}, and they are not waited for any more", since=said)
    return spoken.say("data arrive again {since}", since=said)
