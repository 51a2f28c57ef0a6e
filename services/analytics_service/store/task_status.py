"""What became of tasks: table `analytics.task_status`, and where a task lies."""

from typing import Any, NamedTuple
from uuid import UUID

from common.db import Connection
from services.analytics_service.store.dirty_keys import mark_follow_ups
from services.analytics_service.store.worked_task import Worked

_PLACES = {
    "purchases": ("sale", "location_id"),
    "cart-abandonment": ("open_cart", "location_id"),
    "search-analysis": ("session_search", "location_id"),
    "repeat-visits": ("session", "last_location_id"),
}


# What is kept of the first time stays as it was then, all of it.
_FIRST_WORK = ", ".join(
    f"{column} = case when t.first_worked_at is null then excluded.{column} else t.{column} end"
    for column in (
        "first_worked_at",
        "first_worked_by",
        "location_id",
        "user_pseudo_id",
        "user_id",
        "last_activity_at",
    )
)


class TaskPlace(NamedTuple):
    """The branch of a task; None where it has none."""

    location_id: str | None


async def place_of_task(connection: Connection, tenant_id: UUID, kind: str, task_key: str) -> TaskPlace | None:
    """Where a task lies, or None where there is no such task."""
    table, column = _PLACES[kind]
    row = await connection.fetchrow(
        f"select {column} from analytics.{table} where tenant_id = $1 and task_key = $2",  # noqa: S608 -- own names
        tenant_id,
        task_key,
    )
    return None if row is None else TaskPlace(row[0])


async def get_status(connection: Connection, tenant_id: UUID, kind: str, task_key: str) -> Any | None:
    """status, note and snooze_until of a task that was worked before."""
    return await connection.fetchrow(
        "select status, note, snooze_until from analytics.task_status"
        " where tenant_id = $1 and kind = $2 and task_key = $3 for update",
        tenant_id,
        kind,
        task_key,
    )


async def set_status(
    connection: Connection,
    tenant_id: UUID,
    kind: str,
    task_key: str,
    worked: Worked,
) -> None:
    """Write what became of a task; of two the one worked later holds.

    The first time that it is more than open, what the task stands on is kept with it: once its customer has bought, it
    may be no task any more.
    """
    await connection.execute(
        "insert into analytics.task_status as t"  # noqa: S608 -- own names
        " (tenant_id, kind, task_key, status, note, snooze_until, worked_by, worked_at,"
        " first_worked_at, first_worked_by, location_id, user_pseudo_id, user_id, last_activity_at)"
        " select $1, $2, $3, s.status, $5, $6, $7, s.worked_at, case when s.status <> 'open' then s.worked_at end,"
        " case when s.status <> 'open' then $7 end, o.location_id, o.user_pseudo_id, o.user_id, o.last_activity_at"
        " from (select $4::text as status, $8::timestamptz as worked_at) s"
        " left join lateral analytics.task_origin($1, $2, $3) o on s.status <> 'open'"
        " on conflict (tenant_id, kind, task_key) do update"
        " set status = excluded.status, note = excluded.note, snooze_until = excluded.snooze_until,"
        f" worked_by = excluded.worked_by, worked_at = excluded.worked_at, {_FIRST_WORK}"
        " where excluded.worked_at >= t.worked_at",
        tenant_id,
        kind,
        task_key,
        *worked.status,
        worked.by,
        worked.at,
    )
    await mark_follow_ups(connection, tenant_id, [], [task_key])
