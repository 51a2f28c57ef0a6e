"""Goals: which are valid, and their progress."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import uuid4

import pytest

from services.analytics_service.domain.goal_metrics import Figure
from services.analytics_service.domain.pace_goal import pace_goal
from services.analytics_service.store.day_range import DateRange
from tests.analytics_service import shop
from tests.analytics_service.conftest import Service
from tests.analytics_service.marketing_books import store_books
from tests.analytics_service.marketing_reference import AdDay, Books, Contract, Lead

APRIL = {"period_start": "2024-04-01", "period_end": "2024-04-30"}
NEW: dict[str, Any] = {"name": "Spring", "metric": "leads", "target": 4, **APRIL}
REFUSED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"name": "  "}, "name"),
    ({"name": "a\x00b"}, "name"),
    ({"metric": "happiness"}, "metric"),
    ({"channel": "Meta Ads"}, "channel"),
    ({"metric": "sessions", "channel": "meta"}, "channel"),
    ({"metric": "clicks", "channel": "paid-search"}, "channel"),
    ({"metric": "searches", "channel": "direct"}, "channel"),
    ({"metric": "website_conversion_rate", "channel": "paid-searches"}, "channel"),
    ({"target": 0}, "target"),
    ({"target": "NaN"}, "target"),
    ({"target": 10**16}, "target"),
    ({"period_end": "2024-03-31"}, "period_start"),
    ({"period_end": "2029-04-01"}, "period_end"),
    ({"period_start": "2024-02-30"}, "period_start"),
    ({"period_start": 0}, "period_start"),
    ({"owner": "me"}, "owner"),
)


@pytest.mark.parametrize(
    ("metric", "whole", "today", "standing"),
    [
        # Ten days and a target of 100: 10 a day are on track.
        ("leads", 30, 3, (30, "30.0", "on_track", 100)),
        ("leads", 32, 3, (32, "32.0", "ahead", Decimal("106.67"))),
        ("leads", 28, 3, (28, "28.0", "behind", Decimal("93.33"))),
        ("spend", 32, 3, (32, "32.0", "behind", Decimal("106.67"))),
        ("spend", 28, 3, (28, "28.0", "ahead", Decimal("93.33"))),
        ("cpl", 80, 3, (80, "125.0", "ahead", 80)),
        ("cpl", 200, 3, (200, "50.0", "behind", 200)),
        ("cpl", 0, 3, (0, "100.0", "ahead", 0)),
        ("cpl", -5, 3, (-5, "100.0", "ahead", -5)),
        ("spend", 0, 3, (0, "0.0", "ahead", 0)),
        ("roas", 105, 3, (105, "105.0", "ahead", 105)),
        # Rounding first would give 1.13, which is on track.
        ("revenue", Fraction("0.335"), 3, (Decimal("0.34"), "0.3", "behind", Decimal("1.12"))),
        ("revenue", Fraction("28.5"), 3, (Decimal("28.5"), "28.5", "on_track", 95)),
        ("revenue", Fraction("28.499"), 3, (Decimal("28.5"), "28.5", "behind", 95)),
        ("conversion_rate", Fraction("104.96"), 3, (105, "105.0", "on_track", 105)),
        (
            "revenue",
            10**40 + Fraction("0.125"),
            3,
            (
                Decimal(f"{10**40}.13"),
                f"{10**40}.1",
                "ahead",
                Decimal(f"{10**41 // 3}.75"),
            ),
        ),
        ("leads", 7, 0, (7, "7.0", "on_track", None)),
        ("leads", 94, 10, (94, "94.0", "behind", 94)),
        ("leads", 106, 400, (106, "106.0", "ahead", 106)),
        ("leads", 7, -1, (0, "0", "on_track", None)),
    ],
)
async def test_a_goals_pace_uses_the_days_that_are_over(
    metric: str, whole: Fraction | int, today: int, standing: tuple[Any, ...]
) -> None:
    async def figure_of(days: DateRange) -> Figure:
        assert days.start == start
        assert days.end <= start + timedelta(9)
        return Figure(Fraction(whole))

    start = date(2024, 4, 1)
    period = DateRange(start, start + timedelta(9))
    said = await pace_goal(metric, Decimal(100), period, start + timedelta(today), figure_of)
    assert said == (standing[0], Decimal(standing[1]), *standing[2:])


async def test_a_ratio_with_denominator_0_is_neither_ahead_nor_behind() -> None:
    async def figure_of(_: DateRange) -> Figure:
        return Figure(Fraction(0), is_defined=False)

    period = DateRange(date(2024, 4, 1), date(2024, 4, 30))
    said = await pace_goal("cpl", Decimal(9), period, date(2024, 4, 9), figure_of)
    assert said == (0, 0, "on_track", None)


async def test_goals_agree_with_the_figures(service: Service) -> None:
    leads = [Lead(str(n), date(2024, 4, 2), utm_source="google" if n else "fb") for n in range(3)]
    contracts = [Contract("C", "1", date(2024, 4, 9), Decimal("99.995"))]
    ads = [AdDay("google", "a", "1", "One", date(2024, 4, 3), Decimal(30), 1000, 50)]
    await store_books(service.stored, Books(leads, contracts, ads))
    await service.record(shop.a_day())
    expected = {
        ("leads", None): 3, ("leads", "facebook"): 1, ("contracts", None): 1, ("revenue", "google"): 100.0,
        ("spend", None): 30, ("cpl", "google"): 15, ("cpl", "meta"): 0, ("cpa", None): 30, ("cpc", None): 0.6,
        ("cpm", None): 30, ("ctr", None): 5, ("roas", None): 3.33, ("roi", None): 233.32,
        ("conversion_rate", None): 33.3, ("clicks", None): 50, ("impressions", None): 1000,
        ("purchases", None): 1, ("online_revenue", None): 20.5, ("add_to_carts", None): 1, ("sessions", None): 5,
        ("searches", None): 1, ("website_conversion_rate", None): 20,
        ("leads", "organic-search"): 2, ("contracts", "organic-search"): 1, ("revenue", "organic-search"): 100.0,
        ("conversion_rate", "organic-search"): 50, ("leads", "unassigned"): 0, ("leads", "organic-social"): 1,
        ("spend", "paid-search"): 30, ("roi", "paid-search"): -100, ("cpl", "paid-search"): 0,
        ("sessions", "direct"): 5, ("purchases", "direct"): 1, ("online_revenue", "direct"): 20.5,
        ("page_views", "direct"): 2, ("website_conversion_rate", "direct"): 20, ("leads", "direct"): 0,
    }  # fmt: skip
    for metric, channel in expected:
        goal = {**NEW, "name": f"{metric} {channel}", "metric": metric, "channel": channel}
        made = await service.client.post("/api/goals", json=goal, headers=service.people["manager"].headers)
        assert made.status_code == 201, made.text
    said = (await service.get(f"/api/goals/{service.tenant_id}", "analyst")).json()
    found = {goal["name"]: goal["current"] for goal in said["data"]}
    assert found == {f"{metric} {channel}": value for (metric, channel), value in expected.items()}
    kpi = (await service.get(
        "/api/analytics/dashboard/v5/kpi", date_from="2024-04-01", date_to="2024-04-30"
    )).json()  # fmt: skip
    for name in ("leads", "revenue", "spend", "roas"):
        assert kpi[name] == (found[f"{name} google"] if name == "revenue" else found[f"{name} None"])
    one = next(goal for goal in said["data"] if goal["name"] == "leads None")
    assert (one["progress_pct"], one["pace"], one["projected"]) == (75.0, "behind", 3)
    page = (await service.get(f"/api/goals/{service.tenant_id}", limit=3, page=13)).json()
    assert (page["total"], len(page["data"]), page["has_more"]) == (37, 1, False)
    named = {
        "leads": "leads",
        "contracts": "n_contracts",
        "sessions": "sessions",
        "revenue": "revenue",
        "spend": "spend",
    }
    for channel, count in (("organic-search", 4), ("paid-search", 3), ("direct", 6), ("display", 0), ("google", 0)):
        days = {"date_from": "2024-04-01", "date_to": "2024-04-30"}
        page = (await service.get(f"/api/analytics/channel/{channel}", **days)).json()
        assert [goal["channel"] for goal in page["goals"]] == [channel] * count
        for goal in page["goals"]:
            assert goal["metric"] not in named or goal["current"] == page["kpis"][named[goal["metric"]]], goal


async def test_a_goal_is_set_changed_and_deleted_by_managers_of_its_own_company(service: Service) -> None:
    async def call(method: str, path: str = "", who: str = "manager", body: Any = None) -> Any:
        headers = service.people[who].headers
        return await service.client.request(method, f"/api/goals{path}", json=body, headers=headers)

    for wrong, field in REFUSED:
        answer = await call("POST", body=NEW | wrong)
        assert answer.status_code == 422, wrong
        assert [error["field"] for error in answer.json()["errors"]] == [field], wrong
    made = await call("POST", body=NEW)
    goal = f"/{made.json()['id']}"
    for who in ("analyst", "rep of N"):
        answers = [await call("POST", "", who, NEW), await call("PUT", goal, who, {}), await call("DELETE", goal, who)]
        assert {answer.status_code for answer in answers} == {403}
    org = f"/{service.tenant_id}"
    assert [(await call("GET", org, who)).status_code for who in ("rep of N", "stranger")] == [403, 403]
    for place, who in ((goal, "stranger"), (f"/{uuid4()}", "manager")):
        answers = [await call("PUT", place, who, {}), await call("DELETE", place, who)]
        assert {answer.status_code for answer in answers} == {404}
    changed = await call("PUT", goal, body={"target": "8.5", "channel": "facebook"})
    assert (changed.status_code, changed.json()["target"], changed.json()["channel"]) == (200, 8.5, "meta")
    assert changed.json()["name"] == "Spring"
    for wrong, field in (({"period_end": "2024-01-01"}, "period_start"), ({"metric": "sessions"}, "channel")):
        answer = await call("PUT", goal, body=wrong)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert (await call("DELETE", goal)).status_code == 204
    assert (await call("GET", org)).json()["data"] == []
    written = await service.stored.writer.fetch(
        "select payload->>'action' from analytics.outbox where tenant_id = $1 order by occurred_at", service.tenant_id
    )
    assert [row[0] for row in written] == ["goal.created", "goal.changed", "goal.removed"]
