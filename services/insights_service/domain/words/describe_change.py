"""Words of what is not as expected: an anomaly, a level that moved."""

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
# From so many days on chance does it about so often: rounded down.
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
        """What, where, how much, since when."""
        told, period = self._told(), self._period(in_title=True)

        def full(longest: int) -> str:
            return f"{self._subject(longest)}: {told} {period}".rstrip()

        actual = self._step(self._change.actual)
        return fitted(
            full,
            lambda longest: f"{self._subject(longest)}: {told}",
            at_least=lambda longest: f"{self._subject(longest)}: {actual}",
        )

    def description(self) -> str:
        """What changed beside what was expected and how sure that is; where it comes from; what to do next."""
        step = next_step(self._language, self._change.metric, self._change.direction)
        return "\n".join(part for part in (self._what(), self._reasons(), step) if part)

    def _what(self) -> str:
        change, say = self._change, self._language.say
        differs = difference(self._language, change)
        told = f"{self._told()} ({differs})" if differs else self._told()
        when = self._period(in_title=False)
        sentences = [f"{self._subject(60)} {when}".rstrip() + f": {told}."]
        low, high = known(change.low), known(change.high)
        if low is not None and high is not None and low < high:
            ends = {"low": self._figures.shown(low), "high": self._step(high)}
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
        """How sure it is: how often nothing at all would look like this."""
        days = known(self._change.return_period_days) or 0.0
        return [self._language.say(often) for least, often in _BY_CHANCE if days >= least][:1]

    def _told(self) -> str:
        """`3 instead of about 42` and its like for levels."""
        change, say = self._change, self._language.say
        if isinstance(change, LevelShift):
            expected, actual = self._figures.shown(change.expected), self._per_step(change.actual)
            return say("{actual} on average instead of {expected}", actual=actual, expected=expected)
        expected, actual = self._figures.shown(change.expected), self._figures.shown(change.actual)
        return say("{actual} instead of about {expected}", actual=actual, expected=expected)

    def _period(self, *, in_title: bool) -> str:
        change = self._change
        if change.window is None:
            return ""
        if isinstance(change, LevelShift):
            return self._periods.since(change.window.start, by_day=True)
        if change.is_ongoing:
            # (of what is told late the last hours are not today's)
            clock_only = in_title and self._periods.is_one_day(change.window) and not change.provisional
            return self._periods.since(change.window.start, clock_only=clock_only)
        return self._periods.during(change.window)

    def _reasons(self) -> str:
        """The segments with their shares. A change of all parts gets no share, or the shares would add up to more."""
        say = self._language.say
        reasons = [reason for reason in self._change.reasons if reason.share_pct > 0][:MOST_REASONS]
        named = [reason for reason in reasons if reason.segment]
        told = [self._reason(reason) for reason in named]
        if not named and reasons:
            told = [say("many parts at once, none of which stands out")]
        elif len(named) < len(reasons) and sum(reason.share_pct for reason in named) < _ALL_BUT_ROUNDING:
            told.append(say("the rest from many parts"))
        return say("Where it comes from: {reasons}.", reasons="; ".join(told)) if told else ""

    def _reason(self, reason: Reason) -> str:
        language = self._language
        where = place(language, self._change.metric, reason.segment)
        # Other parts may have gone the other way, which would make it 111 %.
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

    def _step(self, value: float) -> str:
        return self._per_step(value) if isinstance(self._change, LevelShift) else self._figures.shown(value)

    def _per_step(self, value: float) -> str:
        change = self._change
        return per_step(self._language, change.metric, change.unit, change.grain, self._figures.shown(value))
