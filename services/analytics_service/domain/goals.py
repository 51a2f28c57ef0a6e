"""Goals beside what is reached of them."""

from datetime import date
from typing import Any
from uuid import UUID

from common.db import Connection
from services.analytics_service.domain.goal_metrics import STATISTIC_OF, Figure, marketing_figure, website_figure
from services.analytics_service.domain.pace_goal import pace_goal
from services.analytics_service.store.day_range import DateRange
from services.analytics_service.store.goals import Goal
from services.analytics_service.store.marketing_totals import get_marketing_totals
from services.analytics_service.store.statistics import get_periods


class Standings:
    """How goals of a tenant stand; goals of the same days and platform share what is read for them."""

    def __init__(self, connection: Connection, tenant_id: UUID, today: date) -> None:
        self._connection, self._tenant_id, self._today = connection, tenant_id, today
        self._marketing: dict[tuple[DateRange, str | None], dict[str, Any]] = {}
        self._website: dict[DateRange, dict[str, Any]] = {}

    async def of(self, goal: Goal) -> dict[str, Any]:
        """The goal with where it stands, as answers have it."""

        async def figure_of(days: DateRange) -> Figure:
            if goal.metric in STATISTIC_OF:
                return website_figure(goal.metric, await self._statistics(days))
            return marketing_figure(goal.metric, await self._totals(days, goal.channel))

        period = DateRange(goal.period_start, goal.period_end)
        standing = await pace_goal(goal.metric, goal.target, period, self._today, figure_of)
        answer = goal._asdict() | standing._asdict()
        return {"id": answer.pop("goal_id"), **answer}

    async def _totals(self, days: DateRange, channel: str | None) -> dict[str, Any]:
        key = (days, channel)
        if key not in self._marketing:
            platforms = [channel] if channel else None
            totals = await get_marketing_totals(self._connection, self._tenant_id, days, platforms)
            self._marketing[key] = totals._asdict()
        return self._marketing[key]

    async def _statistics(self, days: DateRange) -> dict[str, Any]:
        if days not in self._website:
            current, _ = await get_periods(self._connection, self._tenant_id, days, None)
            self._website[days] = current.figures
        return self._website[days]
