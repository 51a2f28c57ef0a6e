"""The progress of goals, as answers show it."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from common.db import Connection
from services.analytics_service.domain.goal_metrics import (
    CHANNEL_METRICS,
    SPEND_METRICS,
    WEBSITE_METRICS,
    WITHOUT_MONTHS,
    Figure,
    Totals,
    figure_of_totals,
)
from services.analytics_service.domain.pace_goal import days_before_today, days_so_far, pace_goal
from services.analytics_service.store.channels import get_channel_spend, get_channel_totals, get_channels
from services.analytics_service.store.day_range import DateRange
from services.analytics_service.store.goals import Goal
from services.analytics_service.store.marketing_totals import TotalsQuery, get_marketing_totals
from services.analytics_service.store.retention import get_kept_from
from services.analytics_service.store.website_totals import get_website_totals


class GoalProgress:
    """Computes the progress of a tenant's goals. Totals of the same days and channel are read once."""

    def __init__(
        self,
        connection: Connection,
        tenant_id: UUID,
        today: date,
        channels: AbstractSet[str],
        days_kept_from: date | None,
    ) -> None:
        self._connection, self._tenant_id, self._today = connection, tenant_id, today
        self.channels, self._days_kept_from = channels, days_kept_from
        self._totals_read: dict[tuple[Hashable, ...], Totals] = {}
        self._marketing_totals: dict[TotalsQuery, Totals] = {}

    @classmethod
    async def open(cls, connection: Connection, tenant_id: UUID, today: date) -> "GoalProgress":
        """Open it with the channels that the rules know today."""
        kept_from = await get_kept_from(connection, tenant_id)
        return cls(connection, tenant_id, today, await get_channels(connection), kept_from.days)

    def is_of_channel(self, goal: Goal) -> bool:
        """Return whether the name in the goal means a channel, not a platform.

        `direct` and `email` are both. They mean the channel, except for metrics that only platforms have.
        """
        return goal.channel in self.channels and goal.metric in CHANNEL_METRICS

    async def of_all(self, goals: Sequence[Goal]) -> list[dict[str, Any]]:
        """Return each goal with its progress. Marketing's totals are read for all goals in one statement."""
        await self._read_marketing([query for goal in goals for query in self._totals_queries(goal)])
        return [await self.of(goal) for goal in goals]

    async def of(self, goal: Goal) -> dict[str, Any]:
        """Return the goal with its progress, in the shape of the answers."""

        async def figure_of(days: DateRange) -> Figure:
            figure = figure_of_totals(goal.metric, await self._totals(goal, days))
            return replace(figure, is_complete=self._is_complete(goal.metric, days))

        period = DateRange(goal.period_start, goal.period_end)
        paced = await pace_goal(goal.metric, goal.target, period, self._today, figure_of)
        answer = goal._asdict() | paced._asdict()
        return {"id": answer.pop("goal_id"), **answer}

    async def channel_totals(self, days: DateRange, channel: str) -> Totals:
        """Return the exact sums of a channel's leads and sessions."""
        return await self._read_once(get_channel_totals, days, channel)

    def _is_complete(self, metric: str, days: DateRange) -> bool:
        """Return whether all the days are in the totals: of those removed by age, only whole months are."""
        kept_from = self._days_kept_from
        if kept_from is None or days.start >= kept_from:
            return True
        end = days.end + timedelta(days=1)
        return metric not in WITHOUT_MONTHS and days.start.day == 1 and (end >= kept_from or end.day == 1)

    async def _totals(self, goal: Goal, days: DateRange) -> Totals:
        if goal.channel is not None and self.is_of_channel(goal):
            totals = await self.channel_totals(days, goal.channel)
            spend = await self._read_once(get_channel_spend, days, goal.channel) if goal.metric in SPEND_METRICS else {}
            return {**totals, **spend}
        if goal.metric in WEBSITE_METRICS:
            return await self._read_once(get_website_totals, days)
        query = TotalsQuery(days, goal.channel)
        await self._read_marketing([query])
        return self._marketing_totals[query]

    def _totals_queries(self, goal: Goal) -> list[TotalsQuery]:
        """Return the queries for marketing's totals that pace_goal will make for this goal."""
        if self.is_of_channel(goal) or goal.metric in WEBSITE_METRICS:
            return []
        period = DateRange(goal.period_start, goal.period_end)
        ranges = (days_so_far(period, self._today), days_before_today(goal.metric, period, self._today))
        return [TotalsQuery(days, goal.channel) for days in ranges if days is not None]

    async def _read_marketing(self, queries: list[TotalsQuery]) -> None:
        unread = [query for query in dict.fromkeys(queries) if query not in self._marketing_totals]
        self._marketing_totals |= await get_marketing_totals(self._connection, self._tenant_id, unread)

    async def _read_once(self, read: Callable[..., Awaitable[Totals]], *arguments: Hashable) -> Totals:
        """Read totals, or return those already read for another goal."""
        if (read, *arguments) not in self._totals_read:
            self._totals_read[read, *arguments] = await read(self._connection, self._tenant_id, *arguments)
        return self._totals_read[read, *arguments]
