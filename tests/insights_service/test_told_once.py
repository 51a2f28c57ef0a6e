"""What looks over two weeks tell together: a new level once, and nothing of clocks that are put back or forward."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from services.insights_service.domain.anomalies.alert_budget import Voices
from services.insights_service.domain.anomalies.choose_alerts import Alert, choose_alerts
from services.insights_service.domain.anomalies.episode import Episode
from services.insights_service.domain.anomalies.judge import judge, tell
from services.insights_service.domain.anomalies.judged_ratios import JudgedRatio
from services.insights_service.domain.anomalies.judged_series import JudgedSeries, Read
from services.insights_service.domain.anomalies.ratio_episode import RatioEpisode
from services.insights_service.domain.anomalies.ratio_metrics import RATIOS
from services.insights_service.domain.anomalies.readers import rank, readers_of
from services.insights_service.domain.anomalies.representative import representative
from services.insights_service.domain.anomalies.series_grid import days_between, hours_between
from services.insights_service.domain.anomalies.told_before import cause_of
from services.insights_service.domain.words.ended import Over
from services.insights_service.store.alert_settings import AlertSettings, RecipientSetting
from services.insights_service.store.candidates import Candidate, PastFindings, Shown, Standing
from services.insights_service.store.finding import Found
from services.insights_service.store.series import Coverage
from tests.insights_service.made_series import hours_of_a_shop
from tests.insights_service.test_judge import row, told

FIRST = datetime(2026, 6, 1, tzinfo=UTC)
HOURS, DAYS = 35, 120


class Looks:
    """Looks at one company that remember what the ones before found, as the database does."""

    def __init__(self, visits: Any, first: datetime = FIRST, zone: str = "UTC") -> None:
        self.visits = visits
        self.first = first
        self.zone = ZoneInfo(zone)
        self.candidates = list[Candidate]()
        self.kept = dict[str, Found]()
        self.events = list[tuple[datetime, Found]]()
        self.over = dict[str, Over]()

    def look(self, moment: datetime) -> None:
        today = moment.astimezone(self.zone).date()
        hours = hours_between(today - timedelta(HOURS), moment, self.zone)
        days = days_between(today - timedelta(DAYS), today, self.zone)
        daily = np.array([self._between(days.begin(n), days.begin(n + 1)).sum() for n in range(len(days))])
        rows = (
            [row("sessions", "company", "", self._between(hours.begin(0), moment)[: len(hours)])],
            [row("sessions", "company", "", daily), row("sessions", "branch", "N", np.round(daily * 0.4))],
        )
        coverage = Coverage(str(self.zone), None, "EUR", moment, None, None, [])
        past = PastFindings(self.candidates, [at for at, _ in self.events], self._before(), FIRST)
        readers = readers_of(AlertSettings(), past, {}, {})
        judged = judge(Read(coverage, (hours, days), rows, [], past, readers), moment)
        known = {one.cause for one in self.candidates}
        self.candidates += [one for one in judged.candidates if one.cause not in known]
        self._keep(tell(judged), moment)
        self.over = {**judged.over, **self.over}

    def _between(self, since: datetime, until: datetime) -> Any:
        first, last = ((moment - self.first) // timedelta(hours=1) for moment in (since, until))
        return self.visits[first:last]

    def _before(self) -> list[Standing]:
        return [
            Standing(
                one.cause,
                one.is_shown,
                one.starts_at or FIRST,
                told(one)["window"]["end"],
                told(one)["direction"],
                {part["dimension"]: part["members"][0]["id"] for part in told(one)["segment"]},
                told(one)["is_ongoing"],
                impact_pct=float(one.impact_pct),
            )
            for one in self.kept.values()
        ]

    def _keep(self, found: list[Found], moment: datetime) -> None:
        shown = {one.cause for one in self.kept.values() if one.is_shown}
        self.events += [(moment, one) for one in found if one.is_shown and one.cause not in shown]
        self.kept = {cause: one for cause, one in self.kept.items() if one.is_shown} | {one.cause: one for one in found}


def test_a_new_level_is_one_insight_with_one_event_and_then_usual() -> None:
    start = FIRST + timedelta(days=DAYS + 1, hours=9)
    visits = hours_of_a_shop(np.random.default_rng(9), 24 * (DAYS + 18))
    visits[(start - FIRST) // timedelta(hours=1) :] *= 1.6
    looks = Looks(np.round(visits))
    for hours in (1, 2, 3, 12, 24, *range(48, 15 * 24, 24)):
        looks.look(start + timedelta(hours=hours))
    # (chance has its say as well, of what was before)
    assert len([one for _, one in looks.events if (one.starts_at or FIRST) >= start - timedelta(days=1)]) == 1
    # By the day it is found later, when by the hour it is usual already: that is kept, and told to nobody.
    of_it = [one for one in looks.kept.values() if (one.starts_at or FIRST) >= start - timedelta(days=1)]
    shown, echo = sorted(of_it, key=lambda one: not one.is_shown)
    assert (told(shown)["grain"], shown.starts_at, told(echo)["grain"], echo.is_shown) == ("hour", start, "day", False)
    assert looks.over[shown.cause] == Over("level")


@pytest.mark.parametrize("today", [date(2026, 3, 30), date(2026, 10, 26)])
def test_clocks_that_are_put_forward_or_back_are_no_news(today: date) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    moment = datetime(today.year, today.month, today.day, 9, tzinfo=berlin)
    since = moment.astimezone(UTC) - timedelta(days=DAYS + 2)
    local = [(since + timedelta(hours=n)).astimezone(berlin) for n in range(24 * (DAYS + 2))]
    course = 60 * (1.2 - np.cos(2 * np.pi * np.arange(24) / 24))
    visits = np.random.default_rng(3).poisson([course[at.hour] for at in local]).astype(float)
    looks = Looks(visits, since, "Europe/Berlin")
    looks.look(moment.astimezone(UTC))
    assert looks.kept == {}


def _outages(*spans: tuple[int, int, float]) -> list[Episode]:
    """Of the company's visits, each from and until so many hours ago, and how surprising."""
    grid = hours_between(FIRST.date(), FIRST + timedelta(days=HOURS), ZoneInfo("UTC"))
    values, usual = np.full(len(grid), 60.0), np.full(len(grid), 60.0)
    for since, until, _ in spans:
        values[len(grid) - since : len(grid) - until] = 5
    one = JudgedSeries("sessions", "company", "", "", values)
    return [
        Episode(one, grid, len(grid) - since, len(grid) - until, not until, score, 0, usual, usual * 0.8, usual * 1.2)
        for since, until, score in spans
    ]


