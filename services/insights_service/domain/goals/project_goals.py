"""Projection of running goals: the sum so far plus the forecast of the days that are left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from services.insights_service.sources.goals import Goal

Outlook = Literal["behind", "ahead"]
# For these metrics less is better; for all others that add up, more.
BUDGETS: Final = frozenset({"spend"})
_WEEK: Final = 7
_LEVELS: Final = (80, 95)
# With fewer days, forecasts are guesses.
_FEWEST_DAYS: Final = 14
_USUAL_DAYS: Final = 28


@dataclass(frozen=True)
class Projection:
    """A goal's expected total at its end, and its 80 % range from `low` to `high`.

    `history` has its days up to yesterday, and `days` those from today to its end: each the mean and four ends of
    intervals (the lower 80 % and 95 % ones, then the upper ones).
    """

    goal: Goal
    today: date
    history: Sequence[float]
    so_far: float
    expected: float
    low: float
    high: float
    days: Sequence[tuple[float, float, float, float, float]]

    @property
    def days_left(self) -> int:
        """The number of days that are left, today included."""
        return (self.goal.period_end - self.today).days + 1

    @property
    def needed_a_day(self) -> float:
        """The amount a day that reaches the target on the last day; for a budget, what may be spent."""
        return max(self.goal.target - self.so_far, 0.0) / self.days_left

    @property
    def usual_a_day(self) -> float:
        """The mean of the last four weeks."""
        recent = self.history[-_USUAL_DAYS:]
        return sum(recent) / len(recent)

    @property
    def off_pct(self) -> float:
        """How far the expected total is from the target, in percent of the target."""
        return 100 * abs(self.expected - self.goal.target) / self.goal.target

    @property
    def outlook(self) -> Outlook | None:
        """Whether the target is missed or reached with 90 % certainty, else None; a budget is only ever "behind"."""
        if self.goal.metric in BUDGETS:
            return "behind" if self.low > self.goal.target else None
        if self.high < self.goal.target:
            return "behind"
        return "ahead" if self.low >= self.goal.target else None


def project(goal: Goal, history: Sequence[float], today: date) -> Projection | None:
    """Project a goal, or return None if the history is too short.

    `history` begins with the first day that is not zero and ends yesterday.
    """
    # Loading scipy takes half a second and 35 MB, so it is loaded only if there is a goal.
    from services.insights_service.domain.forecast import forecast  # noqa: PLC0415
    from services.insights_service.domain.projection import project_many  # noqa: PLC0415

    if len(history) < _FEWEST_DAYS:
        return None
    days_left, days_over = (goal.period_end - today).days + 1, (today - goal.period_start).days
    so_far = sum(history[-days_over:]) if days_over else 0.0
    totals, lows, highs = project_many([history], _WEEK, days_left, [so_far], _LEVELS[:1])
    mean, lower, upper = forecast(history, _WEEK, days_left, _LEVELS)
    # `current` includes today, and the total will not fall below it.
    expected, low, high = (max(float(end), goal.current) for end in (totals[0], lows[0, 0], highs[0, 0]))
    days = [tuple(round(float(value), 4) for value in day) for day in zip(mean, *lower, *upper, strict=True)]
    return Projection(goal, today, history, so_far, expected, low, high, days)  # pyright: ignore[reportArgumentType] -- five each


def is_running(goal: Goal, today: date) -> bool:
    """Return whether a day of the goal's period is over, the period has not ended, and the target is positive."""
    return goal.period_start + timedelta(1) <= today <= goal.period_end and goal.target > 0
