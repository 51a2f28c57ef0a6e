"""What is known of series whose sources are late, asked in vain, paused, or have days without a file."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from services.insights_service.domain.anomalies.judge import judge, tell
from services.insights_service.domain.anomalies.judged_series import Read
from services.insights_service.domain.anomalies.readers import readers_of
from services.insights_service.domain.anomalies.series_grid import days_between, hours_between
from services.insights_service.domain.anomalies.told_until import API_ROAD, EXPORT_ROAD, HITS_ROAD, told_until
from services.insights_service.store.alert_settings import AlertSettings
from services.insights_service.store.candidates import PastFindings
from services.insights_service.store.finding import Found
from services.insights_service.store.series import Coverage, SeriesRow, SourceState
from tests.insights_service.made_series import hours_of_a_shop
from tests.insights_service.test_judge import row, told

NOW = datetime(2026, 10, 20, 16, tzinfo=UTC)
TODAY = NOW.date()
HOUR = timedelta(hours=1)


@dataclass
class Shop:
    """Seventy days of visits and orders by the hour, and the same by the day for 150 days; ads on Meta."""

    sources: list[SourceState] = field(default_factory=list[SourceState])
    road: int | None = None
    visits: Any = field(init=False)
    orders: Any = field(init=False)
    spend: Any = field(init=False)
    roads: dict[date, int] = field(init=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(8)
        self.visits = hours_of_a_shop(rng, 151 * 24, an_hour=60)
        self.orders = rng.poisson(self.visits / 10).astype(float)
        self.spend = rng.normal(300, 20, 150)
        days = [TODAY - timedelta(n) for n in range(60)]
        self.roads = dict.fromkeys(days, self.road) if self.road else {}

    def at(self, moment: datetime) -> int:
        """The hour of a moment, in the arrays that begin 150 days ago."""
        return int((moment - datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC)) / HOUR) + 150 * 24

    def found(self, rows: tuple[list[SeriesRow], list[SeriesRow]] | None = None) -> list[Found]:
        zone = ZoneInfo("UTC")
        coverage = Coverage("UTC", None, "EUR", NOW, None, None, self.sources, self.roads)
        grids = (hours_between(TODAY - timedelta(70), NOW, zone), days_between(TODAY - timedelta(150), TODAY, zone))
        past = PastFindings([], [], [], None)
        read = Read(
            coverage,
            grids,
            rows or self.rows(),
            [],
            past,
            readers_of(AlertSettings(), past, {}, {}),
        )
        # (chance does something mild now and then)
        return [one for one in tell(judge(read, NOW)) if not told(one).get("is_mild")]

    def rows(self) -> tuple[list[SeriesRow], list[SeriesRow]]:
        return self._hours(70 * 24 + NOW.hour), self._days()

    def _hours(self, steps: int) -> list[SeriesRow]:
        named = (("sessions", self.visits), ("purchases", self.orders), ("revenue", self.orders * 40.0))
        return [row(name, "company", "", values[80 * 24 :][:steps]) for name, values in named]

    def _days(self) -> list[SeriesRow]:
        visits, orders = (values[: 150 * 24].reshape(150, 24).sum(1) for values in (self.visits, self.orders))
        return [
            row("sessions", "company", "", visits),
            row("purchases", "company", "", orders),
            row("purchases", "branch", "N", np.round(orders / 3)),
            row("spend", "company", "", self.spend),
            row("spend", "platform", "meta", self.spend),
            row("spend", "campaign", "meta a/Spring", self.spend),
        ]


def said(found: list[Found]) -> dict[str, str]:
    """Which sources are late, and what their status is; what else stands out, and since when."""
    return {
        f"late {told(one)['source']}" if one.rule == "late_source" else one.metric: told(one)["status"]
        if one.rule == "late_source"
        else told(one)["window"]["start"]
        for one in found
    }


def read_ago(kind: str, status: str = "active", **ago: float) -> SourceState:
    return SourceState(kind, NOW - timedelta(**ago), status)


def stopped(shop: Shop, since: datetime, until: datetime = NOW + timedelta(days=1)) -> Shop:
    shop.visits[shop.at(since) : shop.at(until)] = 0
    shop.orders[shop.at(since) : shop.at(until)] = 0
    return shop


TEN = datetime(2026, 10, 20, 10, tzinfo=UTC)
TEN_ISO = TEN.isoformat()


@pytest.mark.parametrize(("road", "source"), [(None, "website"), (HITS_ROAD, "measurement_protocol")])
def test_silence_of_what_nobody_can_be_asked_for_is_told_with_both_that_it_may_mean(
    road: int | None, source: str
) -> None:
    [late] = stopped(Shop(road=road), TEN).found()
    assert (late.rule, told(late)["source"], told(late)["status"]) == ("late_source", source, "silent")
    assert told(late)["since"] == TEN_ISO
    assert late.title == "Sessions: none since 10\xa0AM on Oct 20 – an outage, or data are missing"
    assert "Either the website is down, or its data do not arrive" in late.description


def test_an_outage_is_an_anomaly_of_the_company_as_soon_as_something_came_after_it() -> None:
    back = stopped(Shop(), TEN, NOW - 3 * HOUR)
    [outage] = [one for one in back.found() if one.metric == "sessions"]
    evidence = told(outage)
    assert (evidence["kind"], evidence["segment"], evidence["actual"], evidence["is_ongoing"]) == (
        "anomaly", [], 0, False,
    )  # fmt: skip
    assert evidence["window"] == {"start": TEN_ISO, "end": (NOW - 3 * HOUR).isoformat()}
    assert outage.is_shown


def test_visits_that_stopped_while_purchases_go_on_are_a_drop() -> None:
    shop = Shop()
    shop.visits[shop.at(TEN) :] = 0
    assert said(shop.found()) == {"sessions": TEN_ISO}


def test_a_stray_of_a_clock_that_is_wrong_is_no_word_of_its_source() -> None:
    shop = stopped(Shop(), TEN)
    shop.visits *= 20
    shop.visits[shop.at(NOW) - 1] = 2
    assert said(shop.found()) == {"late website": "silent"}


def test_orders_that_a_shop_was_asked_for_and_has_none_of_are_a_drop_and_visits_are_not_known() -> None:
    shop = stopped(Shop([read_ago("woocommerce", minutes=5)]), TEN)
    assert said(shop.found()) == {"purchases": TEN_ISO, "late website": "silent"}
    away = stopped(Shop([read_ago("woocommerce", "degraded", hours=6)]), TEN)
    assert said(away.found()) == {"late website": "silent"}


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        # Google tells the last hours in part, then for two days nothing may be missing data.
        (timedelta(hours=9), {}),
        (timedelta(hours=21), {"late ga4": "silent"}),
        (timedelta(hours=60), {"sessions": "2026-10-18T08:00:00+00:00"}),
    ],
)
def test_hours_that_google_has_nothing_of_are_unknown_then_late_then_an_outage(
    since: timedelta, expected: dict[str, str]
) -> None:
    shop = stopped(Shop([read_ago("ga4", minutes=5)], API_ROAD), NOW - since)
    assert {what: when for what, when in said(shop.found()).items() if what != "purchases"} == expected


def test_what_google_tells_of_today_in_part_is_no_drop_and_what_it_may_restate_is_provisional() -> None:
    shop = Shop([read_ago("ga4", minutes=5)], API_ROAD)
    shop.visits[shop.at(NOW) - 10 :] *= 0.2
    shop.orders[shop.at(NOW) - 10 :] = 0
    assert said(shop.found()) == {}
    shop.visits[shop.at(NOW) - 24 : shop.at(NOW) - 14] *= 4
    [found] = [one for one in shop.found() if one.metric == "sessions"]
    assert told(found)["provisional"]


@pytest.mark.parametrize(
    ("status", "expected", "words"),
    [
        ("active", "late", "Meta Ads is late: no data since 4\xa0PM on Oct 17"),
        ("degraded", "degraded", "Meta Ads is late"),
        ("needs_attention", "needs_attention", "Meta Ads is late"),
        ("paused", "paused", "Meta Ads is paused: no data since 4\xa0PM on Oct 17"),
    ],
)
def test_meta_that_was_not_read_for_three_days_is_late_and_no_drop(status: str, expected: str, words: str) -> None:
    shop = Shop([read_ago("meta_ads", status, days=3)])
    shop.spend[-3] = 120
    shop.spend[-2:] = 0
    [late] = shop.found()
    assert (late.rule, told(late)["status"], late.title[: len(words)]) == ("late_source", expected, words)
    assert told(late)["metrics"] == ["spend"]
    shop.sources = [read_ago("meta_ads", minutes=9)]
    assert [one for one in shop.found() if one.rule == "late_source"] == []


def test_a_source_with_few_figures_is_late_by_its_state_and_gone_after_four_weeks() -> None:
    shop = Shop([read_ago("ga4", "needs_attention", days=2)], API_ROAD)
    shop.visits[:] = 0
    shop.visits[shop.at(NOW - timedelta(9))] = 1
    shop.orders[:] = 0
    [late] = [one for one in shop.found() if one.rule == "late_source"]
    assert (told(late)["source"], told(late)["metrics"][0], late.starts_at) == ("ga4", "sessions", NOW - timedelta(2))
    shop.sources = [read_ago("ga4", "paused", days=30)]
    assert [one for one in shop.found() if one.rule == "late_source"] == []


def test_a_silence_that_began_by_the_hour_takes_its_day_away_too() -> None:
    shop = stopped(Shop(), datetime(2026, 10, 19, 6, tzinfo=UTC))
    assert said(shop.found()) == {"late website": "silent"}


def test_one_outage_makes_nobody_deaf_to_the_next() -> None:
    shop = stopped(Shop(), NOW - timedelta(days=9), NOW - timedelta(days=9, hours=-20))
    assert said(stopped(shop, TEN).found()) == {"late website": "silent"}


def test_days_without_their_file_are_holes() -> None:
    shop = Shop(road=EXPORT_ROAD)
    hole = shop.at(datetime(2026, 10, 19, tzinfo=UTC))
    shop.visits[hole : hole + 24] = 0
    shop.orders[hole : hole + 24] = 0
    assert "sessions" in said(shop.found())
    del shop.roads[date(2026, 10, 19)]
    assert said(shop.found()) == {}


def test_a_platforms_days_are_those_of_its_accounts_clock() -> None:
    days = days_between(TODAY - timedelta(5), TODAY, ZoneInfo("Asia/Ho_Chi_Minh"))
    read_at = datetime(2026, 10, 19, 22, tzinfo=UTC)  # the 20th there, the 19th in New York

    def until(*zones: str) -> int:
        source = SourceState("meta_ads", read_at, "active", ["meta"], zones)
        coverage = Coverage("Asia/Ho_Chi_Minh", None, "VND", NOW, None, None, [source])
        return told_until(coverage, days, NOW).limits["meta"].until

    assert (until(), until("America/New_York")) == (5, 4)


def test_a_branch_is_judged_by_the_hour_from_where_its_hours_begin() -> None:
    shop = Shop()
    hours = np.random.default_rng(4).binomial(shop.visits.astype(int), 0.2).astype(float)
    hours[: shop.at(NOW - timedelta(days=30))] = 0
    hours[shop.at(TEN) : shop.at(NOW)] = 0
    begin = 40 * 24 + NOW.hour
    rows = shop.rows()
    north = row("sessions", "branch", "N", hours[80 * 24 : shop.at(NOW)])
    found = shop.found(([*rows[0], north._replace(since=begin)], rows[1]))
    assert [(told(one)["segment"][0]["members"][0]["id"], told(one)["window"]["start"]) for one in found] == [
        ("N", TEN_ISO)
    ]