def _stood(one: Episode, until: int, *, cause: str = "", is_shown: bool = True) -> Standing:
    starts, ends = one.grid.begin(one.start), one.grid.begin(until)
    return Standing(cause or cause_of(one), is_shown, starts, ends.isoformat(), "down", {})


def test_a_cause_ranks_as_the_first_of_it_and_the_bar_sets_itself_by_what_is_compared_with_it() -> None:
    [company], [other] = _outages((12, 0, 2.0)), _outages((12, 0, 2.8))
    email = replace(other.series, dimension="channel", member_id="email", values=other.series.values / 4)
    part = replace(other, series=email, expected=other.expected / 4, low=other.low / 4, high=other.high / 4)
    past = PastFindings([], [], [], FIRST)
    for episodes in ([company, part], [part, company]):
        readers = readers_of(AlertSettings(), past, {}, {})
        [alert] = choose_alerts(episodes, {("hour", "sessions"): 60.0}, past, readers, FIRST + timedelta(days=HOURS))
        # Email is more surprising than the company, which is four times as large: 2.8 - 0.6 ranks before 2.
        assert alert.episode is part
        assert alert.found.impact_pct == pytest.approx(4 * alert.impact_pct)
        first = rank(2.8, alert.impact_pct, Voices())
        assert rank(alert.found.score, alert.found.impact_pct, Voices()) == pytest.approx(first)


def _chosen(episodes: list[Episode], was: Standing, shown: dict[UUID, Shown], metric: str = "sessions") -> list[Alert]:
    past = PastFindings([], [], [was], FIRST, shown)
    settings = AlertSettings(recipients=[RecipientSetting(who, 7, Decimal(1)) for who in shown])
    readers = readers_of(settings, past, {}, {})
    return choose_alerts(episodes, {("hour", metric): 60.0}, past, readers, FIRST + timedelta(days=HOURS))


def test_what_is_mild_joins_no_causes_leads_none_and_hides_nothing_that_is_not() -> None:
    [whole] = _outages((12, 0, 2.0))
    mild = replace(whole, is_mild=True, score=9.0)

    def of_channel(member: str, score: float) -> Episode:
        series = replace(whole.series, dimension="channel", member_id=member, values=whole.series.values / 4)
        expected, low, high = (each / 4 for each in (whole.expected, whole.low, whole.high))
        return replace(whole, series=series, score=score, expected=expected, low=low, high=high)

    first, second = of_channel("email", 3.0), of_channel("direct", 2.5)
    told = _stood(whole, whole.end, cause="anomaly.purchases:hour:0:0")._replace(is_mild=True)
    alerts = _chosen([mild, first, second], told, {})
    assert [(one.episode, one.is_shown, one.found.is_mild) for one in alerts] == [
        (first, True, False),
        (second, True, False),
    ]
    [alert] = _chosen([mild], told, {})
    assert (alert.found.is_mild, alert.is_shown) == (True, False)


