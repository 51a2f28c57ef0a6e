"""Goals beside what is reached of them."""

from collections.abc import Awaitable, Callable, Hashable
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Any
from uuid import UUID

from common.db import Connection
from services.analytics_service.domain.goal_metrics import (
    OF_CHANNEL,
    OF_SPEND,
    WEBSITE,
    Figure,
    Totals,
    figure_of_totals,
)
from services.analytics_service.domain.pace_goal import pace_goal
from services.analytics_service.store.channels import get_channel_spend, get_channel_totals, get_channels
from services.analytics_service.store.day_range import DateRange
from services.analytics_service.store.goals import Goal
from services.analytics_service.store.marketing_totals import get_marketing_totals
from services.analytics_service.store.website_totals import get_website_totals


class Standings:
    """How goals of a tenant stand; goals of the same days and channel share what is read for them."""

    def __init__(self, connection: Connection, tenant_id: UUID, today: date, channels: AbstractSet[str]) -> None:
        self._connection, self._tenant_id, self._today = connection, tenant_id, today
        self.channels = channels
        self._read: dict[tuple[Hashable, ...], Totals] = {}

    @classmethod
    async def open(cls, connection: Connection, tenant_id: UUID, today: date) -> "Standings":
        """By the channels that there are today."""
        return cls(connection, tenant_id, today, await get_channels(connection))

    def is_of_channel(self, goal: Goal) -> bool:
        """Whether what the goal names is a channel, and not a platform.

        `direct` and `email` may be either: they are the channel, but for metrics that there are of platforms alone.
        """
        return goal.channel in self.channels and goal.metric in OF_CHANNEL

    async def of(self, goal: Goal) -> dict[str, Any]:
        """The goal with where it stands, as answers have it."""

        async def figure_of(days: DateRange) -> Figure:
            return figure_of_totals(goal.metric, await self._totals(goal, days))

        period = DateRange(goal.period_start, goal.period_end)
        standing = await pace_goal(goal.metric, goal.target, period, self._today, figure_of)
        answer = goal._asdict() | standing._asdict()
        return {"id": answer.pop("goal_id"), **answer}

    async def _totals(self, goal: Goal, days: DateRange) -> Totals:
        if self.is_of_channel(goal):
            totals = await self._once(get_channel_totals, days, goal.channel)
            spend = await self._once(get_channel_spend, days, goal.channel) if goal.metric in OF_SPEND else {}
            return {**totals, **spend}
        if goal.metric in WEBSITE:
            return await self._once(get_website_totals, days)
        return await self._once(get_marketing_totals, days, goal.channel)

    async def _once(self, read: Callable[..., Awaitable[Totals]], *asked: Hashable) -> Totals:
        """What is read for one goal serves the others."""
        if (read, *asked) not in self._read:
            self._read[read, *asked] = await read(self._connection, self._tenant_id, *asked)
        return self._read[read, *asked]
