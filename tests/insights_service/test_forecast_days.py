"""Forecasts of a metric's days."""

from datetime import date, timedelta
from typing import Any, cast
from uuid import UUID

import pytest

from common.http.context import ServiceContext
from services.insights_service.domain import forecast_days as module
from services.insights_service.domain.forecast_days import ForecastMetric, forecast_days

TODAY = date(2026, 5, 4)


@pytest.mark.parametrize(("metric", "last"), [("leads", TODAY - timedelta(1)), ("revenue", TODAY - timedelta(31))])
async def test_days_before_the_first_and_leads_too_young_for_contracts_are_left_out(
    metric: ForecastMetric, last: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    async def figures(*arguments: Any) -> list[float]:
        asked.append(arguments)
        first, end = arguments[4:]
        days = [first + timedelta(n) for n in range((end - first).days + 1)]
        return [7.0 if end - day < timedelta(120) else 0.0 for day in days]

    monkeypatch.setattr(module, "day_values", figures)
    service = cast("ServiceContext", None)
    days = await forecast_days(service, UUID(int=1), metric, "email", 5, TODAY)
    assert asked[0][2:] == (metric, "email", last - timedelta(3 * 365), last)
    assert [day["dt"] for day in days] == [TODAY + timedelta(n) for n in range(5)]
    # (three years of zeros before would have it lower)
    assert {day["mean"] for day in days} == {7.0}
