"""What is said of chance holds where nothing but chance is at work."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from services.insights_service.domain.anomalies.find_anomalies import find_anomalies
from services.insights_service.domain.anomalies.find_ratios import find_ratios
from services.insights_service.domain.anomalies.judged_ratios import ratios_of
from services.insights_service.domain.anomalies.judged_series import JudgedSeries
from services.insights_service.domain.anomalies.raise_alarms import RECENT
from services.insights_service.domain.anomalies.return_period import days_by_its_past, return_period_days
from services.insights_service.domain.anomalies.series_grid import days_between
from services.insights_service.domain.detect import detect_many
from services.insights_service.domain.evidence.shapes import Grain
from tests.insights_service.made_ratios import DAYS, HOURS, JUDGED_FROM, leads_of_spend, purchases_of_visits, told
from tests.insights_service.made_series import Floats, hours_of_a_shop

SAID = (30.0, 180.0, 365.0, 1095.0, 3650.0)


def _too_often(scores: Floats, grain: Grain, *, is_ratio: bool = False) -> list[tuple[float, int, float]]:
    """What came more often than was said, by more than chance does that."""
    said = [return_period_days(score, grain, is_ratio=is_ratio) for score in scores[scores > 0].tolist()]
    return _too_often_said(np.array(said), scores.size / (24 if grain == "hour" else 1))


def _too_often_said(said: Floats, days: float) -> list[tuple[float, int, float]]:
    came = [(least, int((said >= least).sum()), days / least) for least in SAID]
    return [one for one in came if one[1] > one[2] + 3 * np.sqrt(one[2])]


def test_chance_alone_comes_no_more_often_than_is_said() -> None:
    rng = np.random.default_rng(5)
    week = np.array([1.0, 1.1, 1.0, 1.0, 0.9, 0.5, 0.4])[np.arange(DAYS) % 7]
    days = [rng.poisson(size * week * rng.gamma(50, 1 / 50, DAYS)).astype(float) for size in [4, 12, 60, 300] * 75]
    by_days = np.datetime64("2025-01-06") + np.arange(DAYS)
    by_hours = np.datetime64("2025-01-06T00") + np.arange(HOURS)
    hours = [hours_of_a_shop(rng, HOURS, an_hour=size) for size in [8, 60] * 50]
    assert _too_often(np.array(detect_many(days, [by_days] * len(days)))[:, 90:], "day") == []
    assert _too_often(np.array(detect_many(hours, [by_hours] * len(hours)))[:, 28 * 24 :], "hour") == []
    leads, bought = told(leads_of_spend(rng, 200, 20, 0.02)), told(purchases_of_visits(rng, 60, 8))
    assert _too_often(leads[:, JUDGED_FROM[DAYS] :], "day", is_ratio=True) == []
    assert _too_often(bought[:, JUDGED_FROM[HOURS] :], "hour", is_ratio=True) == []


def test_what_is_common_is_said_as_that_and_nothing_is_rarer_than_ten_years() -> None:
    assert [return_period_days(2.0, grain) for grain in ("hour", "day")] == [30.0, 60.0]
    assert [return_period_days(2.0, grain, is_ratio=True) for grain in ("hour", "day")] == [30.0, 270.0]
    assert return_period_days(1.0, "hour") < 30.0 < return_period_days(3.0, "hour") < 365.0
    assert return_period_days(17.0, "hour") == return_period_days(40.0, "day") == 3652.0


def test_of_days_with_heavy_tails_their_own_past_says_how_rare_it_is() -> None:
    rng, days, since = np.random.default_rng(3), 400, 120
    wild = [1000 * np.exp(0.2 * rng.standard_t(3, days)) for _ in range(200)]
    stamps = np.datetime64("2025-01-06") + np.arange(days)
    scores = np.array(detect_many(wild, [stamps] * len(wild)))
    found = [(row, at) for row in scores for at in since + np.flatnonzero(row[since:])]
    said = np.array([days_by_its_past(row[at], row[28 : at - 3]) for row, at in found])
    many = float(scores[:, since:].size)
    # By what is said of all figures, what is rarer than half a year came twice as often, and what is rarer than three
    # years four times as often.
    assert {often[0] for often in _too_often(scores[:, since:], "day")} >= {180.0, 1095.0, 3650.0}
    assert {often[0] for often in _too_often_said(said, many)} <= {3650.0}


def test_the_same_surprise_is_rarer_in_a_calm_figure_than_in_one_that_often_jumps() -> None:
    said = list[float]()
    for jumps in (0, 9):
        rng, values = np.random.default_rng(4), np.full(300, 100.0)
        values *= np.exp(0.05 * rng.normal(size=300))
        values[np.arange(1, jumps + 1) * 28] *= 1.6
        values[-1] *= 2.5
        grid = days_between(date(2026, 1, 5), date(2026, 1, 5) + timedelta(300), ZoneInfo("UTC"))
        [one] = find_anomalies([JudgedSeries("revenue", "company", "", "", values)], grid)
        said.append(min(one.past_days, return_period_days(one.score, "day")))
    assert said[0] > 3 * said[1]


def _times_too_often(said: list[float], days: int) -> list[float]:
    """How many times as often as said it came that is said to come once a year, in three and in ten."""
    return [sum(one >= least for one in said) * least / days for least in SAID[2:]]


def test_of_a_young_ratio_its_own_past_says_how_rare_it_is() -> None:
    rng, many, days = np.random.default_rng(6), 1600, 60
    grid = days_between(date(2026, 1, 5), date(2026, 1, 5) + timedelta(days), ZoneInfo("UTC"))
    # What is spent, and what a click costs, differ widely from day to day.
    spend = rng.lognormal(4.0, 1.2, (many, days))
    clicks = rng.poisson(spend / 0.6 * np.exp(rng.normal(0, 0.4, spend.shape))).astype(float)
    series = [
        JudgedSeries(metric, "campaign", f"meta {place}", "", values[place])
        for metric, values in (("spend", spend), ("clicks", clicks))
        for place in range(many)
    ]
    ratios = ratios_of(series, grid)
    found = [one for begin in range(0, many, 40) for one in find_ratios(ratios[begin : begin + 40], series, grid)]
    of_all = [return_period_days(one.score, "day", is_ratio=True) for one in found]
    said = [min(one.past_days, often) for one, often in zip(found, of_all, strict=True)]
    judged = many * RECENT["day"]
    assert _times_too_often(of_all, judged)[2] > 7
    year, three_years, ten_years = _times_too_often(said, judged)
    assert (year < 1.5, three_years < 2.5, ten_years < 3.5) == (True, True, True)
