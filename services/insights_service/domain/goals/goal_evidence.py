"""A goal's projection as evidence: its figures, and its past and coming days to plot."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from services.insights_service.domain.evidence.shapes import GoalOutlook, Member, Part, Point, Range, Unit, Window
from services.insights_service.domain.evidence.written import at
from services.insights_service.domain.goals.project_goals import Projection
from services.insights_service.sources.day_values import is_platform

_MONEY: Final = frozenset({"spend", "online_revenue"})
# The least number of past days in the chart.
_PAST_DAYS: Final = 28


def goal_evidence(projection: Projection, rule: str, currency: str) -> GoalOutlook:
    """Return the evidence for an insight about a goal that will probably be missed or met."""
    goal = projection.goal
    unit: Unit = "money" if goal.metric in _MONEY else "count"
    return GoalOutlook(
        metric=goal.metric,
        unit=unit,
        grain="day",
        rule=rule,
        currency=currency if unit == "money" else None,
        window=Window(start=at(goal.period_start), end=at(goal.period_end + timedelta(1))),
        segment=_segment(goal.channel),
        outlook=projection.outlook or "behind",
        goal_id=goal.id,
        name=goal.name,
        target=goal.target,
        so_far=_round(projection.so_far),
        expected=_round(projection.expected),
        expected_range=Range(low=_round(projection.low), high=_round(projection.high)),
        days_left=projection.days_left,
        needed_a_day=_round(projection.needed_a_day),
        usual_a_day=_round(projection.usual_a_day),
        series=_points(projection),
        sources=["GET /api/goals"],
    )


def _segment(channel: str | None) -> list[Part]:
    if channel is None:
        return []
    return [Part(dimension="platform" if is_platform(channel) else "channel", members=[Member(id=channel)])]


def _points(projection: Projection) -> list[Point]:
    over = max((projection.today - projection.goal.period_start).days, _PAST_DAYS)
    past = list(projection.history[-over:])
    first = projection.today - timedelta(len(past))
    points = [Point(at=at(first + timedelta(place)), actual=value) for place, value in enumerate(past)]
    for place, (mean, low80, low, high80, high) in enumerate(projection.days):
        day = at(projection.today + timedelta(place))
        points.append(Point(at=day, expected=mean, low=low, high=high, low80=low80, high80=high80))
    return points


def _round(value: float) -> float:
    return round(value, 2)
