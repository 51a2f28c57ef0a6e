"""A goal's progress: what is reached so far, whether that is on pace, and what the period is projected to reach."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Literal, NamedTuple

from common.rounding import rounded
from services.analytics_service.domain.goal_metrics import (
    COST_METRICS,
    LESS_IS_BETTER,
    RATIOS,
    Figure,
    FigureOf,
    decimals_of,
)
from services.analytics_service.domain.ratio import percent
from services.analytics_service.store.day_range import DateRange

Pace = Literal["ahead", "on_track", "behind"]
_AHEAD, _BEHIND = Fraction(105, 100), Fraction(95, 100)


class PacedGoal(NamedTuple):
    """A goal's progress today."""

    current: Decimal
    progress_pct: Decimal
    pace: Pace
    projected: Decimal | None


async def pace_goal(metric: str, target: Decimal, period: DateRange, today: date, figure_of: FigureOf) -> PacedGoal:
    """Compute the progress of a goal up to and including today.

    Pace and projection use whole days only, because today is not over. Everything is computed exactly and rounded once,
    at the end.
    """
    so_far = days_so_far(period, today)
    if so_far is None:
        return PacedGoal(Decimal(0), Decimal(0), "on_track", None)
    exact_target, current = Fraction(target), await figure_of(so_far)
    pace, projected = await _pace_and_projection(metric, exact_target, period, today, current, figure_of)
    digits = decimals_of(metric)
    rounded_projection = None if projected is None else rounded(projected, digits)
    return PacedGoal(rounded(current.value, digits), _progress(metric, current, exact_target), pace, rounded_projection)


def days_so_far(period: DateRange, today: date) -> DateRange | None:
    """Return the days of the period up to and including today, or None if it has not begun."""
    return None if today < period.start else DateRange(period.start, min(today, period.end))


def days_before_today(metric: str, period: DateRange, today: date) -> DateRange | None:
    """Return the whole days that the projection is based on, or None if no projection is needed."""
    if metric in RATIOS or not period.start < today <= period.end:
        return None
    return DateRange(period.start, today - timedelta(days=1))


async def _pace_and_projection(
    metric: str, target: Fraction, period: DateRange, today: date, current: Figure, figure_of: FigureOf
) -> tuple[Pace, Fraction | None]:
    if not current.is_complete:
        return "on_track", None
    if metric in RATIOS:
        return (_pace(metric, current.value, target), current.value) if current.is_defined else ("on_track", None)
    if today == period.start:
        return "on_track", None
    whole_days = days_before_today(metric, period, today)
    if whole_days is None:
        return _pace(metric, current.value, target), current.value
    projected = (await figure_of(whole_days)).value * _length(period) / _length(whole_days)
    # What has been reached already, including today, is a lower bound of the projection.
    return _pace(metric, projected, target), max(projected, current.value)


def _length(period: DateRange) -> int:
    return (period.end - period.start).days + 1


def _progress(metric: str, current: Figure, target: Fraction) -> Decimal:
    """Return the progress in percent: target / cost for a unit cost, current / target for all other metrics."""
    if metric not in COST_METRICS:
        return percent(current.value, target)
    if current.value > 0:
        return percent(target, current.value)
    # A cost of 0 or less meets any target. Without anything that could cost, there is no progress.
    return Decimal(100 if current.is_defined else 0)


def _pace(metric: str, reached: Fraction, expected: Fraction) -> Pace:
    """Classify a value against the target; where less is better, a higher value than expected is behind."""
    is_ahead, is_behind = reached >= expected * _AHEAD, reached < expected * _BEHIND
    if metric in LESS_IS_BETTER:
        is_ahead, is_behind = reached <= expected * _BEHIND, reached > expected * _AHEAD
    return "ahead" if is_ahead else "behind" if is_behind else "on_track"
