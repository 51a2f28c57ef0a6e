"""Properties of `detect` for any series: it looks back only, never fails, ignores gaps, and reports an episode once."""

from collections.abc import Callable
from datetime import UTC
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from numpy.typing import NDArray

from services.insights_service.domain.detect import detect, detect_many
from services.insights_service.domain.detection.step_to_judge import step_to_judge

Floats = NDArray[np.float64]
THRESHOLD = 1.9
MONDAY = np.datetime64("2024-01-01T00:00:00")


def stamps(rows: int, minutes: int = 60) -> NDArray[np.datetime64]:
    return MONDAY + np.arange(rows) * np.timedelta64(minutes, "m")


def visits(seed: int, days: int = 56, rate: float = 60.0) -> Floats:
    """Simulate hourly counts with a daily and a weekly profile, and better and worse days."""
    rng = np.random.default_rng(seed)
    day = 0.15 + 1.5 * np.exp(1.5 * (np.cos((np.arange(24) - 15) * np.pi / 12) - 1))
    week = np.array([1.0, 1.05, 1.0, 1.0, 1.1, 0.8, 0.7])
    mean = (
        rate * (day / day.mean())[None, :] * week[np.arange(days) % 7, None] * np.exp(0.05 * rng.normal(size=(days, 1)))
    )
    return rng.poisson(mean * rng.gamma(50.0, 0.02, size=mean.shape)).astype(float).ravel()


def restless(seed: int, rows: int = 1_500) -> Floats:
    """Simulate a gauge without a season, with occasional spikes."""
    rng = np.random.default_rng(seed)
    values = 40 + np.cumsum(rng.normal(size=rows)) * 0.05 + rng.normal(size=rows)
    values[rng.random(rows) < 0.01] += 8
    return values


@pytest.fixture(scope="module")
def season() -> Floats:
    return visits(1)


def injected(values: Floats, first: int, rows: int, factor: float) -> Floats:
    changed = values.copy()
    changed[first : first + rows] = np.round(changed[first : first + rows] * factor)
    return changed


@pytest.mark.parametrize(("factor", "hours"), [(0.0, 6), (0.4, 24), (3.0, 3), (1.6, 48)])
def test_a_deviation_from_the_season_is_reported_while_it_lasts(season: Floats, factor: float, hours: int):
    scores = detect(injected(season, 44 * 24 + 9, hours, factor), stamps(len(season)))
    assert scores[44 * 24 + 9 : 44 * 24 + 9 + hours].max() >= THRESHOLD


def test_an_undisturbed_season_is_quiet():
    series = [visits(seed) for seed in range(10, 20)]
    scores = np.array(detect_many(series, [stamps(len(series[0]))] * 10))
    assert (scores[:, 28 * 24 :] >= THRESHOLD).sum() <= 10  # At most one a series-month.


def test_a_level_shift_is_reported_once_and_becomes_the_new_normal(season: Floats):
    scores = detect(injected(season, 35 * 24, len(season), 1.6), stamps(len(season)))
    alarms = np.flatnonzero(scores >= THRESHOLD)
    alarms = alarms[alarms >= 35 * 24]
    assert alarms[0] < 37 * 24
    assert not (alarms >= 39 * 24).any()


def test_scores_do_not_depend_on_later_rows(season: Floats):
    rng = np.random.default_rng(3)
    jumpy = np.concatenate([stamps(700), stamps(800) - np.timedelta64(3, "D")])
    holes = season.copy()
    holes[rng.random(len(holes)) < 0.05] = np.nan
    days = rng.poisson(20 * np.resize([1.2, 1, 1, 1, 1, 0.5, 0.3], 200)).astype(float)
    days[60:64], days[100:130], days[170] = 0, 60, np.nan
    for values, times in (
        (holes, stamps(len(holes))),
        (restless(4), stamps(1_500, 5)),
        (restless(5), jumpy),
        (days, stamps(200, 1_440)),
        (days * 1.01, stamps(200, 720)),
    ):
        scores = detect(values, times)
        for cut in (10, 24, 333, 741, 1_340):
            np.testing.assert_allclose(detect(values[:cut], times[:cut]), scores[:cut], atol=1e-9)


def test_series_scored_together_have_the_same_scores_as_alone():
    series = [visits(6, 40), restless(7), visits(8, 40), visits(9, 33), restless(10), np.zeros(0), visits(11, 40)[5:]]
    times = [stamps(960), stamps(1_500, 5), stamps(960), stamps(792), stamps(1_500, 5), stamps(0), stamps(960)[5:]]
    for first, last in ((0, 200), (60, 150), (3, 90), (170, 200)):
        series.append(visits(12, 200)[first:last])
        times.append(stamps(200, 1_440)[first:last])
    for alone, together in zip(map(detect, series, times), detect_many(series, times), strict=True):
        np.testing.assert_allclose(alone, together, atol=1e-9)


