"""Words of a source that is late: what is missing is no drop."""

from typing import Final

from services.insights_service.domain.evidence.shapes import WEBSITE, LateSource
from services.insights_service.domain.words.fitting import fitted
from services.insights_service.domain.words.language import Language, message
from services.insights_service.domain.words.metrics import metric_name
from services.insights_service.domain.words.names import shown_name
from services.insights_service.domain.words.periods import Periods
from services.insights_service.domain.words.places import SOURCES, listed

_NO_DROP: Final = message("What is missing is not taken for a drop.")
_LOOK_AT_SYNC: Final = message("Check the connection of this source and its last sync.")
_MEANING: Final = {
    "paused": message("Somebody has paused it. What is missing is not taken for a drop."),
    "needs_attention": message("It refuses to be read. What is missing is not taken for a drop."),
    "degraded": message("It does not answer, and is tried again by itself. What is missing is not taken for a drop."),
}
_NEXT_STEPS: Final = {
    "paused": message("Set it active again, or remove it if it is not used any more."),
    "needs_attention": message("Look in the sources for what it needs: a new key or a permission."),
}
# What nobody can be asked for: what it may mean that it has stopped, and where to look.
_STOPPED: Final = {
    "sessions": (
        message("Either the website is down, or its data do not arrive: this cannot be told from here."),
        message("Open the website. Where it answers, check its tag and how its data get here."),
    ),
    "leads": (
        message("Either there are no leads, or they were not handed over: this cannot be told from here."),
        message("Send a form of your own. Where it arrives in the CRM, check how leads get here."),
    ),
}


class LateSourceWords:
    """The title and description of a source that is late."""

    def __init__(self, late: LateSource, language: Language, periods: Periods) -> None:
        self._late = late
        self._language = language
        self._since: Final = periods.since(late.since)

    def title(self) -> str:
        """Which source, and since when; of one that nobody can ask, what did not come."""
        say, metric, since = self._language.say, metric_name(self._language, self._late.metric), self._since
        if self._may_have_stopped:
            return fitted(
                lambda _: say("{metric}: none {since} – an outage, or data are missing", metric=metric, since=since),
                lambda _: say("{metric}: none {since}", metric=metric, since=since),
            )
        if self._late.status == "paused":
            return fitted(lambda n: say("{source} is paused: no data {since}", source=self._source(n), since=since))
        return fitted(lambda n: say("{source} is late: no data {since}", source=self._source(n), since=since))

    def description(self) -> str:
        """What is missing, what is not judged meanwhile, and what to check."""
        say = self._language.say
        told = say("No data have come from {source} {since}.", source=self._source(60), since=self._since)
        unjudged = listed(
            self._language, [_inside(metric_name(self._language, metric)) for metric in self._late.metrics]
        )
        waits = say(self._what_it_means())
        if unjudged:
            waits += " " + say("Not judged until they are here: {metrics}.", metrics=unjudged)
        return "\n".join([told, waits, say(self._next_step())])

    @property
    def _may_have_stopped(self) -> bool:
        return self._late.status == "silent" and self._late.metric in _STOPPED

    def _what_it_means(self) -> str:
        if self._may_have_stopped:
            return _STOPPED[self._late.metric][0]
        return _MEANING.get(self._late.status, _NO_DROP)

    def _next_step(self) -> str:
        if self._may_have_stopped:
            return _STOPPED[self._late.metric][1]
        return _NEXT_STEPS.get(self._late.status, _LOOK_AT_SYNC)

    def _source(self, longest: int) -> str:
        if self._late.source == WEBSITE:
            return self._language.say("the website")
        known_source = SOURCES.get(self._late.source.strip().lower())
        return known_source or shown_name(self._late.source, longest) or self._language.say("(not set)")


def _inside(name: str) -> str:
    """A metric's name within a sentence; `CPL` stays as it is."""
    return name[:1].lower() + name[1:] if name[1:2].islower() else name
