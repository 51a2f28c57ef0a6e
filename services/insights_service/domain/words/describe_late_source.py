"""Words of a source that is late: what is missing is no drop."""

from typing import Final

from services.insights_service.domain.evidence import LateSource, known
from services.insights_service.domain.words.figures import amount
from services.insights_service.domain.words.fitting import fitted
from services.insights_service.domain.words.language import Language
from services.insights_service.domain.words.metrics import metric_name
from services.insights_service.domain.words.names import shown_name
from services.insights_service.domain.words.periods import Periods
from services.insights_service.domain.words.places import SOURCES, listed


class LateSourceWords:
    """The title and description of a source that is late."""

    def __init__(self, late: LateSource, language: Language, periods: Periods) -> None:
        self._late = late
        self._language = language
        self._since: Final = periods.since(late.since)

    def title(self) -> str:
        """Which source, and since when."""
        return fitted(
            lambda n: self._language.say("{source} is late: no data {since}", source=self._source(n), since=self._since)
        )

    def description(self) -> str:
        """What is missing, what is not judged meanwhile, and what to check."""
        say = self._language.say
        told = [say("No data have come from {source} {since}.", source=self._source(60), since=self._since)]
        usual = known(self._late.usual_delay_hours)
        if usual is not None and usual > 0:
            hours = amount(self._language, usual)
            told.append(
                self._language.count(
                    "Usually they come within {hours} hour.",
                    "Usually they come within {hours} hours.",
                    usual,
                    hours=hours,
                )
            )
        unjudged = listed(
            self._language, [_inside(metric_name(self._language, metric)) for metric in self._late.metrics]
        )
        waits = say("What is missing is not taken for a drop.")
        if unjudged:
            waits += " " + say("Not judged until they are here: {metrics}.", metrics=unjudged)
        return "\n".join([" ".join(told), waits, say("Check the connection of this source and its last sync.")])

    def _source(self, longest: int) -> str:
        known_source = SOURCES.get(self._late.source.strip().lower())
        return known_source or shown_name(self._late.source, longest) or self._language.say("(not set)")


def _inside(name: str) -> str:
    """A metric's name within a sentence; `CPL` stays as it is."""
    return name[:1].lower() + name[1:] if name[1:2].islower() else name