def test_series_with_different_spans_have_the_same_scores_as_alone():
    hours, days = visits(6, 60), visits(7, 200).reshape(-1, 24).sum(axis=1)
    days[150:153] //= 4
    hours[-30:-24] = 0
    parts, times = list[Floats](), list[NDArray[np.datetime64]]()
    for series, step, spans in (
        (hours, 60, ((0, 1_440), (240, 1_440), (9 * 24 + 5, 1_200), (1_300, 1_440))),
        (days, 1_440, ((0, 200), (40, 200), (90, 180), (170, 200), (185, 200))),
    ):
        parts += [series[slice(*span)] for span in spans]
        times += [stamps(len(series), step)[slice(*span)] for span in spans]
    together = detect_many(parts, times)
    for part, when, scored in zip(parts, times, together, strict=True):
        np.testing.assert_allclose(scored, detect(part, when), atol=1e-9)
    assert min(max(scored) for scored in (together[0], together[4])) >= THRESHOLD


def test_scoring_only_the_last_rows_gives_the_same_scores(season: Floats):
    values = [injected(season, len(season) - 7, 7, 0.0), restless(12, len(season))]
    times = [stamps(len(season))] * 2
    whole = detect_many(values, times)
    for all_rows, tail in zip(whole, detect_many(values, times, last=24), strict=True):
        np.testing.assert_allclose(tail[-24:], all_rows[-24:], atol=1e-9)
        assert not tail[:-24].any()
    assert whole[0][-7:].max() >= THRESHOLD


def test_scores_do_not_depend_on_the_unit(season: Floats):
    rng = np.random.default_rng(13)
    revenue = season * rng.lognormal(3.0, 0.3, size=len(season))
    gauge = restless(14)
    for values, minutes in ((revenue, 60), (gauge, 5)):
        times = stamps(len(values), minutes)
        np.testing.assert_allclose(detect(values, times), detect(values * 4096.0, times), atol=1e-6)


def test_a_season_of_negative_values_is_judged():
    rng = np.random.default_rng(6)
    usual = 60 * (1 + 0.6 * np.sin(np.arange(24 * 63) * np.pi / 12)) + 5 * rng.normal(size=24 * 63)
    fallen = usual.copy()
    fallen[50 * 24 : 50 * 24 + 6] -= 60
    for sign, lower in ((-1, 0), (1, 60), (1, 150)):
        assert detect(sign * fallen - lower, stamps(24 * 63))[50 * 24 : 50 * 24 + 6].max() >= THRESHOLD
        assert (detect(sign * usual - lower, stamps(24 * 63))[28 * 24 :] >= THRESHOLD).sum() <= 1


def test_an_integer_gauge_is_judged_by_its_own_scatter():
    rng = np.random.default_rng(7)
    values = np.round(1000 + 60 * (1 + 0.6 * np.sin(np.arange(24 * 63) * np.pi / 12)) + 5 * rng.normal(size=24 * 63))
    assert (detect(values, stamps(len(values)))[28 * 24 :] >= THRESHOLD).sum() <= 2
    values[50 * 24 : 50 * 24 + 6] -= 40
    assert detect(values, stamps(len(values)))[50 * 24 : 50 * 24 + 6].max() >= THRESHOLD


def steady(name: str, seed: int) -> Floats:
    """Simulate a level of 100,000 with a scatter of ten or less, with or without a daily profile."""
    rng, hours = np.random.default_rng(seed), np.arange(24 * 56)
    noise, wave = rng.normal(size=len(hours)), np.sin(hours * np.pi / 12)
    return {
        "a gauge": 1e5 + 10 * noise,
        "with a small day": 1e5 + 30 * wave + 10 * noise,
        "in whole numbers": np.round(1e5 + 30 * wave + 10 * noise),
        "revenue": np.round(1e5 * (1 + 0.5 * wave) + 10 * noise, 2),
        "the same each day": 1e5 * (1 + 0.5 * wave),
        "nearly constant": np.round(1e5 + 0.3 * wave + 0.1 * noise),
    }[name]


