"""Word the title and description of an anomaly or a level shift."""

from typing import Final

from services.insights_service.domain.evidence.shapes import Change, LevelShift, Reason, known
from services.insights_service.domain.words.figures import Figures, percent
from services.insights_service.domain.words.fitting import fitted
from services.insights_service.domain.words.language import Language, message
from services.insights_service.domain.words.metrics import difference, next_step, per_step
from services.insights_service.domain.words.periods import Periods
from services.insights_service.domain.words.places import place, subject

MOST_REASONS: Final = 3
_ALL_BUT_ROUNDING: Final = 99.5
# The sentence for a return period of at least this many days, so that rarity is rounded down.
_BY_CHANCE: Final = (
    (3650, message("Chance alone moves a figure this far at most once in 10 years.")),
    (1095, message("Chance alone moves a figure this far about once in 3 years.")),
    (365, message("Chance alone moves a figure this far about once a year.")),
    (180, message("Chance alone moves a figure this far about once in 6 months.")),
    (30, message("Chance alone moves a figure this far about once a month.")),
    (14, message("Chance alone moves a figure this far about once in two weeks.")),
    (7, message("Chance alone moves a figure this far about once a week.")),
)


class ChangeWords:
    """The title and description of one change."""

    def __init__(self, change: Change, language: Language, currency: str, periods: Periods) -> None:
        self._change = change
        self._language = language
        self._periods = periods
        self._figures = Figures(language, change.metric, change.unit, change.currency or currency)

    def title(self) -> str:
        """Return the metric and segment, the actual and expected figure, and the period."""
        actual, period = self._figures.shown(self._change.actual), self._period(in_title=True)
        comparison, brief = self._comparison(actual), self._per_step(actual)

        def full(longest: int) -> str:
            return f"{self._subject(longest)}: {comparison} {period}".rstrip()

        return fitted(
            full,
            lambda longest: f"{self._subject(longest)}: {comparison}",
            at_least=lambda longest: f"{self._subject(longest)}: {brief}",
        )

    def description(self) -> str:
        """Return three lines: the change and how certain it is, the segments it comes from, and what to do next."""
        step = next_step(self._language, self._change.metric, self._change.direction)
        return "\n".join(part for part in (self._change_line(), self._reasons(), step) if part)

    def _change_line(self) -> str:
        change, say = self._change, self._language.say
        relative = difference(self._language, change)
        low, high = known(change.low), known(change.high)
        comparison = self._comparison(self._actual_beside(low, high))
        if relative:
            comparison = f"{comparison} ({relative})"
        when = self._period(in_title=False)
        sentences = [f"{self._subject(60)} {when}".rstrip() + f": {comparison}."]
        if low is not None and high is not None and low < high:
            least, most = (self._figures.beside(end, change.actual) for end in (low, high))
            ends = {"low": least, "high": self._per_step(most)}
            sentences.append(
                say("A weak sign: usually four of five such figures lie between {low} and {high}.", **ends)
                if change.is_mild
                else say("The usual range is {low} to {high}.", **ends)
            )
        sentences += self._by_chance()
        if change.provisional:
            sentences.append(say("The latest figures may still change."))
        return " ".join(sentences)

    def _by_chance(self) -> list[str]:
        """Return the sentence that says how often chance alone causes such a change, if that is rare enough."""
        days = known(self._change.return_period_days) or 0.0
        return [self._language.say(sentence) for least_days, sentence in _BY_CHANCE if days >= least_days][:1]

    def _actual_beside(self, low: float | None, high: float | None) -> str:
        """Return the actual figure, with more digits if it would look like an end of the range it lies outside of."""
        actual, figures = self._change.actual, self._figures
        variants = [figures.beside(actual, end) for end in (low, high) if end is not None]
        return max(variants, key=len, default=figures.shown(actual))

    def _comparison(self, actual: str) -> str:
        """Return `3 instead of about 42`; for a level shift the averages by day or hour."""
        change, say = self._change, self._language.say
        expected, actual = self._figures.shown(change.expected), self._per_step(actual)
        if isinstance(change, LevelShift):
            return say("{actual} on average instead of {expected}", actual=actual, expected=expected)
        return say("{actual} instead of about {expected}", actual=actual, expected=expected)

    def _period(self, *, in_title: bool) -> str:
        change = self._change
        if change.window is None:
            return ""
        if isinstance(change, LevelShift):
            return self._periods.since(change.window.start, by_day=True)
        if change.is_ongoing:
            # The day may be left out only if it is today, but the last hours of delayed figures are not today's.
            clock_only = in_title and self._periods.is_one_day(change.window) and not change.provisional
            return self._periods.since(change.window.start, clock_only=clock_only)
        return self._periods.during(change.window)

    def _reasons(self) -> str:
        """Return the segments with their shares; a reason without a segment (all parts changed alike) gets no share."""
        say = self._language.say
        reasons = [reason for reason in self._change.reasons if reason.share_pct > 0][:MOST_REASONS]
        named = [reason for reason in reasons if reason.segment]
        phrases = [self._reason(reason) for reason in named]
        if not named and reasons:
            phrases = [say("many parts at once, none of which stands out")]
        elif len(named) < len(reasons) and sum(reason.share_pct for reason in named) < _ALL_BUT_ROUNDING:
            phrases.append(say("the rest from many parts"))
        return say("Where it comes from: {reasons}.", reasons="; ".join(phrases)) if phrases else ""

    def _reason(self, reason: Reason) -> str:
        language = self._language
        where = place(language, self._change.metric, reason.segment)
        # The share can exceed 100 % if other parts changed in the opposite direction.
        is_all = reason.share_pct >= _ALL_BUT_ROUNDING
        share = language.say("all") if is_all else percent(language, reason.share_pct)
        expected, actual = known(reason.expected), known(reason.actual)
        if expected is None or actual is None:
            return language.say("{place} ({share} of the change)", place=where, share=share)
        return language.say(
            "{place} ({actual} instead of {expected}, {share} of the change)",
            place=where,
            actual=self._figures.shown(actual),
            expected=self._figures.shown(expected),
            share=share,
        )

    def _subject(self, longest: int) -> str:
        return subject(self._language, self._change.metric, self._change.segment, longest)

    def _per_step(self, figure: str) -> str:
        """Return `25 a day` for a level shift, otherwise the figure alone."""
        change = self._change
        if not isinstance(change, LevelShift):
            return figure
        return per_step(self._language, change.metric, change.unit, change.grain, figure)