def test_what_was_one_and_is_two_now_has_two_names_of_which_the_told_one_keeps_its_own() -> None:
    first, second = _outages((40, 30, 5.0), (12, 0, 9.0))
    was = _stood(first, second.end - 2)
    alerts = _chosen([first, second], was, {})
    assert {one.cause: one.is_shown for one in alerts} == {was.cause: True, cause_of(second): False}


def test_who_was_shown_a_change_is_shown_no_echo_of_it_and_who_was_not_is() -> None:
    [echo] = _outages((12, 0, 9.0))
    of_purchases, who, other = "anomaly.purchases:hour:0:0", UUID(int=1), UUID(int=2)
    was = _stood(echo, echo.end, cause=of_purchases, is_shown=False)
    seen = {who: Shown((), frozenset({of_purchases})), other: Shown()}
    [alert] = _chosen([echo], was, seen)
    assert (alert.cause, alert.is_shown, alert.shown_to) == (cause_of(echo), True, (other,))
    [alert] = _chosen([echo], was._replace(is_shown=True), seen)
    assert (alert.is_shown, alert.shown_to) == (False, (other,))


def test_what_a_click_costs_hides_no_leads_that_stay_away_but_what_a_lead_costs_does() -> None:
    [outage] = _outages((12, 0, 9.0))
    for metric, told_of, is_shown in (("leads", "cpc", True), ("cpl", "cpc", True), ("leads", "cpl", False)):
        one = replace(outage, series=replace(outage.series, metric=metric))
        was = _stood(one, one.end, cause=f"anomaly.{told_of}:day:0:0")._replace(direction="up", segment={})
        [alert] = _chosen([one], was, {}, metric=metric)
        assert (alert.cause, alert.is_shown) == (cause_of(one), is_shown)


def _part(whole: Episode, dimension: str, member: str, share: float, *, score: float) -> Episode:
    """The same change in a part with this share of the company."""
    series = replace(whole.series, dimension=dimension, member_id=member, values=whole.series.values * share)
    expected, low, high = (each * share for each in (whole.expected, whole.low, whole.high))
    return replace(whole, series=series, score=score, expected=expected, low=low, high=high)


def _told_of(alerts: list[Alert]) -> dict[tuple[str, str], bool]:
    return {(one.episode.series.dimension, one.cause): one.is_shown for one in alerts}


@pytest.mark.parametrize(("size", "is_shown"), [(3.0, True), (30.0, False)])
def test_a_reported_part_hides_a_later_change_of_the_whole_only_if_it_explains_much_of_it(
    size: float, *, is_shown: bool
) -> None:
    [whole] = _outages((12, 0, 9.0))
    email = cause_of(_part(whole, "channel", "email", 0.1, score=2.0))
    was = _stood(whole, whole.end, cause=email)._replace(segment={"channel": "email"}, impact_pct=size)
    [alert] = _chosen([whole], was, {})
    assert (alert.cause, alert.is_shown) == (cause_of(whole), is_shown)


def test_a_small_change_that_was_reported_stays_beside_a_large_one_that_holds_it() -> None:
    [whole] = _outages((12, 0, 9.0))
    for score in (2.0, 12.0):
        email = _part(whole, "channel", "email", 0.1, score=score)
        was = _stood(email, email.end)._replace(segment={"channel": "email"}, impact_pct=3.0)
        assert _told_of(_chosen([whole, email], was, {})) == {
            ("channel", cause_of(email)): True,
            ("company", cause_of(whole)): True,
        }


def test_what_was_reported_hides_nothing_that_it_meets_only_in_the_company() -> None:
    [whole] = _outages((12, 0, 1.6))
    email, branch = _part(whole, "channel", "email", 0.3, score=2.0), _part(whole, "branch", "N", 0.3, score=9.0)
    was = _stood(email, email.end)._replace(segment={"channel": "email"}, impact_pct=30.0)
    # All fell alike.
    assert _told_of(_chosen([whole, email, branch], was, {})) == {("channel", cause_of(email)): True}
    fallen_less = replace(whole, series=replace(whole.series, values=np.maximum(whole.series.values, 45.0)))
    assert _told_of(_chosen([fallen_less, email, branch], was, {})) == {
        ("channel", cause_of(email)): True,
        ("branch", cause_of(branch)): True,
    }