@pytest.mark.parametrize(
    "name", ["a gauge", "with a small day", "in whole numbers", "revenue", "the same each day", "nearly constant"]
)
def test_a_level_with_little_scatter_is_judged_by_the_hour(name: str):
    calm, begins = [steady(name, seed) for seed in range(4)], (30 * 24 + 3, 41 * 24 + 12)
    wrong = list[tuple[Floats, int, int]]()
    for factor, hours in ((0.0, 1), (0.0, 6), (0.4, 24), (3.0, 3), (0.997, 6)):
        for series, at in zip(calm, begins * 2, strict=True):
            changed = series.copy()
            changed[at : at + hours] *= factor
            wrong.append((changed, at, hours))
    scores = detect_many([*calm, *(one[0] for one in wrong)], [stamps(24 * 56)] * (len(calm) + len(wrong)))
    assert sum(int((scored[28 * 24 :] >= THRESHOLD).sum()) for scored in scores[: len(calm)]) <= len(calm)
    for (_, at, hours), scored in zip(wrong, scores[len(calm) :], strict=True):
        assert scored[at : at + hours].max() >= THRESHOLD


def test_gaps_are_not_reported_and_do_not_change_other_scores():
    values, times = restless(15), stamps(1_500, 5)
    hole = values.copy()
    hole[900:1_000] = np.nan
    scores = detect(hole, times)
    assert not scores[900:1_000].any()
    assert not (scores[1_000:1_100] >= THRESHOLD).any()
    season = visits(16)
    keep = np.ones(len(season), dtype=bool)
    keep[40 * 24 : 43 * 24 + 5] = False  # These rows are missing.
    scores = detect(season[keep], stamps(len(season))[keep])
    assert not (scores[40 * 24 : 41 * 24] >= THRESHOLD).any()


def test_an_expected_day_is_neither_reported_nor_learnt(season: Floats):
    changed, times = injected(season, 45 * 24, 24, 3.0), stamps(len(season))
    assert detect(changed, times)[45 * 24 : 46 * 24].max() >= THRESHOLD
    declared = detect(changed, times, expected=np.array(["2024-02-15"], dtype="datetime64[D]"))
    assert not declared[45 * 24 : 46 * 24].any()
    assert not (declared[46 * 24 :] >= THRESHOLD).any()


@pytest.mark.parametrize("after", [2, 6])
def test_a_stop_soon_after_a_surge_is_reported_and_the_return_from_one_is_not(season: Floats, after: int):
    rng = np.random.default_rng(31)
    orders = rng.poisson(60, 110).astype(float)
    for values, step, begin, length in ((orders, 1_440, 90, 1), (season, 60, 44 * 24 + 9, 3)):
        surge, stopped = injected(values, begin, length, 8.0), slice(begin + length + after, begin + length + after + 6)
        stop = injected(surge, stopped.start, 6, 0.0)
        back, told = detect_many([surge, stop], [stamps(len(values), step)] * 2)
        assert back[begin] >= THRESHOLD
        assert told[stopped].max() >= THRESHOLD > back[stopped].max()
    for days in (3, 5, 9):
        surge = injected(orders, 60, days, 0.0 if after == 2 else 3.0)
        scores = detect(surge, stamps(len(orders), 1_440))
        assert scores[60 : 60 + days].max() >= THRESHOLD
        assert not (scores[60 + days : 60 + days + 10] >= THRESHOLD).any()


def test_days_are_judged_against_their_weekday():
    rng = np.random.default_rng(17)
    orders = rng.poisson(80 * np.where(np.arange(200) % 7 >= 5, 0.5, 1.0)).astype(float)
    orders[150] = 5
    scores = detect(orders, stamps(200, 1_440))
    assert scores[150] >= THRESHOLD
    assert (np.delete(scores, 150) >= THRESHOLD).sum() <= 2


@pytest.mark.parametrize("history", [28, 35, 90], ids="after {} days".format)
def test_a_daily_series_is_judged_from_four_weeks_on(history: int):
    rng = np.random.default_rng(21)
    week = np.resize([1.1, 1.1, 1.05, 1.0, 1.0, 0.7, 0.5], history + 3)
    kinds = {
        "spend": (300 * np.exp(0.03 * rng.normal(size=history + 3)), 3.0),
        "leads": (rng.poisson(12, history + 3).astype(float), 3.0),
        "leads by the week": (rng.poisson(50 * week).astype(float), 0.0),
        "takings": (4_000 * week * np.exp(0.12 * rng.standard_t(4, history + 3)), 0.0),
    }
    times = stamps(history + 3, 1_440)
    wrong = [injected(values, history, 3, factor) for values, factor in kinds.values()]
    for name, calm, alarms in zip(
        kinds,
        detect_many([values for values, _ in kinds.values()], [times] * 4),
        detect_many(wrong, [times] * 4),
        strict=True,
    ):
        assert alarms[history:].max() >= THRESHOLD, name
        assert not (calm >= THRESHOLD).any(), name


