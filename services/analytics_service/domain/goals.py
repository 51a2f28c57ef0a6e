"""Goals beside what is reached of them."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
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
from services.analytics_service.domain.pace_goal import days_before_today, days_so_far, pace_goal
from services.analytics_service.store.channels import get_channel_spend, get_channel_totals, get_channels
from services.analytics_service.store.day_range import DateRange
from services.analytics_service.store.goals import Goal
from services.analytics_service.store.marketing_totals import Asked, get_marketing_totals
from services.analytics_service.store.website_totals import get_website_totals


class GoalProgress:
    """How goals of a tenant stand; goals of the same days and channel share what is read for them."""

    def __init__(self, connection: Connection, tenant_id: UUID, today: date, channels: AbstractSet[str]) -> None:
        self._connection, self._tenant_id, self._today = connection, tenant_id, today
        self.channels = channels
        self._read: dict[tuple[Hashable, ...], Totals] = {}
        self._of_marketing: dict[Asked, Totals] = {}

    @classmethod
    async def open(cls, connection: Connection, tenant_id: UUID, today: date) -> "GoalProgress":
        """By the channels that there are today."""
        return cls(connection, tenant_id, today, await get_channels(connection))

    def is_of_channel(self, goal: Goal) -> bool:
        """Whether what the goal names is a channel, and not a platform.

        `direct` and `email` may be either: they are the channel, but for metrics that there are of platforms alone.
        """
        return goal.channel in self.channels and goal.metric in OF_CHANNEL

    async def of_all(self, goals: Sequence[Goal]) -> list[dict[str, Any]]:
        """Each of them with where it stands; what marketing brought is read for all of them at once."""
        await self._read_marketing([one for goal in goals for one in self._asked(goal)])
        return [await self.of(goal) for goal in goals]

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
        asked = Asked(days, goal.channel)
        await self._read_marketing([asked])
        return self._of_marketing[asked]

    def _asked(self, goal: Goal) -> list[Asked]:
        """What pace_goal will ask of marketing for it."""
        if self.is_of_channel(goal) or goal.metric in WEBSITE:
            return []
        period = DateRange(goal.period_start, goal.period_end)
        days = (days_so_far(period, self._today), days_before_today(goal.metric, period, self._today))
        return [Asked(one, goal.channel) for one in days if one is not None]

    async def _read_marketing(self, asked: list[Asked]) -> None:
        unread = [one for one in dict.fromkeys(asked) if one not in self._of_marketing]
        self._of_marketing |= await get_marketing_totals(self._connection, self._tenant_id, unread)

    async def _once(self, read: Callable[..., Awaitable[Totals]], *asked: Hashable) -> Totals:
        """What is read for one goal serves the others."""
        if (read, *asked) not in self._read:
            self._read[read, *asked] = await read(self._connection, self._tenant_id, *asked)
        return self._read[read, *asked]
