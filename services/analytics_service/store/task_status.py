"""The status of tasks: table `analytics.task_status`, and the branch of a task."""

from typing import Any, NamedTuple
from uuid import UUID

from common.db import Connection
from services.analytics_service.store.dirty_keys import mark_follow_ups
from services.analytics_service.store.worked_task import Worked

_LOCATION_COLUMNS = {
    "purchases": ("sale", "location_id"),
    "cart-abandonment": ("open_cart", "location_id"),
    "search-analysis": ("session_search", "location_id"),
    "repeat-visits": ("session", "last_location_id"),
}


# Once set, the columns about the first time that a task was worked never change.
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
    """The branch of a task; None: it has none."""

    location_id: str | None


async def place_of_task(connection: Connection, tenant_id: UUID, kind: str, task_key: str) -> TaskPlace | None:
    """Return the branch of a task, or None if there is no such task."""
    table, column = _LOCATION_COLUMNS[kind]
    row = await connection.fetchrow(
        f"select {column} from analytics.{table} where tenant_id = $1 and task_key = $2",  # noqa: S608 -- own names
        tenant_id,
        task_key,
    )
    return None if row is None else TaskPlace(row[0])


async def get_status(connection: Connection, tenant_id: UUID, kind: str, task_key: str) -> Any | None:
    """Lock and return status, note and snooze_until of a task, or None if it was never worked."""
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
    """Save the status of a task; of two changes, the one that was made later remains.

    The first time that the status is not `open`, the task's branch, customer and last activity are saved with it: once
    the customer has bought, the task may no longer exist.
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
