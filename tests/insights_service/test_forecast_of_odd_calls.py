"""Forecasts of imperfect input: a last step of zero, or a season that is missing or wrong."""

import numpy as np
import pytest

from services.insights_service.domain.forecast import forecast_many
from services.insights_service.domain.forecasting.plans import hidden_season
from tests.insights_service.forecast_accuracy import Floats
from tests.insights_service.made_series import days_of_a_site, weeks_of_an_economy, weeks_that_wander, weeks_with_a_year


def _busy(steps: int) -> Floats:
    return np.random.default_rng(5).poisson(50, (20, steps)).astype(float)


@pytest.mark.parametrize("steps", [30, 60, 300])
@pytest.mark.parametrize("nothing", [1, 2, 3])
def test_a_last_step_of_zero_after_a_busy_past_is_not_a_new_level(steps: int, nothing: int) -> None:
    values = _busy(steps)
    values[:, -nothing:] = 0
    mean, _, _ = forecast_many(values, 1, 14)
    assert mean.mean() > 0.8 * 50


def test_an_outlier_at_the_end_is_a_new_level_only_if_earlier_levels_lasted() -> None:
    always = 60 + _busy(300)
    stepped = _busy(300) + np.where(np.arange(300) // 50 % 2, 60.0, 0.0)
    always[:, -1] = stepped[:, -1] = 3
    assert forecast_many(always, 1, 14)[0].mean() > 95
    assert forecast_many(stepped, 1, 14)[0].mean() < 50


def test_a_weak_weekly_season_of_days_is_found_and_none_is_invented() -> None:
    generators = [np.random.default_rng([17, number]) for number in range(30)]
    assert np.mean([hidden_season(days_of_a_site(rng, 550)) == 7 for rng in generators]) > 0.8
    for make in (weeks_that_wander, weeks_with_a_year, weeks_of_an_economy):
        assert {hidden_season(make(rng, steps)) for rng in generators for steps in (90, 600)} == {1}
