"""Ratios: judged by what came of what there was, told where their parts alone say less."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from numpy.typing import NDArray

from services.insights_service.domain.anomalies.clock_cells import cells_of
from services.insights_service.domain.anomalies.find_ratios import find_ratios
from services.insights_service.domain.anomalies.judged_ratios import ratios_of
from services.insights_service.domain.anomalies.judged_series import JudgedSeries
from services.insights_service.domain.anomalies.ratio_metrics import RATIO_METRICS
from services.insights_service.domain.anomalies.series_grid import days_between, hours_between, midnight
from services.insights_service.domain.detection.ratio_detector import Chances, judge_ratios
from services.insights_service.domain.evidence.written import evidence_from
from services.insights_service.domain.words.describe import describe
from services.insights_service.store.series import SeriesRow
from tests.insights_service.made_ratios import (
    Made,
    false_alarms,
    leads_of_spend,
    purchases_of_visits,
    recall,
    revenue_of_spend,
)
from tests.insights_service.test_judge import DAYS, found_in, row, told

Floats = NDArray[np.float64]
# What is spent a day, and what a lead costs.
CAMPAIGNS = {
    "meta a/Spring": (900.0, 15.0),
    "meta a/Summer": (700.0, 45.0),
    "google b/Autumn": (700.0, 25.0),
    "google b/Brand": (8.0, 25.0),
}
METRICS = ("spend", "leads", "clicks", "contracts", "lead_revenue")


def ads(changes: dict[str, tuple[str, float, int]] | None = None) -> list[SeriesRow]:
    """Spend that goes up and down, with what comes of it; a change: of what, by how much, for how many last days."""
    rng = np.random.default_rng(5)
    week = np.array([1, 1, 1, 1, 1, 0.7, 0.6])[np.arange(DAYS) % 7]
    made = dict[str, dict[str, Any]]()
    for campaign, (a_day, cost) in CAMPAIGNS.items():
        what, factor, days = (changes or {}).get(campaign, ("", 1.0, 1))
        last = np.arange(DAYS) >= DAYS - days
        by = {name: np.where(last & (what in {name, "all"}), factor, 1.0) for name in METRICS}
        money = a_day * week * np.exp(rng.normal(0, 0.35, DAYS))
        clicks, leads = rng.poisson(money / 1.2), rng.poisson(money / cost * by["leads"])
        contracts = rng.binomial(leads, 0.2)
        revenue = np.array([rng.lognormal(6, 0.4, many).sum() for many in contracts])
        made[campaign] = {
            "spend": np.round(money * by["spend"], 2),
            "leads": leads,
            "clicks": clicks * by["clicks"],
            "contracts": contracts,
            "lead_revenue": np.round(revenue * by["lead_revenue"], 2),
        }
    rows = list[SeriesRow]()
    for metric in METRICS:
        parts = {campaign: values[metric] for campaign, values in made.items()}
        rows.append(row(metric, "company", "", sum(parts.values(), np.zeros(DAYS))))
        for platform in ("meta", "google"):
            of = [values for campaign, values in parts.items() if campaign.startswith(platform)]
            rows.append(row(metric, "platform", platform, np.sum(of, axis=0)))
        rows += [
            row(metric, "campaign", campaign, values)._replace(member_name=campaign[-6:])
            for campaign, values in parts.items()
        ]
    return [one._replace(is_part=one.metric in {"clicks", "contracts"}) for one in rows]


def test_calm_ratios_are_told_as_seldom_as_any_series_however_little_there_is_below() -> None:
    rng = np.random.default_rng(2)
    mixed = [leads_of_spend(rng, 40, a_day, 0.02) for a_day in (0.1, 1, 8, 60)]
    assert [alarms for made in mixed if (alarms := false_alarms(made, 2.0)) > 2.0] == []
    assert false_alarms(purchases_of_visits(rng, 20, 8), 2.0) <= 2.0
    assert false_alarms(revenue_of_spend(rng, 20, 1), 2.0) <= 2.0
    sparse = leads_of_spend(rng, 40, 20, 0.02)
    there = rng.random(sparse.events.shape) < 0.3
    idle = Made(sparse.events * there, sparse.exposure * there, sparse.floor)
    assert false_alarms(idle, 2.0) <= 2.0


def test_what_changed_is_found_where_there_is_enough_to_tell() -> None:
    rng = np.random.default_rng(3)
    assert recall(rng, leads_of_spend(rng, 40, 60, 0.02), 1 / 1.6, 7, 2.0) >= 0.85
    assert recall(rng, leads_of_spend(rng, 40, 20, 0.02), 0.5, 7, 2.0) >= 0.85
    assert recall(rng, purchases_of_visits(rng, 20, 15), 0.5, 24, 2.0) >= 0.9
    assert recall(rng, revenue_of_spend(rng, 20, 30), 0.5, 7, 2.0) >= 0.9
    assert recall(rng, leads_of_spend(rng, 40, 0.2, 0.02), 0.5, 3, 2.0) <= 0.05


def found_by_day(
    parts: tuple[str, str], seed: int, *spans: tuple[int, float, float]
) -> list[tuple[int, int, int, bool]]:
    """Of a ratio of four months and then so many days with so many times the numerator and the denominator.

    Each is its direction, its bounds in days after the four months, and whether it is mild.
    """
    rng, before = np.random.default_rng([11, seed]), 120
    top, below = (
        np.concatenate([np.ones(before), *(np.full(span[0], span[part]) for span in spans)]) for part in (1, 2)
    )
    money = 1000 * np.exp(rng.normal(0, 0.3, len(top)))
    is_cost = parts[0] == "spend"
    events = rng.poisson(money / (25 if is_cost else 1.0) * (below if is_cost else top)).astype(np.float64)
    exposure = money * (top if is_cost else below)
    values = (exposure, events) if is_cost else (events, exposure)
    grid = days_between(date(2026, 1, 5), date(2026, 1, 5) + timedelta(len(top)), ZoneInfo("UTC"))
    series = [JudgedSeries(name, "company", "", "", part) for name, part in zip(parts, values, strict=True)]
    found = find_ratios(ratios_of(series, grid), series, grid)
    return sorted(
        (one.start - before, one.end - before, 1 if one.sum_actual > one.sum_expected else -1, one.is_mild)
        for one in found
        if one.end > before
    )


@pytest.mark.parametrize(
    ("parts", "surge", "after"),
    [
        # A week of three times as many clicks, and then far fewer than ever, of what was shown.
        (("clicks", "impressions"), (7, 3.0, 1.0), (3, 0.3, 1.0)),
        # A week of three times as many views for the same clicks, and then far more clicks than ever.
        (("clicks", "impressions"), (7, 1.0, 3.0), (3, 3.0, 1.0)),
        # Leads that were cheap for a week cost more than ever, and those that were dear cost less than ever.
        (("spend", "leads"), (7, 1.0, 3.0), (3, 1.0, 0.25)),
        (("spend", "leads"), (7, 3.0, 1.0), (3, 1.0, 2.5)),
        (("spend", "leads"), (4, 1.0, 2.5), (3, 1.0, 0.3)),
    ],
    ids=str,
)
def test_a_plunge_that_follows_a_surge_of_a_ratio_is_found_and_its_end_is_not(
    parts: tuple[str, str], surge: tuple[int, float, float], after: tuple[int, float, float]
) -> None:
    up = 1 if surge[1] > surge[2] else -1
    length = surge[0]
    for seed in range(3):
        first, second = found_by_day(parts, seed, surge, after)
        assert (first[2:], second[2:]) == ((up, False), (-up, False))
        # (chance may have a neighbouring day look like the surge)
        assert np.abs(np.subtract(first[:2], (0, length))).max() <= 1
        assert np.abs(np.subtract(second[:2], (length, length + after[0]))).max() <= 1
        for days in (length, 12):
            assert -up not in [one[2] for one in found_by_day(parts, seed, (days, *surge[1:]), (3, 1.0, 1.0))]


@pytest.mark.parametrize("a_day", [1, 24])
def test_nothing_that_parts_may_hold_breaks_a_look_or_is_told(a_day: int) -> None:
    steps = 60 * 24 if a_day == 24 else 400
    rng = np.random.default_rng(4)
    one, none, hole = np.ones(steps), np.zeros(steps), np.full(steps, np.nan)
    calm = [(10 * one, 500 * one), (none, 500 * one), (10 * one, none), (none, none), (hole, one), (one, hole)]
    wild = [
        (rng.normal(0, 1e9, steps), rng.normal(0, 1e3, steps)),
        (-10 * one, 100 * one),
        (1e300 * rng.random(steps), 1e-300 * one),
        (np.where(rng.random(steps) < 0.5, np.nan, 5.0), rng.poisson(0.3, steps).astype(float)),
        (one * np.inf, one),
    ]
    events, exposure = (np.array(part) for part in zip(*calm, *wild, strict=True))
    with np.errstate(all="ignore"):
        seen = judge_ratios(Chances(events, exposure, np.ones_like(events)), a_day)
    assert np.isfinite([seen.rises, seen.falls]).all()
    assert max(seen.rises[: len(calm)].max(), seen.falls[: len(calm)].max()) == 0.0


def test_a_cost_that_rose_is_told_with_its_range_and_what_it_costs() -> None:
    assert [one.title for one in found_in(ads()) if one.metric in RATIO_METRICS] == []
    [found] = [one for one in found_in(ads({"meta a/Spring": ("leads", 0.6, 5)})) if one.metric in RATIO_METRICS]
    evidence = told(found)
    assert (found.rule, found.metric, found.channel, evidence["unit"]) == ("anomaly.cpl", "cpl", "meta", "money")
    assert (evidence["direction"], evidence["is_good"], evidence["is_ongoing"]) == ("up", False, True)
    assert evidence["window"] == {"start": "2026-10-21", "end": "2026-10-26"}
    assert 13 < evidence["expected"] < 17 < evidence["high"] < 24 < evidence["actual"] < 40
    assert evidence["low"] < evidence["expected"]
    # What these leads cost on top, a week, and of all that is spent.
    assert (found.impact or 0) > 1000
    assert (10 < found.impact_pct < 25, len(evidence["series"]) > 20) == (True, True)
    assert found.title.startswith("Cost per lead of campaign “Spring”: €")
    assert (evidence["return_period_days"] > 1095, "about once in 3 years." in found.description) == (True, True)
    vietnamese = describe(evidence_from(evidence), "vi", "VND", "Asia/Ho_Chi_Minh")
    assert vietnamese.title.startswith("CPL của chiến dịch “Spring”: ")


@pytest.mark.parametrize(
    ("changes", "metrics"),
    [
        # What is spent for nothing is told as spend or as cost, and what does not come as leads: once.
        ({"google b/Autumn": ("leads", 0.02, 4)}, {"leads"}),
        (dict.fromkeys(CAMPAIGNS, ("clicks", 1.3, 5)), {"cpc"}),
        ({"google b/Autumn": ("spend", 4.0, 4)}, {"spend", "cpl", "cpc"}),
        # Sales are known of leads that are a month old.
        (
            {"meta a/Spring": ("lead_revenue", 0.3, 40), "google b/Autumn": ("lead_revenue", 0.3, 40)},
            {"roas", "lead_revenue"},
        ),
        ({"meta a/Spring": ("lead_revenue", 0.0, 20), "google b/Autumn": ("lead_revenue", 0.0, 20)}, set()),
        # Eight a day buy a lead in three days.
        ({"google b/Brand": ("leads", 0.0, 7)}, set()),
        # Of so many clicks this is no chance, and no news either.
        (dict.fromkeys(CAMPAIGNS, ("clicks", 1.08, 5)), set()),
    ],
)
def test_one_cause_is_told_once(changes: dict[str, tuple[str, float, int]], metrics: set[str]) -> None:
    found = [one for one in found_in(ads(changes)) if one.is_shown and one.metric in {*RATIO_METRICS, *metrics}]
    assert len(found) == bool(metrics)
    assert {one.metric for one in found} <= metrics


def test_campaigns_that_ended_change_no_ratio_of_a_whole() -> None:
    rows = ads({"meta a/Spring": ("all", 0.0, 6)})
    assert [one.title for one in found_in(rows) if one.metric in RATIO_METRICS] == []


def test_visits_by_the_hour_that_buy_less_are_told_but_not_those_that_may_still_buy() -> None:
    rng = np.random.default_rng(6)
    made = purchases_of_visits(rng, 1, 15)
    # (clocks are put back on the last day before the half of today)
    order = np.concatenate([np.arange(69 * 24 + 3), np.arange(69 * 24 + 2, 70 * 24), np.arange(63 * 24, 63 * 24 + 12)])
    visits, bought, hours = made.exposure[0][order], made.events[0][order], len(order)

    def hourly(values: Floats) -> list[SeriesRow]:
        rows = [row("sessions", "company", "", visits), row("bought_sessions", "company", "", values)]
        return [one._replace(is_part=one.metric == "bought_sessions") for one in rows]

    fewer = np.where(np.arange(hours) >= hours - 20, np.floor(bought / 4), bought)
    [found] = found_in([], hourly(fewer))
    evidence = told(found)
    assert (found.rule, evidence["grain"], evidence["unit"]) == ("anomaly.conversion_rate", "hour", "ratio")
    assert evidence["actual"] < evidence["low"] < evidence["expected"] < 5
    assert found.title.startswith("Conversion rate: ")
    late = np.where(np.arange(hours) >= hours - 2, 0, bought)
    assert found_in([], hourly(late)) == []


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("day", "usual", "came", "steps"),
    [
        # The hour from two to three came twice: each of them counts.
        (date(2026, 10, 25), 40, 0, [2]),
        (date(2026, 10, 25), 40, 0, [3]),
        # It did not come: what lies around it are neighbours. (As few in one of these alone are no news.)
        (date(2026, 3, 29), 10, 3, [1, 2]),
    ],
)
def test_hours_that_a_clock_has_twice_or_skips_are_judged_as_they_came(
    day: date, usual: int, came: int, steps: list[int]
) -> None:
    grid = hours_between(day - timedelta(50), midnight(day, BERLIN) + timedelta(hours=9), BERLIN)
    first = grid.place(midnight(day, BERLIN))
    visits, bought = np.full(len(grid), 30.0 * usual), usual + np.resize([1.0, 0.0, -1.0, 0.0], len(grid))
    bought[first + np.array(steps)] = came
    parts = [
        JudgedSeries(metric, "company", "", "", values, is_part)
        for metric, values, is_part in (("sessions", visits, False), ("bought_sessions", bought, True))
    ]
    [found] = find_ratios(ratios_of(parts, grid), parts, grid)
    assert (found.start, found.end) == (first + steps[0], first + steps[-1] + 1)
    cells = cells_of(grid)
    assert cells.sums(bought)[-24:][:9].sum() == bought[first:].sum()
    assert np.nansum(cells.sums(visits)) == visits.sum()


def test_of_a_young_campaign_the_usual_range_is_that_of_shorter_windows() -> None:
    rng, young = np.random.default_rng(0), np.arange(DAYS) >= DAYS - 50
    spend = np.round(600 * np.exp(rng.normal(0, 0.5, DAYS))) * young
    leads = rng.poisson(spend / 25 * np.where(np.arange(DAYS) >= DAYS - 8, 0.45, 1))
    places = (("company", ""), ("platform", "meta"))
    made = (("spend", spend), ("leads", leads))
    [found] = found_in([row(metric, *at, values.astype(np.float64)) for metric, values in made for at in places])
    evidence = told(found)
    assert (evidence["metric"], evidence["kind"]) == ("cpl", "level_shift")
    assert evidence["low"] < evidence["expected"] < evidence["high"] < evidence["actual"]


@pytest.mark.parametrize("lead_costs", [15.0, 3.0])
def test_spend_that_is_taken_back_makes_no_ratio_and_breaks_none(lead_costs: float) -> None:
    rng = np.random.default_rng(2)
    spend = np.round(rng.uniform(500, 800, DAYS))
    last = np.arange(DAYS) >= DAYS - 34
    leads = rng.poisson(spend / np.where(last, lead_costs, 15.0))
    spend[-31] = -5000
    sold = rng.binomial(leads, 0.3) * 300.0
    made = (("spend", spend), ("leads", leads), ("contracts", sold / 300), ("lead_revenue", sold))
    found = found_in([row(metric, "company", "", np.asarray(values, dtype=np.float64)) for metric, values in made])
    assert not [one for one in found if one.metric in {"cpl", "roas"} and told(one)["expected"] <= 0]
