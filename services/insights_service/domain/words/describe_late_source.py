"""Word the title and description of a source whose data are late."""

from typing import Final, NamedTuple

from services.insights_service.domain.evidence.shapes import WEBSITE, LateSource
from services.insights_service.domain.words.fitting import fitted
from services.insights_service.domain.words.language import Language, message
from services.insights_service.domain.words.metrics import metric_name
from services.insights_service.domain.words.periods import Periods
from services.insights_service.domain.words.places import listed, source_name

_NO_DROP: Final = message("Missing data is not reported as a drop.")
_LOOK_AT_SYNC: Final = message("Check the connection of this source and its last sync.")
_MEANING: Final = {
    "paused": message("Somebody has paused it. Missing data is not reported as a drop."),
    "needs_attention": message("It refuses access. Missing data is not reported as a drop."),
    "degraded": message(
        "It does not answer, and is tried again automatically. Missing data is not reported as a drop."
    ),
}
_NEXT_STEPS: Final = {
    "paused": message("Set it active again, or remove it if it is not used any more."),
    "needs_attention": message("Look in the sources for what it needs: a new key or a permission."),
}


class _Silence(NamedTuple):
    """The texts for a source that cannot be queried, so that missing data may also mean that nothing happened."""

    title: str
    short_title: str
    meaning: str
    next_step: str


_NONE: Final = message("{metric}: none {since}")
_OUTAGE: Final = message("{metric}: none {since} – an outage, or data are missing")
_SILENCES: Final = {
    "sessions": _Silence(
        _OUTAGE,
        _NONE,
        message("Either the website is down, or its data do not arrive: this cannot be told from here."),
        message("Open the website. If it answers, check its tag and how its data get here."),
    ),
    "leads": _Silence(
        _OUTAGE,
        _NONE,
        message("Either there are no leads, or they were not handed over: this cannot be told from here."),
        message("Send a form of your own. If it arrives in the CRM, check how leads get here."),
    ),
    "spend": _Silence(
        message("{source}: no spend {since} – the ads have ended, or data are missing"),
        message("{source}: no spend {since}"),
        message("Either its ads have ended, or their figures were not handed over: this cannot be told from here."),
        message("If its ads still run, import their latest days, or check how they get here."),
    ),
}


class LateSourceWords:
    """The title and description of a source that is late."""

    def __init__(self, late: LateSource, language: Language, periods: Periods) -> None:
        self._late = late
        self._language = language
        self._since: Final = periods.since(late.since)

    def title(self) -> str:
        """Return the source and since when it is late; if it cannot be queried, the metric that is missing."""
        say, since, silence = self._language.say, self._since, self._silence
        if silence is not None:
            metric = metric_name(self._language, self._late.metric)
            return fitted(
                lambda n: say(silence.title, metric=metric, source=self._source(n), since=since),
                lambda n: say(silence.short_title, metric=metric, source=self._source(n), since=since),
            )
        if self._late.status == "paused":
            return fitted(lambda n: say("{source} is paused: no data {since}", source=self._source(n), since=since))
        return fitted(lambda n: say("{source} is late: no data {since}", source=self._source(n), since=since))

    def description(self) -> str:
        """Return what is missing, what it may mean and what is not judged meanwhile, and what to check."""
        say = self._language.say
        summary = say("No data have come from {source} {since}.", source=self._source(60), since=self._since)
        unjudged = listed(
            self._language, [_uncapitalized(metric_name(self._language, metric)) for metric in self._late.metrics]
        )
        meaning = say(self._meaning())
        if unjudged:
            meaning += " " + say("Not judged until they are here: {metrics}.", metrics=unjudged)
        return "\n".join([summary, meaning, say(self._next_step())])

    @property
    def _silence(self) -> _Silence | None:
        return _SILENCES.get(self._late.metric) if self._late.status == "silent" else None

    def _meaning(self) -> str:
        return self._silence.meaning if self._silence else _MEANING.get(self._late.status, _NO_DROP)

    def _next_step(self) -> str:
        return self._silence.next_step if self._silence else _NEXT_STEPS.get(self._late.status, _LOOK_AT_SYNC)

    def _source(self, longest: int) -> str:
        if self._late.source == WEBSITE:
            return self._language.say("the website")
        return source_name(self._late.source, longest) or self._language.say("(not set)")


def _uncapitalized(name: str) -> str:
    """Return a metric's name as it is written within a sentence; `CPL` stays as it is."""
    return name[:1].lower() + name[1:] if name[1:2].islower() else name
