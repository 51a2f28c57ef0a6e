from collections.abc import Sequence

import numpy as np
import pytest

from services.insights_service.domain.reasons.explain import MOST_REASONS, explain
from services.insights_service.domain.reasons.leaves import Leaves, Part
from tests.insights_service.cubes import cubes


def by_branch(expected: Sequence[float], actual: Sequence[float]) -> Leaves:
    names = [f"branch {number}" for number in range(len(expected))]
    codes = np.arange(len(expected)).reshape(-1, 1)
    return Leaves(["branch"], [names], codes, Part(np.array(expected), np.array(actual)))


@pytest.mark.parametrize("leads", [500, 3000])
def test_the_first_reason_names_the_segment_that_changed_in_nine_of_ten(leads: int):
    random = np.random.default_rng(20)
    named = [
        bool(reasons := explain(cube.plain(random, factor))) and cube.is_named(reasons[0].segment)
        for cube in cubes(random, 150, leads)
        for factor in [random.choice([0.0, 0.3, 2.5])]
    ]
    assert np.mean(named) >= 0.9


def test_the_first_reason_of_a_ratio_names_the_segment_whose_parts_moved_apart():
    random = np.random.default_rng(21)
    named = [
        bool(reasons := explain(cube.ratio(random, factor, growth))) and cube.is_named(reasons[0].segment)
        for cube in cubes(random, 150, 3000)
        for factor, growth in [(random.choice([0.2, 0.4, 2.5]), random.choice([0.9, 1.0, 1.3]))]
    ]
    assert np.mean(named) >= 0.9


def test_a_reason_has_the_segments_figures_and_its_share_of_the_change():
    [reason] = explain(by_branch([50, 40, 30], [50, 4, 30]))
    assert reason == ((("branch", ("branch 1",)),), 40, 4, 1.0)


def test_a_uniform_change_names_no_segment():
    [reason] = explain(by_branch([50, 40, 30, 20], [24, 21, 15, 10]))
    assert reason == ((), 140, 70, 1.0)


def test_two_causes_give_two_reasons_with_the_larger_first():
    reasons = explain(by_branch([100] * 8, [100, 10, 100, 100, 60, 100, 100, 100]))
    assert [reason.segment for reason in reasons] == [(("branch", ("branch 1",)),), (("branch", ("branch 4",)),)]
    assert [round(reason.share, 2) for reason in reasons] == [0.69, 0.31]


def test_the_part_of_a_change_outside_a_reason_is_left_to_the_next_one():
    branches, products = [f"branch {number}" for number in range(6)], [f"product {number}" for number in range(6)]
    expected = np.full((6, 6), 100.0)
    actual = expected.copy()
    actual[1, 2] = 0
    actual[4] = 85
    leaves = Leaves(
        ["branch", "product"],
        [branches, products],
        np.indices((6, 6)).reshape(2, -1).T,
        Part(expected.ravel(), actual.ravel()),
    )
    assert [(reason.segment, reason.expected, reason.actual) for reason in explain(leaves)] == [
        ((("branch", ("branch 1",)), ("product", ("product 2",))), 100, 0),
        ((("branch", ("branch 4",)),), 600, 510),
    ]


def test_members_of_a_dimension_that_changed_alike_are_named_together():
    [reason] = explain(by_branch([100] * 20, [100, 20, 20] + [100] * 17))
    assert reason.segment == (("branch", ("branch 1", "branch 2")),)


def test_a_member_that_was_not_expected_at_all_is_named():
    [reason] = explain(by_branch([100, 100, 0], [100, 100, 90]))
    assert reason.segment == (("branch", ("branch 2",)),)


def test_there_are_at_most_three_reasons():
    leaves = by_branch([100] * 40, [0] * 10 + [100] * 30)
    assert len(explain(leaves, most=9)) > MOST_REASONS
    assert len(explain(leaves)) == MOST_REASONS


@pytest.mark.parametrize(
    ("expected", "actual"),
    [([], []), ([0, 0], [0, 0]), ([5, 5], [5, 5]), ([100, 100], [103, 98]), ([10.0], [10.0])],
)
def test_there_are_no_reasons_if_no_segment_stands_out(expected: list[float], actual: list[float]):
    assert explain(by_branch(expected, actual)) == []


def test_refunds_above_sales_can_be_a_reason():
    [reason] = explain(by_branch([100, 100, 100], [100, -50, 100]))
    assert reason == ((("branch", ("branch 1",)),), 100, -50, 1.0)


def test_a_ratio_that_changed_because_an_expensive_member_grew_names_that_member():
    spend = Part(np.array([1000.0, 1000, 4000]), np.array([1000.0, 1000, 8000]), 20)
    leads = Part(np.array([100.0, 100, 100]), np.array([100.0, 100, 200]))
    leaves = Leaves(["campaign"], [["a", "b", "dear"]], np.array([[0], [1], [2]]), spend, leads)
    [reason] = explain(leaves)
    assert (reason.segment, reason.expected, reason.actual, reason.share) == ((("campaign", ("dear",)),), 40, 40, 1.0)


def test_a_ratio_with_denominator_zero_has_finite_reasons():
    leaves = Leaves(
        ["branch"],
        [["a", "b"]],
        np.array([[0], [1]]),
        Part(np.array([100.0, 100]), np.array([100.0, 100]), 10),
        Part(np.array([10.0, 10]), np.array([0.0, 0])),
    )
    assert all(np.isfinite([reason.expected, reason.actual, reason.share]).all() for reason in explain(leaves))
