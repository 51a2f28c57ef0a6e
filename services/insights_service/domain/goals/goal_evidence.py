"""A goal's projection as evidence: its figures, and its days to plot, those that are over and those to come."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from services.insights_service.domain.evidence.shapes import GoalOutlook, Member, Part, Point, Range, Unit, Window
from services.insights_service.domain.evidence.written import at
from services.insights_service.domain.goals.project_goals import Projection
from services.insights_service.sources.day_values import is_platform

_MONEY: Final = frozenset({"spend", "online_revenue"})
# Plotted are at least so many of the days that are over.
_BEFORE_DAYS: Final = 28


def goal_evidence(one: Projection, rule: str, currency: str) -> GoalOutlook:
    """What is told of a goal that will be missed, or met."""
    goal = one.goal
    unit: Unit = "money" if goal.metric in _MONEY else "count"
    return GoalOutlook(
        metric=goal.metric,
        unit=unit,
        grain="day",
        rule=rule,
        currency=currency if unit == "money" else None,
        window=Window(start=at(goal.period_start), end=at(goal.period_end + timedelta(1))),
        segment=_segment(goal.channel),
        outlook=one.outlook or "behind",
        goal_id=goal.id,
        name=goal.name,
        target=goal.target,
        so_far=_round(one.so_far),
        expected=_round(one.expected),
        expected_range=Range(low=_round(one.low), high=_round(one.high)),
        days_left=one.days_left,
        needed_a_day=_round(one.needed_a_day),
        usual_a_day=_round(one.usual_a_day),
        series=_points(one),
        sources=["GET /api/goals"],
    )


def _segment(channel: str | None) -> list[Part]:
    if channel is None:
        return []
    return [Part(dimension="platform" if is_platform(channel) else "channel", members=[Member(id=channel)])]


def _points(one: Projection) -> list[Point]:
    over = max((one.today - one.goal.period_start).days, _BEFORE_DAYS)
    past = list(one.history[-over:])
    first = one.today - timedelta(len(past))
    points = [Point(at=at(first + timedelta(place)), actual=value) for place, value in enumerate(past)]
    for place, (mean, low80, low, high80, high) in enumerate(one.days):
        day = at(one.today + timedelta(place))
        points.append(Point(at=day, expected=mean, low=low, high=high, low80=low80, high80=high80))
    return points


def _round(value: float) -> float:
    return round(value, 2)
