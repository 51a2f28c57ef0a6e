"""Goals that will probably be missed or met: told once, with what is needed, and ended when it is open again."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import msgspec
import numpy as np
import pytest

from common.clock import now
from services.insights_service.domain.goals.project_goals import Projection, project
from services.insights_service.domain.goals.told_days import ToldDays
from services.insights_service.sources.goals import Goal
from services.insights_service.store.candidates import StandingLate
from services.insights_service.store.series import Coverage, SourceState
from tests.insights_service.conftest import Company

TODAY = now().date()
LEADS = np.random.default_rng(3).poisson(np.resize([20, 20, 20, 20, 20, 8, 6], 200)).tolist()


def goal(target: float, *, metric: str = "leads", current: float = 0, begun: int = 12, left: int = 10) -> Goal:
    """A goal of the channel meta that began so many days ago; today is the first of the days that are left."""
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
        # A budget is overspent or not; that little is spent is nobody's worry.
        (goal(100, metric="spend"), "behind"),
        (goal(2_000, metric="spend"), None),
        # What today has brought counts at once.
        (goal(700, current=720), "ahead"),
    ],
)
def test_a_goal_is_told_where_nine_of_ten_cases_say_the_same(of: Goal, outlook: str | None) -> None:
    one = projected(of)
    assert one.outlook == outlook
    assert one.low <= one.expected <= one.high
    assert (one.so_far, one.days_left) == (sum(LEADS[-12:]), 10)
    assert one.needed_a_day == max(of.target - one.so_far, 0) / 10


def test_of_a_fortnight_at_least_something_has_to_be_known() -> None:
    assert project(goal(100), LEADS[:13], TODAY) is None
    assert projected(goal(100), [0.0] * 14).outlook == "behind"


YESTERDAY, NIGHT = TODAY - timedelta(1), datetime.combine(TODAY, time(3), tzinfo=UTC)
NOBODY_LATE = Coverage("UTC", None, "EUR", NIGHT, None, None, [])


def source(kind: str, *, days: int = 0, platforms: tuple[str, ...] = ()) -> SourceState:
    """Read so many days ago."""
    return SourceState(kind, NIGHT - timedelta(days), platforms=platforms)


GA4 = NOBODY_LATE._replace(sources=[source("ga4")], roads={YESTERDAY: 2})
META = NOBODY_LATE._replace(sources=[source("meta_ads", days=5)])


@pytest.mark.parametrize(
    ("metric", "channel", "coverage", "nothing_in", "late", "days"),
    [
        ("leads", None, NOBODY_LATE, 5, (), 0),
        ("leads", None, NOBODY_LATE, 5, ("leads",), 5),
        ("leads", None, NOBODY_LATE, 5, ("sessions",), 0),
        # Google tells of a day within two; where somebody bought, what it tells of half a day later is all.
        ("sessions", None, GA4, 2, (), 2),
        ("page_views", None, GA4, 0, (), 1),
        ("purchases", None, GA4, 5, (), 2),
        ("leads", None, GA4, 5, (), 0),
        ("spend", "meta", META, 0, (), 5),
        ("spend", "google", META, 0, (), 0),
        ("spend", None, META, 0, (), 5),
        ("spend", None, META._replace(sources=[source("meta_ads", days=8)]), 0, (), None),
    ],
)
def test_days_that_a_source_has_not_told_are_no_days_of_nothing(
    metric: str, channel: str | None, coverage: Coverage, nothing_in: int, late: tuple[str, ...], days: int | None
) -> None:
    history = [20.0] * (60 - nothing_in) + [0.0] * nothing_in
    standing = StandingLate("late_source:crm", "leads", None, NIGHT - timedelta(5), late)
    told = ToldDays(coverage, [standing], TODAY, NIGHT)
    of = msgspec.structs.replace(goal(800, metric=metric), channel=channel)
    assert told.end(of, history) == (None if days is None else TODAY - timedelta(days))


async def said_of(company: Company, target: float) -> list[dict[str, Any]]:
    """Look once with a goal of so many; what is shown of goals."""
    of = goal(target, current=sum(LEADS[-12:]))
    company.advisor.goals[company.tenant_id] = [
        {
            "id": "g", "name": of.name, "metric": "leads", "channel": "meta", "target": target, "current": of.current,
            "period_start": str(of.period_start), "period_end": str(of.period_end), "pace": "behind", "projected": 1,
        },
        {
            "id": "h", "name": "Cheap leads", "metric": "cpl", "channel": None, "target": 1, "current": 90,
            "period_start": str(of.period_start), "period_end": str(of.period_end), "pace": "behind", "projected": 90,
        },
    ]  # fmt: skip
    job = await company.generate()
    assert job["status"] == "completed", job
    return [one for one in await company.insights() if one["rule"].startswith("goal.")]


@pytest.mark.asyncio(loop_scope="module")
async def test_a_goal_that_will_be_missed_is_told_once_with_a_picture_and_ends_when_it_is_open_again(
    company: Company,
) -> None:
    company.advisor.days[company.tenant_id] = [
        {"dt": str(TODAY - timedelta(200 - place)), "leads": leads} for place, leads in enumerate(LEADS)
    ]
    await said_of(company, 900)
    [told] = await said_of(company, 900)
    assert (told["rule"], told["insight_type"], told["severity"]) == ("goal.behind", "trend", "high")
    evidence = told["evidence"]
    assert (evidence["so_far"], evidence["days_left"]) == (sum(LEADS[-12:]), 10)
    assert evidence["expected_range"]["low"] < evidence["expected"] < evidence["expected_range"]["high"] < 900
    assert evidence["needed_a_day"] == pytest.approx((900 - evidence["so_far"]) / 10, abs=0.01)
    to_come = [point for point in evidence["series"] if point["actual"] is None]
    assert [point["at"] for point in to_come] == [str(TODAY + timedelta(n)) for n in range(10)]
    assert sum(point["expected"] for point in to_come) + evidence["so_far"] == pytest.approx(evidence["expected"], 0.01)
    assert told["title"].startswith("Leads from Meta from ")
    assert told["title"].endswith(" of 900")
    assert "“More leads”" in told["description"]
    assert [one["rule"] for one in await company.told()] == ["goal.behind"]
    picture = await company.call("GET", f"/insights/{told['id']}/chart.png", "analyst")
    assert (picture.status_code, picture.content[:4]) == (200, b"\x89PNG")

    [met] = await said_of(company, 150)
    assert (met["rule"], met["severity"]) == ("goal.ahead", "low")
    assert await said_of(company, sum(LEADS[-12:]) + 160) == []
    over = await company.insights(status="resolved")
    assert {one["rule"]: one["status_by"] for one in over} == {"goal.behind": None, "goal.ahead": None}
