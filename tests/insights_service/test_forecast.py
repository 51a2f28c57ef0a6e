"""Forecasts: properties for any history, and accuracy on simulated series."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.insights_service.domain.forecast import forecast, forecast_cautiously, forecast_many
from tests.insights_service.forecast_accuracy import Floats, coverage, owa
from tests.insights_service.made_series import (
    days_of_a_busy_site,
    days_of_a_counter,
    days_of_a_site,
    days_with_rare_sales,
    hours_of_a_shop,
    hours_of_power,
    weeks_of_an_economy,
    weeks_that_wander,
    weeks_with_a_year,
)

LEVELS = (80, 95)


def _many(make: Callable[[np.random.Generator, int], Floats], steps: int, count: int = 12) -> list[Floats]:
    return [make(np.random.default_rng([7, number]), steps) for number in range(count)]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True) | st.integers(-5, 5) | st.just(0.0), max_size=60),
    st.sampled_from([1, 2, 7, 12, 24]),
    st.integers(1, 40),
)
def test_any_history_has_finite_forecasts_with_nested_intervals(values: list[float], season: int, horizon: int) -> None:
    mean, lower, upper = forecast(values, season, horizon, LEVELS)
    assert mean.shape == (horizon,)
    assert lower.shape == upper.shape == (2, horizon)
    assert np.isfinite([mean, *lower, *upper]).all()
    assert (lower[1] <= lower[0]).all()
    assert (lower[0] <= mean).all()
    assert (mean <= upper[0]).all()
    assert (upper[0] <= upper[1]).all()


def _with_gaps(share: float) -> Floats:
    values = hours_of_a_shop(np.random.default_rng(1), 700)
    values[np.random.default_rng(2).random(700) < share] = np.nan
    return values


AWKWARD: dict[str, Floats] = {
    "empty": np.zeros(0),
    "only holes": np.full(50, np.nan),
    "one point": np.array([5.0]),
    "two points": np.array([5.0, 7.0]),
    "constant": np.full(400, 3.0),
    "all zero": np.zeros(400),
    "one sale ever": np.r_[np.zeros(399), 7.0],
    "a hole in two": _with_gaps(0.5),
    "refunds": np.random.default_rng(3).normal(-5, 3, 300),
    "huge": np.random.default_rng(4).uniform(-1, 1, 300) * 1e308,
    "tiny": np.random.default_rng(5).uniform(0, 1e-310, 300),
    "a step down": np.r_[np.full(200, 1e9), np.ones(200)],
    "explosive": np.exp(np.linspace(0, 600, 400)),
    "closed from now on": np.r_[hours_of_a_shop(np.random.default_rng(6), 500), np.zeros(200)],
    "closed at weekends": np.where(np.arange(384) % 7 < 5, 50.0, 0.0),
}


@pytest.mark.parametrize("name", AWKWARD)
@pytest.mark.parametrize("season", [1, 7, 24])
@pytest.mark.filterwarnings("error")
def test_unusual_histories_neither_raise_nor_warn(name: str, season: int) -> None:
    for horizon in (1, 60):
        mean, lower, upper = forecast(AWKWARD[name], season, horizon, LEVELS)
        assert np.isfinite([mean, *lower, *upper]).all()


def test_a_constant_history_is_continued_with_intervals_of_zero_width() -> None:
    mean, lower, upper = forecast(np.full(300, 3.0), 7, 14, LEVELS)
    assert mean == pytest.approx(3.0)
    assert lower == pytest.approx(3.0)
    assert upper == pytest.approx(3.0)


def test_a_history_without_known_values_is_forecast_as_zero() -> None:
    for values in ([], [np.nan] * 20, [None, np.inf]):
        mean, lower, upper = forecast(np.array(values, dtype=float), 7, 3, LEVELS)
        assert not mean.any()
        assert not lower.any()
        assert not upper.any()


@pytest.mark.parametrize(
    ("values", "season", "horizon", "levels"),
    [
        ([1.0, 2.0], 1, 0, LEVELS),
        ([1.0, 2.0], 1, 1.5, LEVELS),
        ([1.0, 2.0], 0, 1, LEVELS),
        ([1.0, 2.0], 1, 1, (0,)),
        ([1.0, 2.0], 1, 1, (100,)),
        ([[1.0, 2.0], [1.0, 2.0]], 1, 1, LEVELS),
        ([[1.0, 2.0], [1.0]], 1, 1, LEVELS),
        (["x"], 1, 1, LEVELS),
        (None, 1, 1, LEVELS),
        (5.0, 1, 1, LEVELS),
        ([1.0, 2.0], None, 1, LEVELS),
        ([1.0, 2.0], 1, "two", LEVELS),
        ([1.0, 2.0], 1, float("inf"), LEVELS),
        ([1.0, 2.0], 1, 1, 80),
        ([1.0, 2.0], 1, 1, ("x",)),
        ([1.0, 2.0], 1, 1, (float("nan"),)),
    ],
)
def test_invalid_arguments_are_refused(values: list[float], season: int, horizon: int, levels: tuple[float]) -> None:
    with pytest.raises(ValueError, match="must"):
        forecast(values, season, horizon, levels)


@pytest.mark.parametrize("series", [None, 5.0, [5.0, 6.0], ["x"], [["x"]], [None], "12"])
def test_invalid_lists_of_histories_are_refused(series: Any) -> None:
    with pytest.raises(ValueError, match=r"series must"):
        forecast_many(series, 7, 5)


def test_series_forecast_together_have_the_same_forecasts_as_alone() -> None:
    series = [
        *_many(days_of_a_site, 550, 3),
        *_many(days_of_a_counter, 90, 2),
        *_many(days_with_rare_sales, 300, 2),
        np.zeros(0),
        np.arange(5.0),
        days_of_a_site(np.random.default_rng(1), 553).astype(int),
    ]
    means, lowers, uppers = forecast_many(series, 7, 20, LEVELS)
    for at, values in enumerate(series):
        mean, lower, upper = forecast(values, 7, 20, LEVELS)
        assert mean == pytest.approx(means[at], rel=1e-9)
        assert lower == pytest.approx(lowers[at], rel=1e-9, abs=1e-9)
        assert upper == pytest.approx(uppers[at], rel=1e-9)


def test_a_matrix_holds_a_series_a_row_and_may_be_empty() -> None:
    matrix = np.stack(_many(days_of_a_counter, 120, 3))
    mean, lower, upper = forecast_many(matrix, 7, 5, (50,))
    assert mean.shape == (3, 5)
    assert lower.shape == upper.shape == (3, 1, 5)
    assert forecast_many([], 7, 5, LEVELS)[1].shape == (0, 2, 5)
    assert forecast_many(matrix, 7, 5, ())[2].shape == (3, 0, 5)


@pytest.mark.parametrize("factor", [1e-6, 60.0, 1e9])
@pytest.mark.parametrize("make", [hours_of_a_shop, weeks_with_a_year, days_with_rare_sales])
def test_forecasts_scale_with_the_unit(make: Callable[[np.random.Generator, int], Floats], factor: float) -> None:
    values = make(np.random.default_rng(3), 700)
    season = 24 if make is hours_of_a_shop else 1
    for one, other in zip(forecast(values, season, 13), forecast(values * factor, season, 13), strict=True):
        assert other == pytest.approx(one * factor, rel=1e-6, abs=1e-6 * factor)


def test_intervals_are_in_the_order_of_the_levels() -> None:
    values = days_of_a_site(np.random.default_rng(8), 300)
    mean, lower, upper = forecast(values, 7, 10, (95, 50, 80))
    for at, level in enumerate((95, 50, 80)):
        alone = forecast(values, 7, 10, (level,))
        assert alone[0] == pytest.approx(mean)
        assert alone[1][0] == pytest.approx(lower[at])
        assert alone[2][0] == pytest.approx(upper[at])


def test_a_history_without_negative_values_has_no_negative_forecast() -> None:
    falling = np.maximum(np.linspace(400, 3, 120), 0)
    mean, lower, _ = forecast(falling, 1, 90, LEVELS)
    assert (mean >= 0).all()
    assert (lower >= 0).all()


def test_a_shop_that_closes_at_night_is_forecast_as_zero_at_night() -> None:
    values = hours_of_a_shop(np.random.default_rng(9), 24 * 35)
    values[np.arange(len(values)) % 24 < 7] = 0
    mean, lower, _ = forecast(values, 24, 72, LEVELS)
    night = np.arange(len(values), len(values) + 72) % 24 < 7
    assert not mean[night].any()
    assert not lower[:, night].any()
    assert (mean[~night] > 0).all()


def test_rare_sales_are_forecast_by_their_mean() -> None:
    series = _many(days_with_rare_sales, 500, 200)
    mean, _, _ = forecast_many([values[:400] for values in series], 7, 100)
    assert mean.sum() == pytest.approx(np.sum([values[400:].sum() for values in series]), rel=0.1)


def test_a_gap_shifts_neither_the_season_nor_the_level() -> None:
    values = hours_of_power(np.random.default_rng(10), 24 * 42)
    torn = values.copy()
    torn[-100:-70] = np.nan
    torn[200:260] = np.inf
    whole, patched = forecast(values, 24, 48)[0], forecast(torn, 24, 48)[0]
    assert np.abs(patched - whole).mean() < 0.03 * whole.mean()


SKILL: list[tuple[Callable[[np.random.Generator, int], Floats], int, int, int, float]] = [
    (hours_of_a_shop, 700, 24, 48, 0.65),
    (hours_of_power, 960, 24, 48, 0.55),
    (weeks_with_a_year, 400, 1, 13, 0.55),
    (weeks_that_wander, 400, 1, 13, 1.05),
    (days_of_a_counter, 400, 7, 28, 0.80),
    (days_of_a_site, 550, 7, 30, 0.95),
    (days_of_a_busy_site, 1000, 7, 30, 0.85),
    (weeks_of_an_economy, 600, 1, 13, 1.0),
]


@pytest.mark.parametrize(("make", "steps", "season", "horizon", "limit"), SKILL)
def test_forecasts_beat_naive2_and_intervals_have_their_nominal_coverage(
    make: Callable[[np.random.Generator, int], Floats], steps: int, season: int, horizon: int, limit: float
) -> None:
    series = _many(make, steps + horizon, 40)
    histories, actual = [values[:-horizon] for values in series], np.stack([values[-horizon:] for values in series])
    mean, lower, upper = forecast_many(histories, season, horizon, LEVELS)
    assert owa(histories, actual, mean, season) < limit
    within_80, within_95 = coverage(actual, lower, upper)
    assert 0.70 < within_80 < 0.93
    assert within_95 > 0.88


def test_a_yearly_season_of_days_is_continued_after_a_burst() -> None:
    time = np.arange(1090 + 56)
    week = np.array([1.2, 1.2, 1.1, 1.0, 1.0, 0.8, 0.7])[time % 7]
    noise = np.random.default_rng(13).normal(0, 0.05, len(time))
    values = 500 * week * np.exp(0.5 * np.sin(2 * np.pi * time / 365.25) + noise)
    actual = values[1090:].copy()
    values[1088:1090] *= 3
    mean, _, _ = forecast(values[:1090], 7, 56)
    last_week_but_one = values[1090 - 14 : 1090 - 7][np.arange(56) % 7]
    assert np.abs(mean - actual).mean() < 0.5 * np.abs(last_week_but_one - actual).mean()


def test_a_weekly_season_of_hours_is_found_if_only_the_daily_one_is_named() -> None:
    end_of_a_friday = 24 * (4 * 7 + 5)
    series = _many(hours_of_power, end_of_a_friday + 48)
    histories, actual = [values[:-48] for values in series], np.stack([values[-48:] for values in series])
    by_day = np.stack([values[-24:][np.arange(48) % 24] for values in histories])
    mean, _, _ = forecast_many(histories, 24, 48)
    assert np.abs(mean - actual).mean() < 0.7 * np.abs(by_day - actual).mean()


def test_a_season_that_was_not_named_is_found() -> None:
    values = days_of_a_counter(np.random.default_rng(11), 400)
    assert forecast(values, 1, 14)[0] == pytest.approx(forecast(values, 7, 14)[0])


def test_a_weekly_season_of_hours_can_be_named() -> None:
    values = hours_of_a_shop(np.random.default_rng(12), 700)
    assert forecast(values, 168, 48)[0] == pytest.approx(forecast(values, 24, 48)[0])


def _random_walk(rng: np.random.Generator, steps: int) -> Floats:
    return 300 + 3 * np.cumsum(rng.normal(size=steps))


def _noise_with_a_weekly_season(rng: np.random.Generator, steps: int) -> Floats:
    return 150 + 20 * rng.normal(size=7)[np.arange(steps) % 7] + 10 * rng.normal(size=steps)


def _noise_with_a_daily_season(rng: np.random.Generator, steps: int) -> Floats:
    return 150 + 20 * rng.normal(size=24)[np.arange(steps) % 24] + 10 * rng.normal(size=steps)


# The least and the greatest share of actual values within the 80 % interval. A random walk shows few errors in a short
# history, pure noise shows many.
HELD: list[tuple[Callable[[np.random.Generator, int], Floats], int, int, int, float, float]] = [
    (_random_walk, 60, 1, 13, 0.79, 0.92),
    (_random_walk, 60, 7, 30, 0.70, 0.90),
    (_random_walk, 60, 24, 6, 0.75, 1.0),
    (weeks_that_wander, 60, 1, 13, 0.79, 0.92),
    (_noise_with_a_weekly_season, 30, 7, 30, 0.77, 0.92),
    (_noise_with_a_weekly_season, 100, 7, 30, 0.77, 0.90),
    (_noise_with_a_daily_season, 60, 24, 48, 0.77, 0.95),
    (hours_of_power, 450, 24, 48, 0.77, 0.87),
    (_noise_with_a_daily_season, 700, 24, 48, 0.77, 0.87),
    (_noise_with_a_daily_season, 960, 24, 48, 0.77, 0.87),
]


@pytest.mark.parametrize(("make", "steps", "season", "horizon", "least", "most"), HELD)
def test_coverage_is_near_nominal_for_short_histories(
    make: Callable[[np.random.Generator, int], Floats], steps: int, season: int, horizon: int, least: float, most: float
) -> None:
    series = np.stack(_many(make, steps + horizon, 80))
    _, lower, upper = forecast_many(series[:, :steps], season, horizon, LEVELS)
    within_80, within_95 = coverage(series[:, steps:], lower, upper)
    assert least < within_80 < most
    assert within_95 > within_80 + 0.04 or within_95 > 0.97


@pytest.mark.parametrize(("steps", "season", "horizon"), [(1000, 7, 14), (600, 24, 48)])
def test_a_random_walk_is_forecast_about_as_well_as_by_its_last_value_if_a_season_is_named_that_it_lacks(
    steps: int, season: int, horizon: int
) -> None:
    series = np.stack(_many(_random_walk, steps + horizon, 40))
    mean, _, _ = forecast_many(series[:, :steps], season, horizon)
    actual, last = series[:, steps:], series[:, steps - 1 : steps]
    assert np.abs(mean - actual).mean() < 1.05 * np.abs(last - actual).mean()


def test_a_season_that_a_random_walk_has_is_kept_if_it_is_no_larger_than_the_steps() -> None:
    week = 3 * np.random.default_rng(17).normal(size=7)[np.arange(614) % 7]
    series = np.stack(_many(_random_walk, 614, 40)) + week
    mean, _, _ = forecast_many(series[:, :600], 7, 14)
    actual, last = series[:, 600:], series[:, 599:600]
    assert np.abs(mean - actual).mean() < 0.87 * np.abs(last - actual).mean()


@pytest.mark.parametrize("horizon", [24, 30, 53])
def test_intervals_of_hours_are_narrow_at_hours_that_scatter_little(horizon: int) -> None:
    hours = np.arange(960 + horizon) % 24
    noise = np.where(hours < 8, 1.0, 10.0) * np.random.default_rng(5).normal(size=(20, len(hours)))
    made = 100 + 20 * np.sin(hours * np.pi / 12) + noise
    _, lower, upper = forecast_many(made[:, :960], 24, horizon, LEVELS)
    width, at = (upper - lower)[:, 0].mean(axis=0), hours[960:]
    assert width[(at > 1) & (at < 6)].mean() < 0.5 * width[at > 9].mean()
    inside = (made[:, 960:] >= lower[:, 0]) & (made[:, 960:] <= upper[:, 0])
    assert 0.7 < inside[:, at > 9].mean() < 0.9


def test_the_cautious_range_contains_the_interval_and_is_much_wider_for_hours_of_pure_noise() -> None:
    hours, days = (
        np.stack(_many(_noise_with_a_daily_season, 900, 20)),
        np.stack(_many(_noise_with_a_weekly_season, 200, 20)),
    )
    mean, (lower, upper), (low, high) = forecast_cautiously(hours, 24, 48, (95,))
    assert np.array_equal(mean, forecast_many(hours, 24, 48, (95,))[0])
    assert np.array_equal(np.stack([lower, upper]), np.stack(forecast_many(hours, 24, 48, (95,))[1:]))
    assert 1.3 < np.median((high - low) / (upper - lower)) < 1.7
    assert ((low <= lower) & (high >= upper)).all()
    _, of_days, usual = forecast_cautiously(days, 7, 14, (95,))
    assert np.array_equal(of_days, usual)
