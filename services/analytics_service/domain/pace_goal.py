"""How a goal stands: what is reached, whether that is in step with the days gone by, and what it will come to."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple

from services.analytics_service.domain.goal_metrics import COSTS, LESS_IS_BETTER, RATIOS, Figure, FigureOf
from services.analytics_service.domain.ratio import percent, ratio
from services.analytics_service.store.day_range import DateRange

Pace = Literal["ahead", "on_track", "behind"]
_AHEAD, _BEHIND = Decimal("1.05"), Decimal("0.95")


class Standing(NamedTuple):
    """How a goal stands today."""

    current: Decimal
    progress_pct: Decimal
    pace: Pace
    projected: Decimal | None


async def pace_goal(metric: str, target: Decimal, period: DateRange, today: date, figure_of: FigureOf) -> Standing:
    """Of its period up to and with today. Pace and projection go by whole days, since today is not over."""
    if today < period.start:
        return Standing(Decimal(0), Decimal(0), "on_track", None)
    current = await figure_of(DateRange(period.start, min(today, period.end)))
    progress = _progress(metric, current, target)
    if metric in RATIOS:
        pace = _pace(metric, current.value, target) if current.says else "on_track"
        return Standing(current.value, progress, pace, current.value if current.says else None)
    whole_days = min((today - period.start).days, _length(period))
    if not whole_days:
        return Standing(current.value, progress, "on_track", None)
    if whole_days == _length(period):
        return Standing(current.value, progress, _pace(metric, current.value, target), current.value)
    so_far = await figure_of(DateRange(period.start, period.start + timedelta(days=whole_days - 1)))
    pace = _pace(metric, so_far.value * _length(period), target * whole_days)
    # (what today has brought already is not taken back)
    projected = max(ratio(so_far.value * _length(period), whole_days), current.value)
    return Standing(current.value, progress, pace, projected)


def _length(period: DateRange) -> int:
    return (period.end - period.start).days + 1


def _progress(metric: str, current: Figure, target: Decimal) -> Decimal:
    """Of a cost how far it is down to the target, of all else how much of the target is there."""
    return percent(target, current.value) if metric in COSTS else percent(current.value, target)


def _pace(metric: str, reached: Decimal, expected: Decimal) -> Pace:
    """Where less is better, who has more than was expected is behind."""
    more, less = reached >= expected * _AHEAD, reached < expected * _BEHIND
    if metric in LESS_IS_BETTER:
        more, less = reached <= expected * _BEHIND, reached > expected * _AHEAD
    return "ahead" if more else "behind" if less else "on_track"
