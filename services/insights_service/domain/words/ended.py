"""Word why an insight is over, for the note of its status."""

from datetime import datetime, time
from typing import Final, Literal, NamedTuple

from services.insights_service.domain.evidence.written import at
from services.insights_service.domain.words.language import language as language_of
from services.insights_service.domain.words.language import message
from services.insights_service.domain.words.periods import Periods
from services.insights_service.domain.zones import zone_of

# A goal that will probably be missed or met, is undecided, has ended, whose figures are late, or were removed by age.
GoalState = Literal["behind", "ahead", "open", "over", "unreported", "removed"]
_GOAL_ENDED: Final[dict[GoalState, str]] = {
    "behind": message("over: by now the goal will probably be missed"),
    "ahead": message("over: by now the goal will probably be met"),
    "open": message("over: whether the goal will be met is uncertain again"),
    "over": message("over: the goal's period has ended"),
    "unreported": message("not known any more: the figures that the goal is measured by are late"),
    "removed": message("not known any more: figures of the goal's first days were removed by age"),
}

# The figures are as expected again, the change has become the new normal, the campaign or the platform's ads have
# ended, the data are late, the days were declared as special or are a holiday, or another insight has the same cause.
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
    """Why an anomaly is over; `since` is a time as evidence writes it, or empty."""

    why: AnomalyEnd
    since: str = ""


def anomaly_ended(language: str, time_zone: str, over: Over | None = None) -> str:
    """Return why an anomaly is over; `over` is None if the reason is unknown."""
    spoken = language_of(language)
    if over is None:
        return spoken.say("over: with the latest figures it does not stand out any more")
    since = Periods(spoken, zone_of(time_zone)).since(over.since) if over.since else ""
    return spoken.say(_ANOMALY_ENDED[over.why], since=since)


def advice_ended(language: str) -> str:
    """Return why a recommendation is over."""
    return language_of(language).say("no longer advised: the figures of the last 30 days do not say so any more")


def goal_ended(language: str, state: GoalState | None = None) -> str:
    """Return why the outlook of a goal is over; `state` is None if the goal does not exist any more."""
    if state is None:
        return language_of(language).say("over: the goal was removed, or measures other figures now")
    return language_of(language).say(_GOAL_ENDED[state])


def late_source_ended(language: str, time_zone: str, since: datetime, again: datetime | None) -> str:
    """Return why a late source is not late any more.

    Args:
        language: a tag such as `en-GB`.
        time_zone: the tenant's (IANA).
        since: when the source became late.
        again: when data first arrived again; None if they never did.
    """
    spoken = language_of(language)
    periods = Periods(spoken, zone_of(time_zone))
    moment = (since if again is None else again).astimezone(periods.zone)
    start = periods.since(at(moment.date() if moment.time() == time.min else moment))
    if again is None:
        return spoken.say("no data have come {since}, and they are not waited for any more", since=start)
    return spoken.say("data arrive again {since}", since=start)
