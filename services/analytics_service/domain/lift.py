"""What a hold-out says: by how many points more is recovered where customers were emailed, and how sure that is.

Customers, not tasks, were put on one side or the other, and the tasks of one customer go together: a customer who buys
recovers one of three, say. Counting tasks as if each had been drawn alone would claim too much. So a rate's variance is
that of a ratio over customers (linearized), and the interval is Newcombe's of two Wilson intervals (1998, method 10) at
the number of independent tasks that has this variance: it holds at rates near 0, where follow-ups are, and at 0 itself.
"""

from decimal import Decimal
from math import sqrt
from typing import NamedTuple

from common.rounding import rounded
from services.analytics_service.domain.ratio import percent
from services.analytics_service.store.recovery import Arm

# Fewer customers on a side than this say nothing that anybody should act on.
FEWEST_CUSTOMERS = 30
_Z = 1.959964


class Lift(NamedTuple):
    """The difference of two rates in points, and its 95 % interval."""

    points: Decimal
    low: Decimal
    high: Decimal


def lift(emailed: Arm, held_out: Arm) -> Lift | None:
    """Emailed minus held out; None where either side has too few customers."""
    if min(emailed.customers, held_out.customers) < FEWEST_CUSTOMERS:
        return None
    rate, other = emailed.recovered / emailed.tasks, held_out.recovered / held_out.tasks
    (low, high), (other_low, other_high) = _wilson(emailed), _wilson(held_out)
    down = sqrt((rate - low) ** 2 + (other_high - other) ** 2)
    up = sqrt((high - rate) ** 2 + (other - other_low) ** 2)
    return Lift(_points(rate - other), _points(rate - other - down), _points(rate - other + up))


def share(part: int, whole: int) -> Decimal:
    """100 · part / whole to one decimal; 0 of nothing."""
    return percent(part, whole)


def _wilson(arm: Arm) -> tuple[float, float]:
    """Wilson's interval of an arm's rate, at its number of independent tasks."""
    rate, number = arm.recovered / arm.tasks, _independent_tasks(arm)
    middle = rate + _Z**2 / (2 * number)
    half = _Z * sqrt(rate * (1 - rate) / number + _Z**2 / (4 * number**2))
    return (middle - half) / (1 + _Z**2 / number), (middle + half) / (1 + _Z**2 / number)


def _independent_tasks(arm: Arm) -> float:
    """How many tasks of customers of their own would be as sure: never more than there are tasks."""
    rate = arm.recovered / arm.tasks
    if arm.recovered in (0, arm.tasks):
        # Nothing varies, so nothing can be measured: as if the tasks of one customer were one.
        return arm.tasks**2 / arm.tasks_squared
    spread = arm.recovered_squared - 2 * rate * arm.tasks_recovered + rate**2 * arm.tasks_squared
    variance = spread * arm.customers / (arm.customers - 1) / arm.tasks**2
    return min(float(arm.tasks), rate * (1 - rate) / variance) if variance > 0 else float(arm.tasks)


def _points(difference: float) -> Decimal:
    return rounded(Decimal(100 * difference), 1)