def test_undisturbed_daily_series_of_many_kinds_raise_few_alarms():
    rng = np.random.default_rng(22)
    days = 120
    week = np.resize([1.1, 1.1, 1.05, 1.0, 1.0, 0.7, 0.0], days)
    makers: tuple[Callable[[], Floats], ...] = (
        lambda: rng.poisson(0.2, days).astype(float),
        lambda: rng.poisson(3, days).astype(float),
        lambda: rng.poisson(80 * week).astype(float),
        lambda: np.exp(6 + np.cumsum(0.03 * rng.normal(size=days))),
        lambda: 1_000 * np.exp(0.15 * rng.standard_t(3, days)),
        lambda: np.where(rng.random(days) < 0.3, np.round(1e7 * rng.lognormal(0, 0.5, days)), 0.0),
        lambda: 500 * rng.lognormal(0, 0.4, days) - np.where(rng.random(days) < 0.05, 900.0, 0.0),
        lambda: np.full(days, 7.0),
    )
    series = [made() for made in makers for _ in range(20)]
    scores = np.array(detect_many(series, [stamps(days, 1_440)] * len(series)))[:, 28:]
    alarms = (scores >= 2.0).reshape(len(makers), -1).sum(axis=1)
    assert alarms.max() <= 20 * 92 / 30  # At most one a series-month of each kind.
    assert alarms.sum() <= len(series) * 92 / 30 / 3


def test_a_level_shift_by_the_day_is_reported_once_and_becomes_the_new_normal():
    rng = np.random.default_rng(23)
    values = rng.poisson(np.where(np.arange(90) < 40, 40, 80)).astype(float)
    alarms = np.flatnonzero(detect(values, stamps(90, 1_440)) >= THRESHOLD)
    assert 40 <= alarms[0] <= 43
    assert not (alarms > 50).any()


def test_a_deviation_that_comes_again_is_reported_again():
    values = restless(24, 3_000)
    for at in (1_000, 1_600, 2_200, 2_800):
        values[at : at + 12] += 30
    scores = detect(values, stamps(3_000, 5))
    assert all(scores[at : at + 12].max() >= THRESHOLD for at in (1_000, 1_600, 2_200, 2_800))


def test_values_and_timestamps_of_many_types_are_accepted():
    values, times = restless(25), stamps(1_500, 5)
    known = detect(values, times)
    aware = [one.replace(tzinfo=UTC).astimezone(ZoneInfo("Asia/Ho_Chi_Minh")) for one in times.tolist()]
    forms: list[tuple[Any, Any]] = [
        (values.tolist(), aware),
        ([Decimal(one) for one in values.tolist()], [one.isoformat() for one in aware]),
        (values[:, None], times.astype("datetime64[ns]")),
        (values.astype(object), times.astype(np.int64)),
    ]
    for given, moments in forms:
        np.testing.assert_array_equal(detect(given, moments), known)
    whole = np.round(values).astype(np.int32)
    np.testing.assert_array_equal(detect(whole, times), detect(whole.astype(float), times))


def test_invalid_numbers_and_times_are_gaps():
    values: list[Any] = [*restless(26, 400).tolist(), "much", None, 10**400, [1], 3 + 1j]
    moments: list[Any] = [*stamps(403, 5).tolist(), "soon", object()]
    scores = detect(values, moments)
    assert scores.shape == (405,)
    assert np.isfinite(scores).all()
    assert not scores[400:].any()


def test_a_clock_error_that_makes_a_series_sparse_needs_little_memory():
    times = stamps(3_000, 5)
    times[600:] += np.arange(2_400) * np.timedelta64(30, "D")
    scores, cut = detect(restless(27, 3_000), times), detect(restless(27, 3_000)[:800], times[:800])
    np.testing.assert_allclose(cut, scores[:800], atol=1e-9)


