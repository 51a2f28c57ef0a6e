"""Goals that will probably be missed or met: reported once, and ended when the outcome is open again."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import numpy as np
import pytest

from common.clock import now
from services.insights_service.domain.generate import FINDERS
from services.insights_service.domain.goals.project_goals import Projection, project
from services.insights_service.domain.goals.stand_of_goals import Stand, stands_of
from services.insights_service.domain.told_days import ToldDays
from services.insights_service.sources.goals import Goal
from services.insights_service.store.candidates import StandingLate
from services.insights_service.store.series import Coverage, SourceState, get_coverage
from tests.insights_service.conftest import Company

TODAY = now().date()
LEADS = np.random.default_rng(3).poisson(np.resize([20, 20, 20, 20, 20, 8, 6], 200)).tolist()


def goal(target: float, *, metric: str = "leads", current: float = 0, begun: int = 12, left: int = 10) -> Goal:
    """Return a goal of the platform meta that began some days ago; today is the first of the days that are left."""
    period = {"period_start": TODAY - timedelta(begun), "period_end": TODAY + timedelta(left - 1)}
    return Goal(id="g", name="More leads", metric=metric, channel="meta", target=target, current=current, **period)


def projected(of: Goal, history: list[float] | None = None) -> Projection:
    one = project(of, LEADS if history is None else history, TODAY)
    assert one is not None
    return one


@pytest.mark.parametrize(
    ("of", "outlook"),
    [
        (goal(2_000), "behind"),
        (goal(100), "ahead"),
        (goal(sum(LEADS[-12:]) + 10 * 16), None),
        # A budget can only be overspent; spending little is not reported.
        (goal(100, metric="spend"), "behind"),
        (goal(2_000, metric="spend"), None),
        # The sum so far includes today's.
        (goal(700, current=720), "ahead"),
    ],
)
def test_a_goal_is_reported_if_its_outcome_is_ninety_percent_certain(of: Goal, outlook: str | None) -> None:
    one = projected(of)
    assert one.outlook == outlook
    assert one.low <= one.expected <= one.high
    assert (one.so_far, one.days_left) == (sum(LEADS[-12:]), 10)
    assert one.needed_a_day == max(of.target - one.so_far, 0) / 10


def test_a_projection_needs_two_weeks_of_history() -> None:
    assert project(goal(100), LEADS[:13], TODAY) is None
    assert projected(goal(100), [0.0] * 14).outlook == "behind"


YESTERDAY, NIGHT = TODAY - timedelta(1), datetime.combine(TODAY, time(3), tzinfo=UTC)
NOBODY_LATE = Coverage("UTC", None, "EUR", NIGHT, None, None, [])


def source(kind: str, *, days: int = 0, platforms: tuple[str, ...] = ()) -> SourceState:
    """Return a source that was read some days ago."""
    return SourceState(kind, NIGHT - timedelta(days), platforms=platforms)


GA4 = NOBODY_LATE._replace(sources=[source("ga4")], roads={YESTERDAY: 2})
META = NOBODY_LATE._replace(sources=[source("meta_ads", days=5)])


@pytest.mark.parametrize(
    ("metric", "channel", "coverage", "nothing_in", "late", "days"),
    [
        # Days without rows from files may be filled by the next file, until it is late.
        ("leads", None, NOBODY_LATE, 0, (), 0),
        ("leads", None, NOBODY_LATE, 1, (), 1),
        ("leads", None, NOBODY_LATE, 5, (), 2),
        ("leads", None, NOBODY_LATE, 5, ("leads",), 5),
        ("leads", None, NOBODY_LATE, 5, ("sessions",), 2),
        ("sessions", None, NOBODY_LATE, 1, (), 1),
        # Google reports a day within two days. If there were purchases, a report half a day later is complete.
        ("sessions", None, GA4, 2, (), 2),
        ("page_views", None, GA4, 0, (), 1),
        ("purchases", None, GA4, 5, (), 2),
        ("leads", None, GA4, 5, (), 2),
        ("spend", "meta", META, 0, (), 5),
        ("spend", "google", META, 0, (), 0),
        ("spend", "google", META, 1, (), 1),
        ("spend", None, META, 0, (), 5),
        ("spend", None, META._replace(sources=[source("meta_ads", days=8)]), 0, (), 8),
    ],
)
def test_days_that_a_source_has_not_reported_are_not_taken_for_zeros(
    metric: str, channel: str | None, coverage: Coverage, nothing_in: int, late: tuple[str, ...], days: int
) -> None:
    history = [20.0] * (60 - nothing_in) + [0.0] * nothing_in
    standing = StandingLate("late_source:crm", "leads", None, NIGHT - timedelta(5), late)
    told = ToldDays(coverage, [standing], TODAY, NIGHT)
    assert told.end(metric, channel, history) == TODAY - timedelta(days)


@pytest.mark.parametrize(("days", "state"), [(7, "behind"), (8, "unreported")])
def test_a_goal_whose_figures_are_missing_for_over_a_week_is_not_projected(days: int, state: str) -> None:
    of, history = goal(2_000), [float(count) for count in LEADS]
    told = ToldDays(NOBODY_LATE, [StandingLate("", "leads", None, NIGHT - timedelta(days), ("leads",))], TODAY, NIGHT)
    [stand] = stands_of([of], {(of.metric, of.channel): history}, TODAY, told)
    assert isinstance(stand, Stand)
    assert stand.state == state


@pytest.mark.parametrize(("kept", "state"), [(12, "behind"), (11, "removed")])
def test_a_goal_some_of_whose_days_were_removed_by_age_is_not_projected(kept: int, state: str) -> None:
    of, history = goal(2_000), [float(count) for count in LEADS]
    told = ToldDays(NOBODY_LATE._replace(days_from=TODAY - timedelta(kept)), [], TODAY, NIGHT)
    [stand] = stands_of([of], {(of.metric, of.channel): history}, TODAY, told)
    assert isinstance(stand, Stand)
    assert stand.state == state


def answered(of: Goal, channel: str | None = "meta", **odd: Any) -> dict[str, Any]:
    """Return a goal as analytics answers it."""
    return {
        "id": f"{of.id} {channel}", "name": f"{of.name} from {channel}", "metric": of.metric, "channel": channel,
        "target": of.target, "current": of.current, "period_start": str(of.period_start),
        "period_end": str(of.period_end), "pace": "behind", "projected": 1, **odd,
    }  # fmt: skip


async def shown_goals(company: Company, *goals: dict[str, Any]) -> list[dict[str, Any]]:
    """Generate once with these goals, and return the shown insights about goals."""
    company.advisor.goals[company.tenant_id] = list(goals)
    job = await company.generate()
    assert job["status"] == "completed", job
    return [one for one in await company.insights() if one["rule"].startswith("goal.")]


def lasting(leads: float) -> list[dict[str, Any]]:
    return [{"dt": str(TODAY - timedelta(200 - place)), "leads": leads * n} for place, n in enumerate(LEADS)]


@pytest.mark.asyncio(loop_scope="module")
async def test_a_goal_that_will_be_missed_is_reported_once_with_a_chart_and_ends_when_it_is_open_again(
    company: Company,
) -> None:
    company.advisor.days[company.tenant_id] = lasting(1)
    ambitious, cheap = goal(900, current=sum(LEADS[-12:])), goal(1, metric="cpl", current=90)
    await shown_goals(company, answered(ambitious), answered(cheap, None))
    [insight] = await shown_goals(company, answered(ambitious), answered(cheap, None))
    assert (insight["rule"], insight["insight_type"], insight["severity"]) == ("goal.behind", "trend", "high")
    evidence = insight["evidence"]
    assert (evidence["so_far"], evidence["days_left"]) == (sum(LEADS[-12:]), 10)
    assert evidence["expected_range"]["low"] < evidence["expected"] < evidence["expected_range"]["high"] < 900
    assert evidence["needed_a_day"] == pytest.approx((900 - evidence["so_far"]) / 10, abs=0.01)
    to_come = [point for point in evidence["series"] if point["actual"] is None]
    assert [point["at"] for point in to_come] == [str(TODAY + timedelta(n)) for n in range(10)]
    assert sum(point["expected"] for point in to_come) + evidence["so_far"] == pytest.approx(evidence["expected"], 0.01)
    assert insight["title"].startswith("Leads from Meta from ")
    assert insight["title"].endswith(" of 900")
    assert "“More leads from meta”" in insight["description"]
    assert [event["rule"] for event in await company.told()] == ["goal.behind"]
    picture = await company.call("GET", f"/insights/{insight['id']}/chart.png", "analyst")
    assert (picture.status_code, picture.content[:4]) == (200, b"\x89PNG")

    [met] = await shown_goals(company, answered(goal(150)))
    assert (met["rule"], met["severity"]) == ("goal.ahead", "low")
    assert await shown_goals(company, answered(goal(sum(LEADS[-12:]) + 160))) == []
    over = await company.insights(status="resolved")
    assert {event["rule"]: (event["status_by"], event["status_note"]) for event in over} == {
        "goal.behind": (None, "over: by now the goal will probably be met"),
        "goal.ahead": (None, "over: whether the goal will be met is uncertain again"),
    }


@pytest.mark.asyncio(loop_scope="module")
async def test_each_goal_fails_alone_and_its_insight_stays_open(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = list[Any]()

    async def counted(*arguments: Any) -> Coverage:
        read.append(arguments)
        return await get_coverage(*arguments)

    monkeypatch.setattr("services.insights_service.domain.look.get_coverage", counted)
    monkeypatch.setattr("services.insights_service.jobs.generate_insights._LONGEST_WAIT", timedelta(0))
    company.advisor.days[company.tenant_id] = lasting(1)
    channels = ("meta", "google", "tiktok", "shopee", "lazada")
    insights = await shown_goals(company, *(answered(goal(900), channel) for channel in channels))
    # A look reads the coverage only once for all goals.
    assert ({one["rule"] for one in insights}, len(insights), len(read)) == ({"goal.behind"}, 5, 1)

    def breaks_off(of: Goal, *more: Any) -> Projection | None:
        if of.channel == "zalo":
            raise KeyError
        return project(of, *more)

    # One goal is refused, one has invalid days, two are invalid themselves, and projecting one fails. The others are
    # looked at.
    monkeypatch.setattr("services.insights_service.domain.goals.stand_of_goals.project", breaks_off)
    monkeypatch.setattr(company.advisor, "instead", {"google": 422, "tiktok": [{"dt": "2026-01-01"}]})
    endless = answered(goal(900), "shopee", period_end="9999-12-31")
    company.advisor.goals[company.tenant_id] = [
        *(answered(goal(900), "google"), answered(goal(900), "tiktok"), endless),
        *(answered(goal(900), "lazada", target=None), answered(goal(100)), answered(goal(0.1), "zalo")),
    ]
    job = await company.generate()
    odd = f"the analytics service's answer to /api/goals/{company.tenant_id} is not what its contract says"
    trend = "the analytics service's answer to /api/analytics/campaigns/v7/metrics/trend is not what its contract says"
    assert (job["status"], sorted(job["error"].removeprefix("goals: ").split("; goals: "))) == (
        "failed",
        [
            "“More leads from google”: the analytics service answered 422 to /api/analytics/campaigns/v7/metrics/trend",
            f"“More leads from lazada”: {odd}: Expected `float`, got `null` - at `$.target`",
            f"“More leads from shopee”: {odd}: a period from {TODAY - timedelta(12)} to 9999-12-31",
            f"“More leads from tiktok”: {trend}: 'leads'",
            "“More leads from zalo”: internal error (KeyError)",
        ],
    )
    assert job["counts"] == {"found": 0, "new": 1, "changed": 0, "ended": 1, "told": 1}
    rules = {one["evidence"]["name"]: one["rule"] for one in await company.insights()}
    assert rules == {
        f"More leads from {channel}": f"goal.{'ahead' if channel == 'meta' else 'behind'}" for channel in channels
    }

    # After a few calls without an answer, no more are made; and each goal ends with its own reason.
    monkeypatch.setattr(company.advisor, "instead", dict.fromkeys(channels, 503))
    company.advisor.goals[company.tenant_id] = [answered(goal(900), channel) for channel in channels]
    away = await company.generate()
    assert (away["status"], away["error"].count("cannot answer now (503)")) == ("failed", 5)
    assert len(await company.insights()) == 5
    monkeypatch.setattr(company.advisor, "instead", {})
    read.clear()
    assert await shown_goals(company, answered(goal(900, left=0), "google")) == []
    notes = {one["evidence"]["name"]: one["status_note"] for one in await company.insights(status="resolved")}
    assert notes["More leads from google"] == "over: the goal's period has ended"
    assert notes["More leads from tiktok"] == "over: the goal was removed, or measures other figures now"
    monkeypatch.setattr("services.insights_service.domain.generate.FINDERS", FINDERS[2:])
    read.clear()
    assert (await shown_goals(company), FINDERS[2].name, read) == ([], "goals", [])
