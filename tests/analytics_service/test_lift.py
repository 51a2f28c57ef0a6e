"""The lift of a hold-out, and its interval."""

from decimal import Decimal

import pytest

from services.analytics_service.domain.lift import MIN_CUSTOMERS, lift, share
from services.analytics_service.store.recovery import Arm


def side(customers: dict[tuple[int, int], int]) -> Arm:
    """Return an arm with these numbers of customers, by (tasks, recovered)."""
    rows = [pair for pair, number in customers.items() for _ in range(number)]
    return Arm(
        len(rows),
        sum(n for n, _ in rows),
        sum(r for _, r in rows),
        sum(n * n for n, _ in rows),
        sum(r * r for _, r in rows),
        sum(n * r for n, r in rows),
    )


def lift_figures(emailed: Arm, held_out: Arm) -> tuple[float, float, float]:
    found = lift(emailed, held_out)
    assert found is not None
    return float(found.points), float(found.low), float(found.high)


def test_with_one_task_per_customer_the_interval_is_newcombes() -> None:
    # Newcombe 1998, table II: 56/70 against 48/80 is 0.2000, from 0.0524 to 0.3339 by method 10.
    found = lift_figures(side({(1, 1): 56, (1, 0): 14}), side({(1, 1): 48, (1, 0): 32}))
    assert found == pytest.approx((20.0, 5.2, 33.4), abs=0.2)


def test_the_interval_is_not_empty_if_nobody_recovered() -> None:
    points, low, high = lift_figures(side({(1, 0): 100}), side({(1, 0): 50}))
    assert points == 0
    assert low < -3 < 2 < high


def test_tasks_of_one_customer_give_a_wider_interval_than_tasks_of_many() -> None:
    alone = lift_figures(side({(1, 1): 100, (1, 0): 300}), side({(1, 1): 80, (1, 0): 320}))
    together = lift_figures(side({(4, 4): 25, (4, 0): 75}), side({(4, 4): 20, (4, 0): 80}))
    assert alone[0] == together[0] == 5
    assert together[2] - together[1] == pytest.approx(2 * (alone[2] - alone[1]), rel=0.05)


@pytest.mark.parametrize("few", [0, MIN_CUSTOMERS - 1])
def test_there_is_no_lift_with_too_few_customers_on_a_side(few: int) -> None:
    enough, too_few = side({(1, 1): 100, (1, 0): 100}), side({(3, 1): few})
    assert lift(enough, too_few) is None
    assert lift(too_few, enough) is None


def test_shares_are_rounded_half_up_and_0_if_the_whole_is_0() -> None:
    assert [share(1, 8), share(1, 3), share(1, 2000), share(0, 0)] == [
        Decimal("12.5"), Decimal("33.3"), Decimal("0.1"), Decimal(0),
    ]  # fmt: skip
