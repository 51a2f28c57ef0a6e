"""The route by which a rep works a task: sets its status, its note or the day of its snooze."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from common.auth.principal import Principal
from common.clock import now
from common.db import Connection
from common.http.context import Context
from common.http.json import JsonAnswer
from services.analytics_service.api.callers import TaskWorker
from services.analytics_service.api.shapes import TaskChange, WorkedTask
from services.analytics_service.domain.task_change import (
    OPEN,
    WorkedStatus,
    changed_status,
    is_task_key,
    lies_within,
)
from services.analytics_service.errors import BranchNotYours, TaskKindUnknown, TaskNotFound
from services.analytics_service.store.task_kinds import TASK_KINDS, TaskKind
from services.analytics_service.store.task_status import get_status, place_of_task, set_status
from services.analytics_service.store.worked_task import Worked

router = APIRouter(tags=["tasks"], prefix="/analytics/tasks")


@router.patch("/{kind}/{task_key}", summary="Work a task", response_model=None, responses={200: {"model": WorkedTask}})
async def work_task(kind: str, task_key: str, body: TaskChange, caller: TaskWorker, context: Context) -> JsonAnswer:
    """Set the status, the note or the day of a snooze. Reps and analysts may work tasks of their own branches only."""
    if kind not in TASK_KINDS:
        message = f"the kinds of task are {', '.join(TASK_KINDS)}"
        raise TaskKindUnknown(message)
    given = body.model_dump(exclude_unset=True)
    async with context.db.of(caller) as connection:
        await _check_access(connection, caller, kind, task_key)
        before = await _status(connection, caller.tenant_id, kind, task_key)
        after = changed_status(before, given)
        worked = Worked(after, caller.email, now())
        await set_status(connection, caller.tenant_id, kind, task_key, worked)
    context.extras["refresher"].wake()
    return JsonAnswer(
        {
            "task_key": task_key,
            "kind": kind,
            **after._asdict(),
            "worked_by": worked.by,
            "worked_at": worked.at,
        }
    )


async def _check_access(connection: Connection, caller: Principal, kind: TaskKind, task_key: str) -> None:
    """Check that the caller may work the task.

    Raises:
        TaskNotFound: the task does not exist, or the caller may not see it and must not learn that it exists.
        BranchNotYours: the caller may see the task but not work it.
    """
    place = await place_of_task(connection, caller.tenant_id, kind, task_key) if is_task_key(task_key) else None
    if place is None or not lies_within(place.location_id, caller.readable_branches):
        raise TaskNotFound
    if not lies_within(place.location_id, caller.workable_branches):
        raise BranchNotYours


async def _status(connection: Connection, tenant_id: UUID, kind: TaskKind, task_key: str) -> WorkedStatus:
    row: Any = await get_status(connection, tenant_id, kind, task_key)
    return OPEN if row is None else WorkedStatus(row["status"], row["note"], row["snooze_until"])
