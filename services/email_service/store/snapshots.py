"""The tasks of a sent report, and those left out although their customers could be called."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from common.db import Connection
from common.db.jsonb import to_jsonb
from services.email_service.store.branch_task import BranchTask

# Left-out tasks have no block.
_NO_BLOCK = 0
# Whether a task was followed up before is asked once, here, where it is one look by key. Of the last day nothing is
# asked: what other reps of the branch get at this moment is seen by none of these transactions, or by some.
_KEEP = """
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


class Untold(NamedTuple):
    """Tasks left out of a report with a hold-out: those of held-out customers, and others settled before.

    A hold-out compares both groups by all of their tasks, so that the reps' work does not bias the comparison.
    """

    held_out: Sequence[BranchTask] = ()
    settled: Sequence[BranchTask] = ()

    def without(self, is_gone: Callable[[BranchTask], bool]) -> "Untold":
        """Without some tasks."""
        return Untold(*([task for task in tasks if not is_gone(task)] for tasks in self))


NOTHING_UNTOLD: Final = Untold()


async def keep_tasks(
    connection: Connection,
    tenant_id: UUID,
    delivery_id: UUID,
    told: Sequence[tuple[int, BranchTask]],
    untold: Untold,
) -> None:
    """Store a delivery's tasks with their customers' numbers, and those left out."""
    numbered = [*told, *((_NO_BLOCK, task) for tasks in untold for task in tasks)]
    tasks = [task for _, task in numbered]
    first_held_out = len(told)
    held_out = range(first_held_out, first_held_out + len(untold.held_out))
    await connection.execute(
        _KEEP,
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
