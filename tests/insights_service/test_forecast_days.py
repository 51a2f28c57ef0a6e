"""Daily forecasts of a metric, and the last days that they leave out."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast
from uuid import UUID

import numpy as np
import pytest

from common.http.context import ServiceContext
from services.insights_service.domain import forecast_days as module
from services.insights_service.domain.forecast_days import ForecastMetric, forecast_days
from services.insights_service.domain.look import Look
from services.insights_service.store.candidates import StandingLate
from services.insights_service.store.series import Coverage

TODAY = date(2026, 5, 4)
NIGHT = datetime.combine(TODAY, time(3), tzinfo=UTC)
COVERAGE = Coverage("UTC", None, "EUR", NIGHT, None, None, [])


class LookAtLateSources(Look):
    """A look whose late sources are given, without a database."""

    def __init__(self, *late: StandingLate) -> None:
        super().__init__(cast("ServiceContext", None), UUID(int=1))
        self.moment = NIGHT
        self.found_late(late)

    async def coverage(self) -> Coverage:
        return COVERAGE


@pytest.fixture
def told_until(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Simulate seven a day for four months until `last`, and zeros before and after. `asked` records the calls."""
    simulated: dict[str, Any] = {"last": TODAY - timedelta(1)}

    async def figures(*arguments: Any) -> list[float]:
        simulated["asked"] = arguments[2:]
        first, end = arguments[4:]
        days = [first + timedelta(n) for n in range((end - first).days + 1)]
        return [7.0 if timedelta(0) <= simulated["last"] - day < timedelta(120) else 0.0 for day in days]

    monkeypatch.setattr(module, "day_values", figures)
    return simulated


async def test_days_before_the_first_are_left_out(told_until: dict[str, Any]) -> None:
    days = await forecast_days(LookAtLateSources(), "leads", "email", 5, TODAY)
    yesterday = TODAY - timedelta(1)
    assert told_until["asked"] == ("leads", "email", yesterday - timedelta(3 * 365), yesterday)
    assert [day["dt"] for day in days] == [TODAY + timedelta(n) for n in range(5)]
    # Three years of zeros before it would lower the forecast.
    assert {day["mean"] for day in days} == {7.0}


LATE = StandingLate("late_source:crm", "leads", None, NIGHT - timedelta(12), ("leads", "lead_revenue"))


@pytest.mark.parametrize(
    ("metric", "silent", "late", "means"),
    [
        # Leads that are too young for contracts have no revenue yet.
        ("revenue", 30, (), {7.0}),
        ("leads", 12, (LATE,), {7.0}),
        ("leads", 12, (), {0.0}),
        ("leads", 12, (LATE._replace(metrics=("spend",)),), {0.0}),
    ],
)
async def test_days_that_are_not_reported_yet_are_not_taken_for_zeros(
    metric: ForecastMetric, silent: int, late: tuple[StandingLate, ...], means: set[float], told_until: dict[str, Any]
) -> None:
    told_until["last"] = TODAY - timedelta(1 + silent)
    days = await forecast_days(LookAtLateSources(*late), metric, None, 5, TODAY)
    assert [day["dt"] for day in days] == [TODAY + timedelta(n) for n in range(5)]
    assert {round(day["mean"]) for day in days} == means


async def test_without_days_that_are_old_enough_nothing_is_forecast(told_until: dict[str, Any]) -> None:
    told_until["last"] = TODAY + timedelta(100)
    assert await forecast_days(LookAtLateSources(), "revenue", None, 5, TODAY) == []


async def test_a_day_has_the_same_figures_however_many_days_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(8)
    leads = rng.poisson(40 * np.exp(np.cumsum(rng.normal(0, 0.03, 150)))).astype(float).tolist()

    async def figures(*_: Any) -> list[float]:
        return leads

    monkeypatch.setattr(module, "day_values", figures)
    week, quarter = [await forecast_days(LookAtLateSources(), "leads", None, days, TODAY) for days in (7, 90)]
    assert len(week) == 7
    assert week == quarter[:7]
