"""Where running goals will probably end: what came so far, and the forecast of the days that are left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from services.insights_service.sources.goals import Goal

Outlook = Literal["behind", "ahead"]
# Of a budget less is better; of all else that adds up, more.
BUDGETS: Final = frozenset({"spend"})
_WEEK: Final = 7
_LEVELS: Final = (80, 95)
# Without so many days, forecasts are guesses.
_FEWEST_DAYS: Final = 14
_USUAL_DAYS: Final = 28


@dataclass(frozen=True)
class Projection:
    """Where a goal ends: the sum that is expected, and between what it lies in 80 of 100 cases.

    `history` are its days up to yesterday, `days` (mean and four ends of intervals) those from today to its end.
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
        """Today is the first of them."""
        return (self.goal.period_end - self.today).days + 1

    @property
    def needed_a_day(self) -> float:
        """To reach the target on the last day; of a budget, what may be spent."""
        return max(self.goal.target - self.so_far, 0.0) / self.days_left

    @property
    def usual_a_day(self) -> float:
        """Of the last four weeks."""
        lately = self.history[-_USUAL_DAYS:]
        return sum(lately) / len(lately)

    @property
    def off_pct(self) -> float:
        """How far beside its target it ends, as a share of that."""
        return 100 * abs(self.expected - self.goal.target) / self.goal.target

    @property
    def outlook(self) -> Outlook | None:
        """Where nine of ten cases say the same: missed, or reached; a budget is only ever overspent."""
        if self.goal.metric in BUDGETS:
            return "behind" if self.low > self.goal.target else None
        if self.high < self.goal.target:
            return "behind"
        return "ahead" if self.low >= self.goal.target else None


def project(goal: Goal, history: Sequence[float], today: date) -> Projection | None:
    """`history` ends yesterday and begins with the first day that had anything; None where it is too short."""
    # (scipy takes half a second and 35 MB: they are spent when there is a goal)
    from services.insights_service.domain.forecast import forecast  # noqa: PLC0415
    from services.insights_service.domain.projection import project_many  # noqa: PLC0415

    if len(history) < _FEWEST_DAYS:
        return None
    left, over = (goal.period_end - today).days + 1, (today - goal.period_start).days
    so_far = sum(history[-over:]) if over else 0.0
    totals, lows, highs = project_many([history], _WEEK, left, [so_far], _LEVELS[:1])
    mean, lower, upper = forecast(history, _WEEK, left, _LEVELS)
    # (what today has brought already is not taken back)
    expected, low, high = (max(float(end), goal.current) for end in (totals[0], lows[0, 0], highs[0, 0]))
    days = [tuple(round(float(value), 4) for value in day) for day in zip(mean, *lower, *upper, strict=True)]
    return Projection(goal, today, history, so_far, expected, low, high, days)  # pyright: ignore[reportArgumentType] -- five each


def is_running(goal: Goal, today: date) -> bool:
    """Whether a whole day of its period is over, and there is something left to change."""
    return goal.period_start + timedelta(1) <= today <= goal.period_end and goal.target > 0
