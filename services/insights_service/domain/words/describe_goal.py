"""Word the title and description of a goal that will probably be missed or met."""

from typing import Final

from services.insights_service.domain.evidence.shapes import GoalOutlook, known
from services.insights_service.domain.words.figures import Figures, amount
from services.insights_service.domain.words.fitting import fitted
from services.insights_service.domain.words.language import Language
from services.insights_service.domain.words.metrics import next_step
from services.insights_service.domain.words.periods import Periods, last_counted_day
from services.insights_service.domain.words.places import quoted, subject

# Metrics whose goal is a budget, to be used up but not exceeded.
_BUDGETS: Final = frozenset({"spend"})


class GoalWords:
    """The title and description of a goal's projected end."""

    def __init__(self, goal: GoalOutlook, language: Language, currency: str, periods: Periods) -> None:
        self._goal = goal
        self._language = language
        self._figures = Figures(language, goal.metric, goal.unit, goal.currency or currency)
        self._periods = periods
        self._period: Final = periods.during(goal.window) if goal.window else ""

    def title(self) -> str:
        """Return the metric and segment, the period, and the range in which the goal will end."""
        ends = self._ends()
        return fitted(
            lambda longest: f"{self._subject(longest)} {self._period}: {ends}", lambda n: f"{self._subject(n)}: {ends}"
        )

    def description(self) -> str:
        """Return the goal's projected end, what there is so far, what is needed a day, and what to do."""
        goal, say, shown = self._goal, self._language.say, self._figures.shown
        name = quoted(self._language, goal.name, 60)
        ends = say(
            "Goal {name}: {subject} {period} will probably end at {low} to {high}, most likely at {expected}; "
            "the target is {target}.",
            name=name,
            subject=self._subject(60),
            period=self._period,
            low=self._low(),
            high=self._high(),
            expected=shown(goal.expected),
            target=shown(goal.target),
        )
        return "\n".join((f"{ends} {self._so_far()}", self._pace(), self._next()))

    def _so_far(self) -> str:
        """Return the sum so far with its last day, as a dashboard that includes today shows another figure."""
        goal, periods = self._goal, self._periods
        last = last_counted_day(goal, periods.zone)
        figures = {"so_far": self._figures.shown(goal.so_far), "days": amount(self._language, goal.days_left)}
        if last is None:
            return self._language.count(
                "So far: {so_far}, with {days} day left.",
                "So far: {so_far}, with {days} days left.",
                goal.days_left,
                **figures,
            )
        return self._language.count(
            "So far, up to {day}: {so_far}, with {days} day left.",
            "So far, up to {day}: {so_far}, with {days} days left.",
            goal.days_left,
            day=periods.day(last),
            **figures,
        )

    def _ends(self) -> str:
        target = self._figures.shown(self._goal.target)
        if self._goal.metric in _BUDGETS:
            return self._language.say(
                "probably {low} to {high}, {target} planned", low=self._low(), high=self._high(), target=target
            )
        return self._language.say(
            "probably {low} to {high} of {target}", low=self._low(), high=self._high(), target=target
        )

    def _pace(self) -> str:
        goal, say = self._goal, self._language.say
        needed, usual = self._figures.shown(goal.needed_a_day), self._figures.shown(goal.usual_a_day)
        if goal.needed_a_day <= 0:
            return say("All of it is spent already.") if goal.metric in _BUDGETS else say("It is reached already.")
        if goal.metric in _BUDGETS:
            return say("{needed} a day would keep to it; lately it was {usual} a day.", needed=needed, usual=usual)
        return say("{needed} a day would reach it; lately there were {usual} a day.", needed=needed, usual=usual)

    def _next(self) -> str:
        if self._goal.outlook == "ahead":
            return self._language.say("See what brought it, and whether a higher target fits.")
        return next_step(self._language, self._goal.metric, "up" if self._goal.metric in _BUDGETS else "down")

    def _low(self) -> str:
        return self._figures.shown(known(self._goal.expected_range.low) or 0.0)

    def _high(self) -> str:
        return self._figures.shown(known(self._goal.expected_range.high) or 0.0)

    def _subject(self, longest: int) -> str:
        return subject(self._language, self._goal.metric, self._goal.segment, longest)
