"""Forecasts of what was given with a hitch: a last step of nothing, or a season that was not or wrongly named."""

import numpy as np
import pytest

from services.insights_service.domain.forecast import forecast_many
from tests.insights_service.forecast_accuracy import Floats


def _busy(steps: int) -> Floats:
    return np.random.default_rng(5).poisson(50, (20, steps)).astype(float)


@pytest.mark.parametrize("steps", [30, 60, 300])
@pytest.mark.parametrize("nothing", [1, 2, 3])
def test_a_last_step_of_nothing_after_a_busy_past_is_no_level(steps: int, nothing: int) -> None:
    values = _busy(steps)
    values[:, -nothing:] = 0
    mean, _, _ = forecast_many(values, 1, 14)
    assert mean.mean() > 0.8 * 50


def test_an_odd_last_step_is_a_level_only_where_levels_stayed_before() -> None:
    always = 60 + _busy(300)
    stepped = _busy(300) + np.where(np.arange(300) // 50 % 2, 60.0, 0.0)
    always[:, -1] = stepped[:, -1] = 3
    assert forecast_many(always, 1, 14)[0].mean() > 95
    assert forecast_many(stepped, 1, 14)[0].mean() < 50
