"""Store or undo a rep's action on tasks, with the event for analytics in the same transaction."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from common.clock import now
from common.db import Database
from common.events.contracts.email_task_worked import TaskWorked
from common.events.outbox import publish
from services.email_service.store.task_work import (
    Action,
    TaskId,
    TaskState,
    add_action,
    find_action,
    mark_undone,
    task_states,
)

STATUS_OF = {"done": "done", "not_reached": "not_reached", "snooze": "snoozed", "not_mine": "dismissed"}
SNOOZE_DAYS = (1, 3, 7)
LONGEST_NOTE = 500
WAIT_SECONDS = 2.0
_POLL_SECONDS = 0.04
NOT_MINE = "Not mine"


class Page(NamedTuple):
    """A task page: the delivery, the customer's number in it, and the rep."""

    tenant_id: UUID
    delivery_id: UUID
    customer_no: int
    rep_email: str


class Work(NamedTuple):
    """An action on some tasks."""

    action: str
    tasks: Sequence[TaskId]
    note: str | None
    snooze_until: date | None


class Worked(NamedTuple):
    """The action and when it was stored. If `others` has states that somebody else set, nothing was stored."""

    action_id: UUID
    at: datetime
    others: dict[TaskId, TaskState]


class Undone(NamedTuple):
    """The tasks that were undone, and when. If `others` has states that somebody else set since, nothing was undone."""

    at: datetime
    tasks: list[TaskId]
    others: dict[TaskId, TaskState]


async def work_tasks(db: Database, page: Page, work: Work, since: datetime, *, anyway: bool) -> Worked:
    """Store the action, unless somebody else has worked one of the tasks after `since` and `anyway` is not set."""
    at, action_id = now(), uuid4()
    status = STATUS_OF[work.action]
    note = _note(work)
    async with db.tenant(page.tenant_id) as connection:
        before = await task_states(connection, page.tenant_id, work.tasks)
        others = states_set_by_others(before, page.rep_email, since)
        if others and not anyway:
            return Worked(action_id, at, others)
        new = TaskState(status, note, work.snooze_until, page.rep_email, at)
        actions = [Action(kind, key, new, before.get((kind, key), TaskState())) for kind, key in work.tasks]
        await add_action(connection, page.tenant_id, action_id, page.delivery_id, page.customer_no, actions)
        for kind, key in work.tasks:
            await publish(connection, "email", _event(kind, key, new, at), page.tenant_id)
    return Worked(action_id, at, {})


async def undo_work(db: Database, page: Page, action_id: UUID) -> Undone:
    """Undo an action. Do nothing if it is undone already, or if somebody else has worked one of its tasks since."""
    at = now()
    async with db.tenant(page.tenant_id) as connection:
        action = await find_action(connection, page.tenant_id, action_id, page.delivery_id, page.customer_no)
        tasks = [(acted.kind, acted.task_key) for acted in action]
        states = await task_states(connection, page.tenant_id, tasks)
        since = max((acted.worked_at for acted in action), default=at)
        others = {task: state for task, state in states.items() if _is_set_by_other(state, page.rep_email, since)}
        if others or not action:
            return Undone(at, [], others)
        await mark_undone(connection, page.tenant_id, action_id, at)
        for acted in action:
            restored = acted.previous._replace(worked_by=page.rep_email, worked_at=at)
            await publish(connection, "email", _event(acted.kind, acted.task_key, restored, at), page.tenant_id)
    return Undone(at, tasks, {})


async def wait_until_shown(db: Database, tenant_id: UUID, tasks: Sequence[TaskId], at: datetime) -> bool:
    """Wait up to two seconds until analytics shows the action, so that the next page agrees with it.

    Returns:
        Whether it is shown.
    """
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                async with db.tenant(tenant_id, readonly=True) as connection:
                    states = await task_states(connection, tenant_id, tasks)
                if all((shown := states.get(task)) and shown.worked_at and shown.worked_at >= at for task in tasks):
                    return True
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        return False


def states_set_by_others(states: dict[TaskId, TaskState], rep_email: str, since: datetime) -> dict[TaskId, TaskState]:
    """Return the states, other than open, that another person has set after `since`."""
    return {
        task: state
        for task, state in states.items()
        if state.status != "open" and _is_set_by_other(state, rep_email, since)
    }


def states_set_by_rep(states: dict[TaskId, TaskState], rep_email: str) -> dict[TaskId, TaskState]:
    """Return the states, other than open, that the rep has set."""
    return {
        task: state
        for task, state in states.items()
        if state.status != "open" and state.worked_at is not None and state.worked_by.lower() == rep_email.lower()
    }


def _is_set_by_other(state: TaskState, rep_email: str, since: datetime) -> bool:
    is_later = state.worked_at is not None and state.worked_at > since
    return is_later and state.worked_by.lower() != rep_email.lower()


def _note(work: Work) -> str | None:
    if work.action != "not_mine":
        return work.note
    return f"{NOT_MINE}: {work.note}" if work.note else NOT_MINE


def _event(kind: str, key: str, state: TaskState, worked_at: datetime) -> TaskWorked:
    return TaskWorked(
        kind=kind,
        task_key=key,
        status=state.status,
        note=state.note,
        snooze_until=state.snooze_until,
        worked_by=state.worked_by,
        worked_at=worked_at,
    )
