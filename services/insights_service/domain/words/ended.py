"""Why an insight is over, as its status says it."""

from datetime import datetime, time
from typing import Final, Literal, NamedTuple

from services.insights_service.domain.evidence.written import at
from services.insights_service.domain.words.language import language as language_of
from services.insights_service.domain.words.language import message
from services.insights_service.domain.words.periods import Periods
from services.insights_service.domain.zones import zone_of

# A goal is as good as missed or met, open, over, or of figures that nobody knows yet.
GoalState = Literal["behind", "ahead", "open", "over", "untold"]
_GOAL_ENDED: Final[dict[GoalState, str]] = {
    "behind": message("over: by now the goal will probably be missed"),
    "ahead": message("over: by now the goal will probably be met"),
    "open": message("over: whether the goal will be met is uncertain again"),
    "over": message("over: the goal's period has ended"),
    "untold": message("not known any more: the figures that the goal is measured by are late"),
}

# What stood out came back, became the new normal, was of a campaign or a platform's ads that ended, is not known any
# more, lies on days that are no news, or is told as another thing.
AnomalyEnd = Literal["back", "level", "campaign", "platform", "late", "declared", "merged"]
_ANOMALY_ENDED: Final[dict[AnomalyEnd, str]] = {
    "back": message("over: the figures have been as expected again {since}"),
    "level": message("over: it has gone on for so long that it is the new normal"),
    "campaign": message("over: the campaign has ended, and its figures with it"),
    "platform": message("over: the platform's ads have ended, and their figures with them"),
    "late": message("not judged any more: its data are late"),
    "declared": message("not judged any more: these days were declared as special, or are a public holiday"),
    "merged": message("not reported separately any more: another insight has the same cause"),
}


class Over(NamedTuple):
    """Why something is over, and since when, as evidence writes it, where that is said."""

    why: AnomalyEnd
    since: str = ""


def anomaly_ended(language: str, time_zone: str, over: Over | None = None) -> str:
    """Of what stood out in a series; None where nobody can tell why."""
    spoken = language_of(language)
    if over is None:
        return spoken.say("over: with the latest figures it does not stand out any more")
    since = Periods(spoken, zone_of(time_zone)).since(over.since) if over.since else ""
    return spoken.say(_ANOMALY_ENDED[over.why], since=since)


def advice_ended(language: str) -> str:
    """Of a recommendation."""
    return language_of(language).say("no longer advised: the figures of the last 30 days do not say so any more")


def goal_ended(language: str, state: GoalState | None = None) -> str:
    """Of a goal whose end was as good as decided; None where it is not there any more."""
    if state is None:
        return language_of(language).say("over: the goal was removed, or measures other figures now")
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
