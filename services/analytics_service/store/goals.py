"""Goals: table `analytics.goal`."""

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from common.db import Connection
from common.pagination import MAX_LIMIT, PageParams
from services.analytics_service.store.day_range import DateRange

_COLUMNS = "goal_id, name, metric, channel, target, period_start, period_end, created_at, updated_at"


class Goal(NamedTuple):
    """A goal as it is stored."""

    goal_id: UUID
    name: str
    metric: str
    channel: str | None
    target: Decimal
    period_start: date
    period_end: date
    created_at: Any
    updated_at: Any


async def list_goals(connection: Connection, tenant_id: UUID, page: PageParams) -> tuple[list[Goal], int]:
    """Return a page of goals, the latest end first, and their total number."""
    total = await connection.fetchval("select count(*) from analytics.goal where tenant_id = $1", tenant_id)
    rows = await connection.fetch(
        f"select {_COLUMNS} from analytics.goal where tenant_id = $1"  # noqa: S608 -- own names
        " order by period_end desc, period_start desc, name, goal_id limit $2 offset $3",
        tenant_id,
        page.limit,
        page.offset,
    )
    return [Goal(*row) for row in rows], total or 0


async def goals_of_days(
    connection: Connection, tenant_id: UUID, days: DateRange, channel: str | None = None
) -> list[Goal]:
    """Return the goals whose periods overlap the days, the latest end first; at most as many as a page can have."""
    rows = await connection.fetch(
        f"select {_COLUMNS} from analytics.goal"  # noqa: S608 -- own names
        " where tenant_id = $1 and period_start <= $3 and period_end >= $2 and ($4::text is null or channel = $4)"
        " order by period_end desc, period_start desc, name, goal_id limit $5",
        tenant_id,
        *days,
        channel,
        MAX_LIMIT,
    )
    return [Goal(*row) for row in rows]


async def lock_goal(connection: Connection, tenant_id: UUID, goal_id: UUID) -> Goal | None:
    """Read a goal and lock it for a change."""
    row = await connection.fetchrow(
        f"select {_COLUMNS} from analytics.goal where tenant_id = $1 and goal_id = $2 for update",  # noqa: S608 -- own names
        tenant_id,
        goal_id,
    )
    return Goal(*row) if row else None


async def add_goal(connection: Connection, tenant_id: UUID, goal: dict[str, Any]) -> Goal:
    """Insert a goal."""
    row = await connection.fetchrow(
        "insert into analytics.goal (tenant_id, name, metric, channel, target, period_start, period_end)"  # noqa: S608 -- own names
        f" values ($1, $2, $3, $4, $5, $6, $7) returning {_COLUMNS}",
        tenant_id,
        *(goal[name] for name in ("name", "metric", "channel", "target", "period_start", "period_end")),
    )
    return Goal(*(row or ()))


async def change_goal(connection: Connection, tenant_id: UUID, goal: Goal) -> Goal:
    """Save a changed goal."""
    row = await connection.fetchrow(
        "update analytics.goal set name = $3, metric = $4, channel = $5, target = $6, period_start = $7,"  # noqa: S608 -- own names
        f" period_end = $8, updated_at = now() where tenant_id = $1 and goal_id = $2 returning {_COLUMNS}",
        tenant_id,
        *goal[:7],
    )
    return Goal(*(row or ()))


async def remove_goal(connection: Connection, tenant_id: UUID, goal_id: UUID) -> None:
    """Delete a goal."""
    await connection.execute("delete from analytics.goal where tenant_id = $1 and goal_id = $2", tenant_id, goal_id)
