"""The lift of a hold-out: how much higher the recovery rate of emailed customers is, with a confidence interval.

Customers, not tasks, were assigned to the sides, and the tasks of one customer are not independent: a customer
who buys recovers one of three tasks, for example. An interval that treated tasks as independent would be too narrow. So
the variance of a rate is that of a ratio over customers (linearized). The interval is Newcombe's, from two Wilson
intervals (1998, method 10) with the number of independent tasks that gives this variance. It is valid for rates near 0,
which are usual for follow-ups, and for 0 itself.
"""

from decimal import Decimal
from math import sqrt
from typing import NamedTuple

from common.rounding import rounded
from services.analytics_service.domain.ratio import percent
from services.analytics_service.store.recovery import Arm

# With fewer customers on a side, the lift is too uncertain to act on.
MIN_CUSTOMERS = 30
_Z = 1.959964


class Lift(NamedTuple):
    """The difference of two rates in percentage points, and its 95 % interval."""

    points: Decimal
    low: Decimal
    high: Decimal


def lift(emailed: Arm, held_out: Arm) -> Lift | None:
    """Return the rate of the emailed side minus that of the held-out side, or None if a side has too few customers."""
    if min(emailed.customers, held_out.customers) < MIN_CUSTOMERS:
        return None
    rate, other = emailed.recovered / emailed.tasks, held_out.recovered / held_out.tasks
    (low, high), (other_low, other_high) = _wilson(emailed), _wilson(held_out)
    down = sqrt((rate - low) ** 2 + (other_high - other) ** 2)
    up = sqrt((high - rate) ** 2 + (other - other_low) ** 2)
    return Lift(_points(rate - other), _points(rate - other - down), _points(rate - other + up))


def share(part: int, whole: int) -> Decimal:
    """Return 100 · part / whole with one decimal; 0 if the whole is 0."""
    return percent(part, whole)


def _wilson(arm: Arm) -> tuple[float, float]:
    """Return the Wilson interval of an arm's rate, for its number of independent tasks."""
    rate, number = arm.recovered / arm.tasks, _independent_tasks(arm)
    middle = rate + _Z**2 / (2 * number)
    half = _Z * sqrt(rate * (1 - rate) / number + _Z**2 / (4 * number**2))
    return (middle - half) / (1 + _Z**2 / number), (middle + half) / (1 + _Z**2 / number)


def _independent_tasks(arm: Arm) -> float:
    """Return how many independent tasks would give the rate the same variance: at most the number of tasks."""
    rate = arm.recovered / arm.tasks
    if arm.recovered in (0, arm.tasks):
        # All outcomes are equal, so the variance cannot be estimated: treat the tasks of a customer as fully dependent.
        return arm.tasks**2 / arm.tasks_squared
    spread = arm.recovered_squared - 2 * rate * arm.tasks_recovered + rate**2 * arm.tasks_squared
    variance = spread * arm.customers / (arm.customers - 1) / arm.tasks**2
    return min(float(arm.tasks), rate * (1 - rate) / variance) if variance > 0 else float(arm.tasks)


def _points(difference: float) -> Decimal:
    return rounded(Decimal(100 * difference), 1)
