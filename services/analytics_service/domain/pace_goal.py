"""How a goal stands: what is reached, whether that is in step with the days gone by, and what it will come to."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Literal, NamedTuple

from common.rounding import rounded
from services.analytics_service.domain.goal_metrics import (
    COSTS,
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


class Standing(NamedTuple):
    """How a goal stands today."""

    current: Decimal
    progress_pct: Decimal
    pace: Pace
    projected: Decimal | None


async def pace_goal(metric: str, target: Decimal, period: DateRange, today: date, figure_of: FigureOf) -> Standing:
    """Of its period up to and with today. Pace and projection go by whole days, since today is not over.

    All is reckoned with exact figures, and what is answered rounded once.
    """
    so_far = days_so_far(period, today)
    if so_far is None:
        return Standing(Decimal(0), Decimal(0), "on_track", None)
    aim, current = Fraction(target), await figure_of(so_far)
    pace, projected = await _outlook(metric, aim, period, today, current, figure_of)
    digits = decimals_of(metric)
    comes_to = None if projected is None else rounded(projected, digits)
    return Standing(rounded(current.value, digits), _progress(metric, current, aim), pace, comes_to)


def days_so_far(period: DateRange, today: date) -> DateRange | None:
    """The days of a period up to and with today; None: it has not begun."""
    return None if today < period.start else DateRange(period.start, min(today, period.end))


def days_before_today(metric: str, period: DateRange, today: date) -> DateRange | None:
    """The whole days by which a metric is projected; None: it needs none."""
    if metric in RATIOS or not period.start < today <= period.end:
        return None
    return DateRange(period.start, today - timedelta(days=1))


async def _outlook(
    metric: str, aim: Fraction, period: DateRange, today: date, current: Figure, figure_of: FigureOf
) -> tuple[Pace, Fraction | None]:
    if metric in RATIOS:
        return (_pace(metric, current.value, aim), current.value) if current.says else ("on_track", None)
    if today == period.start:
        return "on_track", None
    whole_days = days_before_today(metric, period, today)
    if whole_days is None:
        return _pace(metric, current.value, aim), current.value
    coming = (await figure_of(whole_days)).value * _length(period) / _length(whole_days)
    # (what today has brought already is not taken back)
    return _pace(metric, coming, aim), max(coming, current.value)


def _length(period: DateRange) -> int:
    return (period.end - period.start).days + 1


def _progress(metric: str, current: Figure, aim: Fraction) -> Decimal:
    """Of a cost how far it is down to the target, of all else how much of the target is there."""
    if metric not in COSTS:
        return percent(current.value, aim)
    if current.value > 0:
        return percent(aim, current.value)
    # What costs nothing, or less, is where it is to be; where there is nothing that could cost, nothing is.
    return Decimal(100 if current.says else 0)


def _pace(metric: str, reached: Fraction, expected: Fraction) -> Pace:
    """Where less is better, who has more than was expected is behind."""
    more, less = reached >= expected * _AHEAD, reached < expected * _BEHIND
    if metric in LESS_IS_BETTER:
        more, less = reached <= expected * _BEHIND, reached > expected * _AHEAD
    return "ahead" if more else "behind" if less else "on_track"