@pytest.mark.parametrize(
    "values",
    [
        [],
        [3.0],
        [5.0] * 360,
        [0.0] * 360,
        [float("nan")] * 360,
        [1e308, -1e308, float("inf"), 5e-324] * 90,
        [0.0] * 359 + [1.0],
        [-4.0] * 180 + [9.0] * 180,
    ],
    ids=["empty", "one", "constant", "nothing", "holes", "huge", "nearly nothing", "negative"],
)
@pytest.mark.parametrize("kind", ["minutes", "days", "same", "backwards", "far ahead", "unknown"])
def test_no_input_makes_it_fail(values: list[float], kind: str):
    rows = len(values)
    times = stamps(rows, 1_440 if kind == "days" else 5)
    if kind == "same":
        times = np.repeat(MONDAY, rows)
    elif kind == "backwards":
        times = times[::-1].copy()
    elif kind == "far ahead":
        times[rows // 2 : rows // 2 + 1] += np.timedelta64(36_500, "D")
    elif kind == "unknown":
        times[::3] = np.datetime64("NaT")
    scores = detect(values, times)
    assert scores.shape == (rows,)
    assert np.isfinite(scores).all()
    assert (scores >= 0).all()
    if len(set(values)) <= 1:
        assert not scores.any()


def test_repeated_and_skipped_hours_of_clock_changes_are_not_reported(season: Floats):
    times = stamps(len(season))
    times[40 * 24 + 3 :] -= np.timedelta64(1, "h")  # The clocks go back, so an hour comes twice.
    times[47 * 24 + 2 :] += np.timedelta64(1, "h")
    scores = detect(season, times)
    assert not (scores[40 * 24 : 40 * 24 + 6] >= THRESHOLD).any()
    assert not (scores[47 * 24 : 47 * 24 + 6] >= THRESHOLD).any()


def test_after_a_single_wrong_timestamp_deviations_are_still_reported():
    season = visits(18)
    times = stamps(len(season))
    times[600] += np.timedelta64(400, "D")
    scores = detect(injected(season, 52 * 24, 6, 0.0), times)
    assert scores[52 * 24 : 52 * 24 + 6].max() >= THRESHOLD


def test_series_with_fewer_than_three_events_an_hour_are_judged_by_the_day():
    assert step_to_judge(visits(19, 20, rate=2.0), stamps(480)) == np.timedelta64(1, "D")
    assert step_to_judge(visits(19, 20, rate=6.0), stamps(480)) == np.timedelta64(1, "h")
    assert step_to_judge([], []) == np.timedelta64(1, "D")


@pytest.mark.parametrize(
    ("values", "times", "expected", "named"),
    [
        ([1.0, 2.0], stamps(3), None, "timestamps.*length"),
        (["x"], stamps(1), None, "values"),
        (None, stamps(1), None, "values"),
        ([[1.0, 2.0], [3.0]], stamps(2), None, "values"),
        ({1.0: 2.0}, stamps(1), None, "values"),
        (stamps(2), stamps(2), None, "values"),
        ([1.0, 2.0], ["soon", "late"], None, "timestamps"),
        ([1.0, 2.0], None, None, "timestamps"),
        ([1.0, 2.0], [[MONDAY, MONDAY], [MONDAY]], None, "timestamps"),
        ([1.0, 2.0], stamps(2), ["Christmas"], "expected"),
    ],
)
def test_unreadable_arguments_are_refused_by_name(values: Any, times: Any, expected: Any, named: str):
    with pytest.raises(ValueError, match=named):
        detect(values, times, expected=expected)


@pytest.mark.parametrize(
    ("values", "times", "last", "named"),
    [
        (None, [stamps(1)], None, "values"),
        (5.0, [stamps(1)], None, "values"),
        ([[1.0]], 5, None, "timestamps"),
        ([[1.0]], [stamps(1)] * 2, None, "timestamps"),
        ([[1.0]], [stamps(1)], -1, "last"),
        ([[1.0]], [stamps(1)], "all", "last"),
    ],
)
def test_arguments_of_different_lengths_are_refused_by_name(values: Any, times: Any, last: Any, named: str):
    with pytest.raises(ValueError, match=named):
        detect_many(values, times, last=last)


def test_masked_and_empty_values_are_gaps():
    values = restless(28, 900)
    hidden = np.ma.masked_array(values.copy(), mask=np.arange(900) // 50 == 12)
    hidden.data[600:650] = 1e6
    known = np.where(np.ma.getmaskarray(hidden), np.nan, values)
    np.testing.assert_array_equal(detect(hidden, stamps(900, 5)), detect(known, stamps(900, 5)))
    nothing: list[Any] = [None] * 30
    assert not detect(nothing, nothing).any()


def test_a_series_that_begins_with_zeros_gets_its_season_later():
    values = np.concatenate([np.zeros(12 * 24), visits(20)])
    scores = detect(injected(values, 55 * 24 + 9, 6, 0.0), stamps(len(values)))
    assert scores[55 * 24 + 9 : 55 * 24 + 15].max() >= THRESHOLD
    assert (scores[40 * 24 : 55 * 24] >= THRESHOLD).sum() <= 1
