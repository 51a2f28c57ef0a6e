"""Sample evidence of insights for tests."""

from typing import Any

from services.insights_service.domain.evidence.shapes import (
    Anomaly,
    AnyEvidence,
    BudgetAdvice,
    GoalOutlook,
    LateSource,
    LevelShift,
    Member,
    Missing,
    Part,
    Range,
    Reason,
    Window,
)


def part(dimension: str, *names: str) -> Part:
    return Part(dimension=dimension, members=[Member(id=name.lower(), name=name) for name in names])


META, OMAHA = Part(dimension="platform", members=[Member(id="meta")]), part("branch", "Omaha")
MORNING = Window(start="2026-11-22T16:00:00Z", end="2026-11-22T22:00:00Z")
NIGHT = Window(start="2026-11-22T03:00:00Z", end="2026-11-22T09:00:00Z")


def anomaly(**changed: Any) -> Anomaly:
    """Return evidence that leads from Meta in Omaha have stopped."""
    given: dict[str, Any] = {
        "metric": "leads",
        "unit": "count",
        "grain": "hour",
        "window": MORNING,
        "is_ongoing": True,
        "expected": 41.7,
        "actual": 3,
        "low": 31.2,
        "high": 54,
        "direction": "down",
        "change_pct": -92.8,
        "return_period_days": 400.0,
        "segment": [META, OMAHA],
    }
    return Anomaly(**{**given, **changed})


def advice(**changed: Any) -> BudgetAdvice:
    """Return evidence about a campaign with cheap leads."""
    given: dict[str, Any] = {
        "action": "scale",
        "platform": "google",
        "campaign_name": "Search · Valves",
        "currency": "USD",
        "days": 30,
        "cpl": 4.1,
        "cpl_usual": 7.35,
        "roas": 4.2,
        "daily_spend": 40,
        "next_daily_spend": 48,
        "step_pct": 20,
        "expected_range": Range(low=9.4, high=14.2),
        "expected_cpl": Range(low=3.4, high=5.1),
        "confidence": 0.93,
    }
    return BudgetAdvice(**{**given, **changed})


REASONS = [
    Reason(segment=[part("campaign", "Spring sale")], expected=38, actual=1, share_pct=95.6),
    Reason(segment=[part("campaign", "A", "B"), OMAHA], expected=4, actual=2, share_pct=5.2),
    Reason(segment=[], expected=4, actual=3, share_pct=2.6),
    Reason(segment=[part("branch", "Lincoln")], expected=1, actual=2, share_pct=1.1),
]
VND_REVENUE = anomaly(
    metric="revenue",
    unit="money",
    grain="day",
    window=Window(start="2026-11-18", end="2026-11-22"),
    is_ongoing=False,
    expected=8_412_345,
    actual=3_100_000,
    low=6e6,
    high=1.04e7,
    change_pct=-63,
    return_period_days=1500.0,
    currency="VND",
    segment=[part("branch", "Quận 1")],
    provisional=True,
)
LEVEL = LevelShift(
    metric="leads",
    unit="count",
    grain="day",
    window=Window(start="2026-11-03", end="2026-11-22"),
    expected=40.2,
    actual=25.4,
    low=31,
    high=49,
    direction="down",
    change_pct=-37,
    return_period_days=3652.0,
    segment=[OMAHA],
)
LATE = LateSource(source="ga4", since="2026-11-22T16:00:00Z", metrics=["sessions", "purchases"])
SILENT_ADS = LateSource(
    source="tiktok_ads",
    since="2026-11-18",
    status="silent",
    metric="spend",
    unit="money",
    grain="day",
    metrics=["spend"],
)
WORSE = advice(
    action="pause",
    platform="meta",
    campaign_name="Prospecting",
    cpl=19.52,
    step_pct=-20,
    confidence=0.999,
    next_daily_spend=32,
)
GOAL = GoalOutlook(
    metric="leads",
    unit="count",
    grain="day",
    window=Window(start="2026-11-01", end="2026-12-01"),
    outlook="behind",
    goal_id="5d0f",
    name="November's leads",
    target=1000,
    so_far=604,
    expected=868.4,
    expected_range=Range(low=829.6, high=910.2),
    days_left=9,
    needed_a_day=44,
    usual_a_day=29.4,
)
OVERSPENT = GoalOutlook(
    metric="spend",
    unit="money",
    grain="day",
    currency="USD",
    window=Window(start="2026-11-01", end="2026-12-01"),
    segment=[META],
    outlook="behind",
    goal_id="5d10",
    name="Meta's budget",
    target=1000,
    so_far=980,
    expected=1210,
    expected_range=Range(low=1102.4, high=1301.9),
    days_left=1,
    needed_a_day=20,
    usual_a_day=41.5,
)
UNJUDGED = advice(action="monitor", missing=Missing(have=9, need=30, what="conversions"), cpl=None)
EVERY_KIND: dict[str, AnyEvidence] = {
    "anomaly": anomaly(reasons=REASONS),
    "money": VND_REVENUE,
    "level": LEVEL,
    "scale": advice(),
    "pause": WORSE,
    "unjudged": UNJUDGED,
    "goal": GOAL,
    "budget": OVERSPENT,
    "late": LATE,
}
