"""Store the tasks of a report, and those left out because of a hold-out although their customers could be called."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from common.db import Connection
from common.db.jsonb import to_jsonb
from services.email_service.store.branch_task import BranchTask

# The customer number of left-out tasks, which have no block in the report.
_NO_BLOCK = 0
# `is_first` (not worked and not reported before) is computed once, here, where it takes one look-up by key. Reports of
# the last 24 hours are ignored: those that other reps of the branch get at the same time may or may not be visible to
# this transaction.
_INSERT_TASKS = """
insert into email.report_task (
    tenant_id, delivery_id, task_no, customer_no, kind, task_key, user_key, value, currency, last_activity_at, task,
    user_pseudo_id, user_id, is_held_out, is_first
)
select $1, $2, t.task_no, t.customer_no, t.kind, t.task_key, t.user_key, t.value, t.currency, t.last_activity_at,
    t.task, t.user_pseudo_id, t.user_id, t.is_held_out,
    not exists (
        select 1 from analytics.task_status w
        where w.tenant_id = $1 and w.kind = t.kind and w.task_key = t.task_key and w.first_worked_at is not null
    ) and not exists (
        select 1 from email.report_task x
        inner join email.delivery d on d.tenant_id = x.tenant_id and d.delivery_id = x.delivery_id
        where x.tenant_id = $1 and x.kind = t.kind and x.task_key = t.task_key
            and d.created_at < now() - interval '24 hours'
            and x.customer_no > 0 and d.status in ('sending', 'sent', 'written', 'unknown')
    )
from unnest(
    $3::text[], $4::int[], $5::text[], $6::text[], $7::numeric[], $8::text[], $9::timestamptz[], $10::jsonb[],
    $11::text[], $12::text[], $13::boolean[]
) with ordinality as t (
    kind, customer_no, task_key, user_key, value, currency, last_activity_at, task, user_pseudo_id, user_id,
    is_held_out, task_no
)
"""


class LeftOutTasks(NamedTuple):
    """Tasks left out of a report with a hold-out: those of held-out customers, and others settled before.

    A hold-out compares both groups by all of their tasks, so that the reps' work does not bias the comparison.
    """

    held_out: Sequence[BranchTask] = ()
    settled: Sequence[BranchTask] = ()

    def without(self, is_erased: Callable[[BranchTask], bool]) -> "LeftOutTasks":
        """Return the left-out tasks without erased ones."""
        return LeftOutTasks(*([task for task in tasks if not is_erased(task)] for tasks in self))


NOTHING_LEFT_OUT: Final = LeftOutTasks()


async def store_tasks(
    connection: Connection,
    tenant_id: UUID,
    delivery_id: UUID,
    reported: Sequence[tuple[int, BranchTask]],
    left_out: LeftOutTasks,
) -> None:
    """Store a delivery's reported tasks with their customers' numbers, and the left-out ones."""
    numbered = [*reported, *((_NO_BLOCK, task) for tasks in left_out for task in tasks)]
    tasks = [task for _, task in numbered]
    first_held_out = len(reported)
    held_out = range(first_held_out, first_held_out + len(left_out.held_out))
    await connection.execute(
        _INSERT_TASKS,
        tenant_id,
        delivery_id,
        [task.kind for task in tasks],
        [number for number, _ in numbered],
        [task.task_key for task in tasks],
        [task.user_key for task in tasks],
        [task.value for task in tasks],
        [task.currency for task in tasks],
        [task.last_activity_at for task in tasks],
        [to_jsonb(task) for task in tasks],
        [task.user_pseudo_id for task in tasks],
        [task.user_id for task in tasks],
        [number in held_out for number in range(len(tasks))],
    )
