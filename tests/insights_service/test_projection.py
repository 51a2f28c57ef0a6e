"""Projected totals of periods: sums of forecasts with their own intervals."""

from typing import Any

import numpy as np
import pytest

from services.insights_service.domain.forecast import forecast_many
from services.insights_service.domain.projection import project_many
from tests.insights_service.made_series import days_of_a_counter


def test_a_projection_is_the_sum_so_far_plus_the_forecast_of_the_rest() -> None:
    series = [days_of_a_counter(np.random.default_rng([3, number]), 300) for number in range(60)]
    known = [values[:-20] for values in series]
    so_far = np.array([values[-10:].sum() for values in known])
    total, lower, upper = project_many(known, 7, 20, so_far, (80, 95))
    mean, least, most = forecast_many(known, 7, 20, (80, 95))
    assert total == pytest.approx(so_far + mean.sum(axis=1))
    ended = so_far + np.array([values[-20:].sum() for values in series])
    inside = (ended[:, None] >= lower) & (ended[:, None] <= upper)
    assert 0.65 < inside[:, 0].mean() < 0.97
    assert inside[:, 1].mean() > 0.85
    assert (lower[:, 1] <= lower[:, 0]).all()
    assert (lower >= so_far[:, None]).all()
    assert (upper - lower).mean() < 0.8 * (most - least).sum(axis=2).mean()


def test_ranges_at_the_beginning_of_a_period_have_their_nominal_coverage() -> None:
    rng = np.random.default_rng(5)
    mean = np.tile([10.0, 10, 10, 10, 10, 2, 2], 10)[:68]
    days = rng.poisson(mean, (300, 68)).astype(float)
    total, lower, upper = project_many(list(days[:, :59]), 7, 9, np.zeros(300), (80, 95))
    ended = days[:, 59:].sum(axis=1)
    inside = (ended[:, None] >= lower) & (ended[:, None] <= upper)
    assert 0.77 <= inside[:, 0].mean() <= 0.93
    assert inside[:, 1].mean() >= 0.92
    # The range is not narrower because the few earlier periods happened to be calm.
    assert np.percentile(upper - lower, 2, axis=0)[0] > 2.3 * np.sqrt(mean[59:].sum())
    assert np.abs(total - ended).mean() < 2 * np.sqrt(mean[59:].sum())


def test_the_range_is_wide_enough_if_more_steps_remain_than_could_be_tried() -> None:
    rng = np.random.default_rng(4)
    days = np.maximum(0, 100 + rng.normal(0, 4, (100, 210)).cumsum(axis=1) + rng.normal(0, 3, (100, 210)))
    _, lower, upper = project_many(list(days[:, :120]), 7, 90, np.zeros(100), (80, 95))
    ended = days[:, 120:].sum(axis=1)
    inside = (ended[:, None] >= lower) & (ended[:, None] <= upper)
    assert inside[:, 0].mean() > 0.5
    assert inside[:, 1].mean() > 0.75


def test_periods_without_history_are_projected_to_end_at_the_sum_so_far() -> None:
    total, lower, upper = project_many([[], [3.0, 4.0], [0.0] * 50], 7, 10, [5.0, 7.0, 0.0], (90,))
    assert total[0] == lower[0, 0] == upper[0, 0] == 5.0
    assert lower[1, 0] >= 7.0
    assert total[2] == upper[2, 0] == 0.0
    assert np.isfinite([*total, *lower[:, 0], *upper[:, 0]]).all()


@pytest.mark.parametrize("so_far", [5.0, None, [], [1.0, 2.0], [[1.0]], ["x"], [np.nan]])
def test_sums_so_far_must_be_one_finite_number_for_each_series(so_far: Any) -> None:
    with pytest.raises(ValueError, match="so_far must"):
        project_many([[1.0, 2.0, 3.0]], 1, 5, so_far)
