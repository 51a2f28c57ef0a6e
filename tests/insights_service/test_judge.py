"""What is made of rows as they come: ends of campaigns, money that flows back, holes, clocks that are put forward."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from numpy.typing import NDArray

from services.insights_service.domain.anomalies.judge import judge, tell
from services.insights_service.domain.anomalies.judged_series import Read, Special
from services.insights_service.domain.anomalies.readers import readers_of
from services.insights_service.domain.anomalies.series_grid import days_between, hours_between
from services.insights_service.store.alert_settings import AlertSettings
from services.insights_service.store.candidates import PastFindings
from services.insights_service.store.finding import Found
from services.insights_service.store.series import Coverage, SeriesRow, SourceState
from tests.insights_service.made_series import hours_of_a_shop

TODAY = date(2026, 10, 26)  # the day after clocks were put back
BERLIN = ZoneInfo("Europe/Berlin")
DAYS = 400
Counts = NDArray[np.int64]


def counts(seed: int, a_day: float, days: int = DAYS) -> Counts:
    return np.random.default_rng(seed).poisson(a_day, days)


def row(metric: str, dimension: str, member: str, values: NDArray[np.float64] | Counts) -> SeriesRow:
    places = np.flatnonzero(values != 0).tolist()
    return SeriesRow(metric, dimension, member, member, places, values[places].astype(float).tolist())


def found_in(
    daily: list[SeriesRow],
    hourly: list[SeriesRow] | None = None,
    special: list[Special] | None = None,
    sources: list[SourceState] | None = None,
    settings: AlertSettings = AlertSettings(),  # noqa: B008 -- never changed
) -> list[Found]:
    moment = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=BERLIN).astimezone(UTC)
    coverage = Coverage("Europe/Berlin", None, "EUR", moment, None, None, sources or [])
    grids = (
        hours_between(TODAY - timedelta(70), moment, BERLIN),
        days_between(TODAY - timedelta(DAYS), TODAY, BERLIN),
    )
    past = PastFindings([], [], [], None)
    readers = readers_of(settings, past, {}, {})
    read = Read(coverage, grids, (hourly or [], daily), special or [], past, readers)
    return tell(judge(read, moment))


def ads(spring: Counts, autumn: Counts, leads: Counts | None = None) -> list[SeriesRow]:
    leads = spring // 5 if leads is None else leads
    named = (("meta a/Spring", spring), ("google b/Autumn", autumn))
    return [
        row("spend", "company", "", spring + autumn),
        row("leads", "company", "", leads + autumn // 5),
        *(row("spend", "platform", member.split()[0], values) for member, values in named),
        *(row("spend", "campaign", member, values) for member, values in named),
        row("leads", "campaign", "meta a/Spring", leads),
        row("leads", "campaign", "google b/Autumn", autumn // 5),
    ]


def told(one: Found) -> dict[str, Any]:
    return cast("dict[str, Any]", one.evidence)


def of(found: list[Found], metric: str) -> list[tuple[str | None, bool]]:
    return [(one.channel, one.is_shown) for one in found if one.metric == metric and one.rule != "late_source"]


def test_a_campaign_that_ended_is_no_drop_but_its_leads_are_where_its_spend_goes_on() -> None:
    spring, autumn = counts(1, 400), counts(2, 400)
    other = counts(3, 400)
    ended = spring.copy()
    ended[-4:] = 0
    rows = [
        one
        if one.dimension != "platform" or one.member_id != "meta"
        else row("spend", "platform", "meta", ended + other)
        for one in ads(ended, autumn)
        if one.dimension != "company"
    ]
    assert found_in(rows) == []

    stopped = np.where(np.arange(DAYS) < DAYS - 2, spring // 5, 0)
    [found] = found_in(ads(spring, autumn, stopped))
    assert (found.metric, found.is_shown) == ("leads", True)
    assert (told(found)["return_period_days"], "at most once in 10 years." in found.description) == (3652.0, True)
    parts = [*told(found)["segment"], *(part for one in told(found)["reasons"] for part in one["segment"])]
    assert (parts[0]["dimension"], parts[0]["members"][0]["id"]) == ("campaign", "meta a/Spring")


@pytest.mark.parametrize("gone", [1, 3, 9])
def test_a_campaign_that_ended_is_no_drop_of_its_channel_or_of_branches_but_what_is_beyond_it_is(gone: int) -> None:
    week, ended = np.array([1, 1, 1, 1, 1, 0.6, 0.5])[np.arange(DAYS) % 7], np.arange(DAYS) >= DAYS - gone
    spring = np.where(ended, 0, np.round(counts(5, 400) * week)).astype(np.int64)
    autumn = np.round(counts(105, 650) * week).astype(np.int64)
    leads = (spring + autumn) // 8

    def rows(north: Counts, email: Counts) -> list[SeriesRow]:
        parts = [row("leads", "channel", "paid-social", spring // 8), row("leads", "channel", "email", email)]
        return [*ads(spring, autumn, spring // 8), *parts, row("leads", "branch", "N", north)]

    def dropped(found: list[Found]) -> list[str]:
        news = [told(one) for one in found if not _is_mild(one)]
        return sorted(one["segment"][0]["members"][0]["id"] for one in news if one.get("direction") == "down")

    assert dropped(found_in(rows(leads * 6 // 10, counts(7, 40)))) == []
    nothing = np.where(ended, leads // 50, leads * 6 // 10)
    assert dropped(found_in(rows(nothing, np.where(ended, counts(8, 4), counts(7, 40))))) == ["N", "email"]


def test_low_spend_some_days_after_a_campaign_ended_is_a_drop_only_where_the_others_spend_less_than_usual() -> None:
    spring = np.where(np.arange(DAYS) >= DAYS - 7, 0, counts(201, 400) * 3)

    def told_of(yesterday: int) -> list[str]:
        autumn = counts(101, 20) * 250
        autumn[-2] = yesterday
        rows = [row("spend", *of, spring + autumn) for of in (("company", ""), ("platform", "google"))]
        rows += [row("spend", "campaign", "google /Spring", spring), row("spend", "campaign", "google /Autumn", autumn)]
        return [one.metric for one in found_in(rows) if not _is_mild(one)]

    # The forecast, of three days before, still expects half of what Spring spent.
    assert told_of(4000) == []
    assert told_of(0) == ["spend"]


@pytest.mark.parametrize("hours", [8, 30])
def test_by_the_hour_a_campaign_that_stopped_may_have_ended_but_where_all_stops_it_is_a_drop(hours: int) -> None:
    steps = 71 * 24 - 11
    ended = np.arange(steps) >= steps - hours
    spring, email = (
        hours_of_a_shop(np.random.default_rng(5), steps, an_hour=12),
        hours_of_a_shop(np.random.default_rng(6), steps, an_hour=8),
    )

    def dropped(spring: NDArray[np.float64], email: NDArray[np.float64]) -> bool:
        hourly = [
            row("leads", "company", "", spring + email),
            row("leads", "channel", "paid-social", spring),
            row("leads", "channel", "email", email),
            row("leads", "campaign", "meta a/Spring", spring),
        ]
        found = found_in([row("leads", "company", "", counts(1, 480))], hourly)
        return any(told(one).get("direction") == "down" for one in found)

    assert not dropped(np.where(ended, 0, spring), email)
    assert dropped(np.where(ended, 0, spring), np.where(ended, email // 4, email))


@pytest.mark.parametrize(("gone", "told_of"), [(2, 1), (10, 0), (60, 0)])
def test_what_a_campaign_did_before_it_ended_is_news_for_days_and_no_longer(gone: int, told_of: int) -> None:
    spring, autumn = counts(1, 400), counts(2, 400)
    spring[-gone:] = 0
    spring[-gone - 4 : -gone - 2] *= 3
    rows = [one for one in ads(spring, autumn) if one.dimension == "campaign" or one.metric == "leads"]
    rows.append(row("spend", "company", "", autumn * 2))
    found = [one for one in found_in(rows) if told(one)["direction"] == "up"]
    assert len(found) == told_of


def test_a_company_whose_hours_have_all_left_by_age_is_judged_by_its_days() -> None:
    moment = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=BERLIN).astimezone(UTC)
    coverage = Coverage("Europe/Berlin", "DE", "EUR", moment, None, None, [])
    grids = hours_between(TODAY, moment, BERLIN), days_between(TODAY - timedelta(DAYS), TODAY, BERLIN)
    past = PastFindings([], [], [], None)
    visits = counts(1, 400)
    visits[-1] = 40
    daily = [row("sessions", "company", "", visits)]
    read = Read(coverage, grids, ([], daily), [], past, readers_of(AlertSettings(), past, {}, {}))
    assert [one.metric for one in tell(judge(read, moment))] == ["sessions"]


@pytest.mark.parametrize("history", [31, 45])
def test_a_young_tenant_hears_of_what_its_days_do(history: int) -> None:
    random = np.random.default_rng(history)

    def young(a_day: float, factor: float = 1.0) -> Counts:
        told = np.arange(DAYS) >= DAYS - history
        mean = a_day * np.where(np.arange(DAYS) < DAYS - 3, 1.0, factor)
        return np.where(told, random.poisson(mean), 0)

    calm = [row("spend", "company", "", 4 * young(100)), row("leads", "company", "", young(20))]
    assert found_in(calm) == []
    for metric, factor in (("leads", 0.0), ("leads", 3.0), ("spend", 2.5)):
        changed = [one for one in calm if one.metric != metric] + [row(metric, "company", "", young(20, factor))]
        found = found_in(changed)
        # (spend that leads do not follow is what they cost as well)
        metrics = {one.metric for one in found if one.rule != "late_source"}
        assert metrics == {metric} or factor == 0 or (metric, metrics) == ("spend", {"cpl"}), metric
        assert found, metric


def test_days_of_ads_that_were_not_told_in_full_are_not_judged() -> None:
    spring, autumn = counts(1, 400), counts(2, 400)
    leads = spring // 5
    spring[-1] = 90
    synced = SourceState("meta_ads", datetime(2026, 10, 25, 22, tzinfo=UTC))
    assert found_in(ads(spring, autumn, leads), sources=[synced]) == []
    late = SourceState("meta_ads", datetime(2026, 10, 26, 9, tzinfo=UTC))
    assert {one.metric for one in found_in(ads(spring, autumn, leads), sources=[late])} & {"spend", "cpl"}


def test_a_platform_that_tells_nothing_is_late_and_the_other_is_judged() -> None:
    spring, autumn = counts(1, 400), counts(2, 400)
    spring[-4:] = 0
    found = found_in(ads(spring, autumn))
    assert [(one.rule, told(one)["source"]) for one in found if one.rule == "late_source"] == [
        ("late_source", "meta_ads")
    ]
    assert of(found, "spend") == []


@pytest.mark.parametrize("seed", range(4))
def test_nothing_that_rows_may_hold_breaks_a_look(seed: int) -> None:
    rng = np.random.default_rng(seed)

    def strange(steps: int) -> NDArray[np.float64]:
        values = rng.normal(50, 30, steps) * 10.0 ** rng.integers(-3, 12)
        values[rng.random(steps) < rng.random()] = 0
        values[rng.random(steps) < 0.1] = np.nan
        values[rng.integers(steps) :] *= rng.choice([0, 1, -5])
        return values

    def rows(steps: int) -> list[SeriesRow]:
        made = [
            row(metric, dimension, member, strange(rng.choice([1, 5, steps, steps + 9])))
            for metric in ("sessions", "purchases", "revenue", "leads", "spend", "contracts")
            for dimension, member in (("company", ""), ("channel", "a"), ("campaign", "m r"), ("branch", "\x00é"))
            if rng.random() < 0.9
        ]
        return made + [
            one._replace(member_id="again", places=one.places * 2, amounts=one.amounts * 2) for one in made[:3]
        ]

    special = [Special([TODAY - timedelta(int(n)) for n in rng.integers(0, 90, 20)], None, "N")]
    for one in found_in(rows(DAYS), rows(70 * 24), special):
        assert "nan" not in one.description.lower()
        assert one.impact_pct.is_finite()


def test_nobody_is_told_of_what_lies_in_the_usual_range():
    week = np.array([5, 5, 5, 4, 4, 1, 0.5])
    said = list[dict[str, Any]]()
    for seed in range(12):
        random = np.random.default_rng(seed)
        young = [
            np.concatenate([np.zeros(DAYS - 60, dtype=np.int64), random.poisson(np.resize(week, 60) * size)])
            for size in (1, 0.6, 2)
        ]
        names = (("company", ""), ("channel", "email"), ("branch", "North"))
        rows = [row("leads", *name, values) for name, values in zip(names, young, strict=True)]
        said += [told(one) for one in found_in(rows)]
    assert [one for one in said if one["low"] <= one["actual"] <= one["high"]] == []


def test_what_is_mild_is_told_as_such_and_to_those_alone_who_chose_how_much_they_want_to_be_told():
    chosen = AlertSettings(20, is_chosen=True)
    mild = list[Found]()
    for seed in range(3):
        leads = [counts(100 * seed + place, 60) for place in range(8)]
        rows = [row("leads", "branch", str(place), values) for place, values in enumerate(leads)]
        rows.append(row("leads", "company", "", np.sum(leads, axis=0)))
        asked, unasked = (found_in(rows, settings=settings) for settings in (chosen, AlertSettings(20)))
        assert not any(one.is_shown for one in unasked if _is_mild(one))
        mild += [one for one in asked if _is_mild(one)]
    assert sum(one.is_shown for one in mild) >= 2
    assert {one.severity for one in mild} == {"low"}
    assert all("A weak sign: usually four of five such figures lie between" in one.description for one in mild)
    assert all("Chance alone" in one.description and told(one)["return_period_days"] >= 7 for one in mild)
    assert all(abs(told(one)["change_pct"]) >= 10 for one in mild)
    # (the picture shows the range that it is judged by, and no other)
    for one in mild:
        step = told(one)["series"][-1]
        assert ("low" not in step or step["low"] is None, step["low80"] < step["expected"]) == (True, True)
        assert not told(one)["low"] <= told(one)["actual"] <= told(one)["high"]


def test_who_chose_many_is_told_of_what_chance_does_once_a_week_and_of_all_else_as_before():
    extra = list[Found]()
    for seed in (2, 3):
        leads = [counts(100 * seed + place, 8 + 8 * (place % 8)) for place in range(24)]
        rows = [row("leads", "branch", str(place), values) for place, values in enumerate(leads)]
        rows.append(row("leads", "company", "", np.sum(leads, axis=0)))
        of_nobody, of_few, of_many = (
            found_in(rows, settings=settings)
            for settings in (AlertSettings(20), AlertSettings(3, is_chosen=True), AlertSettings(7, is_chosen=True))
        )
        assert [told(one) for one in of_few] == [told(one) for one in of_nobody]
        few, many = ([told(one) for one in found if not _is_mild(one)] for found in (of_few, of_many))
        assert few == many != []
        before = {one.cause for one in of_few}
        extra += [one for one in of_many if one.cause not in before]
    assert len(extra) >= 2
    assert all(7 <= told(one)["return_period_days"] < 14 for one in extra)
    assert all("Chance alone moves a figure this far about once a week." in one.description for one in extra)


def test_a_mild_change_of_counts_is_of_two_at_least_and_a_clear_one_that_chance_does_often_is_not_grave():
    found = list[Found]()
    for seed in range(4):
        leads = [counts(100 * seed + place, 0.6) for place in range(12)]
        leads[0][-1] += 6 * (seed == 1)
        rows = [row("leads", "branch", str(place), values) for place, values in enumerate(leads)]
        rows.append(row("leads", "company", "", np.sum(leads, axis=0)))
        found += found_in(rows, settings=AlertSettings(7, is_chosen=True))
    episodes = [told(one) for one in found if _is_mild(one) and told(one)["kind"] == "anomaly"]
    assert len(episodes) >= 4
    assert min(abs(one["actual"] - one["expected"]) for one in episodes) >= 2
    large = [one for one in found if not _is_mild(one) and one.impact_pct >= 20]
    said = {(told(one)["return_period_days"] >= 60, one.severity) for one in large}
    assert said == {(True, "high"), (False, "medium")}


def test_none_instead_of_one_or_two_is_not_told_of_a_rare_week_but_the_days_that_are_two_short_at_least():
    # Of the week, whose sum is rare, the last alarm leaves three days to tell of, which held 0 instead of 1.6.
    rare = counts(2811, 1.1)
    rows = [row("sessions", "company", "", counts(4, 300)), row("failed_searches", "branch", "N", rare)]
    [found] = [told(one) for one in found_in(rows)]
    assert found["expected"] - found["actual"] >= 2


def _is_mild(one: Found) -> bool:
    return bool(told(one).get("is_mild"))


def test_what_stops_is_told_however_far_up_its_usual_range_reaches():
    random = np.random.default_rng(0)
    lumpy = [random.poisson(8 * random.gamma(5, 1 / 5, DAYS)) for _ in range(8)]
    for values in lumpy:
        values[-3:] = 0
    branches = [row("leads", "branch", str(place), values) for place, values in enumerate(lumpy)]
    said = [told(one) for one in found_in([row("leads", "company", "", counts(1, 1000)), *branches])]
    fell = [one for one in said if one["direction"] == "down" and one["window"]["end"] == str(TODAY)]
    assert len(fell) >= 5
    assert all(0 <= one["low"] < one["expected"] < one["high"] for one in fell)


def test_a_level_that_no_hour_shows_is_told_by_the_day_and_as_one_cause_with_its_hours():
    random = np.random.default_rng(1)
    moment = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=BERLIN).astimezone(UTC)
    a_day = np.full(70, 100.0)
    a_day[-4:] = 60
    by_hour = random.poisson(np.repeat(a_day / 24, 24))
    days = np.concatenate([counts(2, 100, DAYS - 70), by_hour.reshape(-1, 24).sum(axis=1)])
    many = len(hours_between(TODAY - timedelta(70), moment, BERLIN))
    hourly = row("leads", "company", "", np.concatenate([by_hour, random.poisson(60 / 24, many)])[:many])
    [found] = found_in([row("leads", "company", "", days)], [hourly])
    assert (told(found)["direction"], told(found)["grain"], found.is_shown) == ("down", "day", True)


def test_of_a_single_day_the_range_is_told_that_the_picture_shows():
    random = np.random.default_rng(3)
    visits = random.poisson(10 * random.gamma(3, 1 / 3, DAYS))
    visits[-1] = 150
    [found] = found_in([row("leads", "company", "", visits)])
    day = told(found)["series"][-1]
    assert (told(found)["low"], told(found)["high"]) == pytest.approx((day["low"], day["high"]), abs=1e-3)


# (contracts are known a month late)
@pytest.mark.parametrize(("metric", "known"), [("leads", DAYS), ("contracts", DAYS - 30)])
def test_the_same_rows_by_platform_and_by_channel_are_one_cause(metric: str, known: int):
    random = np.random.default_rng(4)
    meta, other, rest = random.poisson(12, DAYS), random.poisson(12, DAYS), random.poisson(300, DAYS)
    for values in (meta, other):
        values[known - 3 : known] = 0
    # (three of a hundred came by another channel)
    by_channel = meta - random.binomial(meta, 0.03)
    whole = [row("leads", "company", "", counts(1, 900)), row(metric, "company", "", meta + rest)]
    by_platform, paid = row(metric, "platform", "meta", meta), row(metric, "channel", "paid-social", by_channel)
    assert len(of(found_in([*whole[metric == "leads" :], by_platform, paid]), metric)) == 1
    # What only moves alike is told of each.
    email = row(metric, "channel", "email", other)
    assert len(of(found_in([*whole[metric == "leads" :], by_platform, email]), metric)) == 2


def test_two_branches_of_one_size_are_two_causes():
    north, south = counts(4, 900), counts(5, 900)
    north[-3:], south[-3:] = 0, 0
    rest = row("sessions", "company", "", north + south + counts(6, 2_000_000))
    branches = [row("sessions", "branch", name, values) for name, values in (("N", north), ("S", south))]
    told_of = {told(one)["segment"][0]["members"][0]["id"] for one in found_in([rest, *branches])}
    assert told_of == {"N", "S"}


def test_days_of_a_branch_that_were_declared_hide_what_holds_its_visits_and_no_other_branch():
    special = [Special([TODAY - timedelta(1), TODAY - timedelta(2)], None, "N")]
    grown = counts(7, 500)
    grown[-2:] *= 3
    for share, hidden in ((0.3, True), (0.02, False)):
        for dimension, member, is_told in (
            *(("company", "", not hidden), ("branch", "N", False), ("channel", "email", not hidden)),
            *(("product", "pump", not hidden), ("platform", "meta", not hidden), ("branch", "S", True)),
        ):
            metric = "purchases" if dimension == "product" else "leads"
            whole = [
                row("sessions", "company", "", counts(8, 5000)),
                row("sessions", "branch", "N", counts(6, 5000 * share)),
            ]
            whole += [row(metric, "company", "", grown + counts(9, 20 if dimension == "company" else 200_000))]
            rows = whole if dimension == "company" else [*whole, row(metric, dimension, member, grown)]
            found = of(found_in(rows, special=special), metric)
            assert bool(found) is is_told, (share, dimension, member, found)
    spend = [row("spend", "company", "", grown), row("spend", "platform", "meta", grown)]
    assert len(of(found_in(spend, special=special), "spend")) == 1
    # Of what nobody has any more, no branch is a part.
    ended = np.where(np.arange(DAYS) < DAYS - 60, counts(5, 50), 0)
    gone = [row("purchases", "company", "", ended), row("purchases", "branch", "N", ended // 50)]
    leads = [row("sessions", "company", "", counts(8, 5000)), row("leads", "company", "", grown)]
    assert len(of(found_in([*leads, *gone], special=special), "leads")) == 1
