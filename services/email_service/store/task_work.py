"""Read the status of tasks from analytics, and store the reps' actions on them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from common.db import Connection

TaskId = tuple[str, str]


class TaskState(NamedTuple):
    """A task's status in analytics; a task without a row is open."""

    status: str = "open"
    note: str | None = None
    snooze_until: date | None = None
    worked_by: str = ""
    worked_at: datetime | None = None


class Action(NamedTuple):
    """A task of an action: the state that was set, and the state before."""

    kind: str
    task_key: str
    new: TaskState
    previous: TaskState


async def task_states(connection: Connection, tenant_id: UUID, tasks: Sequence[TaskId]) -> dict[TaskId, TaskState]:
    """Return the states of tasks by (kind, key); tasks without a row are left out."""
    rows = await connection.fetch(
        "select kind, task_key, status, note, snooze_until, worked_by, worked_at from analytics.task_status"
        " where tenant_id = $1 and (kind, task_key) in (select * from unnest($2::text[], $3::text[]))",
        tenant_id,
        [kind for kind, _ in tasks],
        [key for _, key in tasks],
    )
    return {(row[0], row[1]): TaskState(*row[2:]) for row in rows}


async def add_action(
    connection: Connection, tenant_id: UUID, action_id: UUID, delivery_id: UUID, customer_no: int, actions: list[Action]
) -> None:
    """Store a rep's action, with the tasks' states before it."""
    await connection.executemany(
        "insert into email.task_action (tenant_id, action_id, delivery_id, customer_no, kind, task_key, status, note,"
        " snooze_until, previous_status, previous_note, previous_snooze_until, worked_by, worked_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        [
            (
                tenant_id,
                action_id,
                delivery_id,
                customer_no,
                action.kind,
                action.task_key,
                action.new.status,
                action.new.note,
                action.new.snooze_until,
                action.previous.status,
                action.previous.note,
                action.previous.snooze_until,
                action.new.worked_by,
                action.new.worked_at,
            )
            for action in actions
        ],
    )


class ActedTask(NamedTuple):
    """A task of a stored action: when it was worked, and its state before."""

    kind: str
    task_key: str
    worked_at: datetime
    previous: TaskState


async def find_action(
    connection: Connection, tenant_id: UUID, action_id: UUID, delivery_id: UUID, customer_no: int
) -> list[ActedTask]:
    """Return the tasks of an action, locked against a second undo; none if it is undone or not this customer's."""
    rows = await connection.fetch(
        "select kind, task_key, worked_at, previous_status, previous_note, previous_snooze_until"
        " from email.task_action where tenant_id = $1 and action_id = $2 and delivery_id = $3"
        " and customer_no = $4 and undone_at is null order by kind, task_key for update",
        tenant_id,
        action_id,
        delivery_id,
        customer_no,
    )
    return [ActedTask(row[0], row[1], row[2], TaskState(*row[3:])) for row in rows]


async def mark_undone(connection: Connection, tenant_id: UUID, action_id: UUID, at: datetime) -> None:
    """Mark an action found by `find_action` as undone."""
    await connection.execute(
        "update email.task_action set undone_at = $3 where tenant_id = $1 and action_id = $2", tenant_id, action_id, at
    )