def test_where_all_changed_alike_the_whole_is_reported_and_not_the_part_where_it_is_most_surprising() -> None:
    [whole] = _outages((12, 0, 9.0))
    nothing = PastFindings([], [], [], FIRST)

    def reported(part: Episode) -> str:
        readers, now = readers_of(AlertSettings(), nothing, {}, {}), FIRST + timedelta(days=HOURS)
        [alert] = choose_alerts([whole, part], {("hour", "sessions"): 60.0}, nothing, readers, now)
        return alert.episode.series.dimension

    email = _part(whole, "channel", "email", 0.4, score=12.0)
    assert reported(email) == "company"
    # What fell by two fifths is all of it that channel's, however large its share is.
    milder = replace(whole.series, values=np.where(whole.series.values < 60, 35.0, whole.series.values))
    whole = replace(whole, series=milder)
    assert reported(email) == "channel"
    most = _part(whole, "channel", "email", 0.7, score=12.0)
    others = replace(most.series, values=whole.series.values - whole.series.values.max() * 0.3)
    assert reported(replace(most, series=others)) == "channel"


@pytest.mark.parametrize("forecast_steps", [20, None])
def test_a_part_is_replaced_by_a_change_of_the_whole_at_its_time_and_not_by_a_later_one(
    forecast_steps: int | None,
) -> None:
    early, late = _outages((40, 30, 9.0), (12, 0, 11.0))
    email = _part(early, "channel", "email", 0.4, score=12.0)
    if forecast_steps:
        # A series is only forecast from shortly before its alarm on.
        expected, low, high = (each[-forecast_steps:] for each in (late.expected, late.low, late.high))
        late = replace(late, begin=late.end - forecast_steps, expected=expected, low=low, high=high)
    assert representative([0, 1], [email, late], [12.0, 11.0], 1.0) == 0
    assert representative([0, 1, 2], [email, late, early], [12.0, 11.0, 9.0], 1.0) == 2


def test_a_part_is_replaced_only_by_a_whole_of_the_same_figure_in_the_same_steps_that_it_adds_up_to() -> None:
    [whole] = _outages((12, 0, 11.0))
    email = _part(whole, "channel", "email", 0.4, score=12.0)

    def is_replaced(part: Episode, other: Episode) -> bool:
        return representative([0, 1], [part, other], [12.0, 11.0], 1.0) == 1

    partly_known = whole.series.values.copy()
    partly_known[whole.end - 5] = np.nan
    assert is_replaced(email, whole)
    assert is_replaced(email, replace(whole, series=replace(whole.series, values=partly_known)))
    days = days_between(FIRST.date(), (FIRST + timedelta(len(whole.grid))).date(), ZoneInfo("UTC"))
    others = {
        "mild": replace(whole, is_mild=True),
        "leads": replace(whole, series=replace(whole.series, metric="leads")),
        "branch": _part(whole, "branch", "N", 0.9, score=11.0),
        "days": replace(whole, grid=days),
    }
    assert [name for name, other in others.items() if is_replaced(email, other)] == []
    # There is no rest of it.
    assert not is_replaced(_part(whole, "channel", "email", 1.0, score=12.0), whole)
    assert not is_replaced(_cost(email), _cost(whole))


def test_a_part_is_replaced_by_the_largest_whole_that_would_be_shown_by_itself() -> None:
    [whole] = _outages((12, 0, 10.0))
    campaign, platform = (
        _part(whole, "campaign", "google g1", 0.2, score=12.0),
        _part(whole, "platform", "google", 0.5, score=11.0),
    )
    for rank_of_whole, bar, replaced_by in ((10.0, 1.0, 2), (2.9, 1.0, 1), (10.0, 10.5, 1), (10.0, 11.5, 0)):
        ranks = [12.0, 11.0, rank_of_whole]
        assert representative([0, 1, 2], [campaign, platform, whole], ranks, bar) == replaced_by


def _cost(events: Episode) -> RatioEpisode:
    """That what an event costs doubled, as there were fewer."""
    assert RATIOS[0].metric == "cpl"
    ratio = JudgedRatio(RATIOS[0], events.series, events.series.values, events.series.values, None)
    figures = {name: getattr(events, name) for name in Episode.__dataclass_fields__}
    figures["series"] = replace(events.series, metric="cpl")
    return RatioEpisode(**figures, of=ratio, figures=(10.0, 20.0), usual=(9.0, 11.0), cost=100.0, moved=-1)


def test_a_cost_is_reported_as_its_events_of_the_same_place_and_not_of_another() -> None:
    [outage] = _outages((12, 0, 9.0))
    leads = replace(outage, series=replace(outage.series, metric="leads"))
    dear = _part(leads, "campaign", "google g1", 0.3, score=12.0)
    cost = _cost(dear)
    branch, own = _part(leads, "branch", "N", 0.3, score=11.5), replace(dear, score=11.0)
    assert representative([0, 1, 2], [cost, branch, own], [12.0, 11.5, 11.0], 1.0) == 2
    assert representative([0, 1], [cost, branch], [12.0, 11.5], 1.0) == 0
