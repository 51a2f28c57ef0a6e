"""Stepping aside where a tenant holds its share of a lane, and letting its next job in."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from common.db import Connection
from common.jobs.lanes import Lane, share_of
from common.jobs.store import queue_ticket

# How long a job that stepped aside waits for `let_next_in`; it looks again by itself, should nobody have called it.
STEP_ASIDE: Final = timedelta(seconds=15)


async def has_a_place(
    connection: Connection, service: str, tenant_id: UUID, job_id: UUID, queue_id: int, lane: Lane
) -> bool:
    """Whether the tenant holds less than its share of the lane without this job.

    Of jobs that ask at the same moment the one that was queued first counts as there already.
    """
    held = await connection.fetchval(
        f"select count(*) from {service}.job j join {service}.pgqueuer q on q.id = j.queue_id"  # noqa: S608 -- own names
        " where j.tenant_id = $1 and j.job_id <> $2 and not j.awaiting and q.entrypoint = $3 and q.status = 'picked'"
        " and (j.status = 'running' or j.status = 'queued' and j.queue_id < $4)",
        tenant_id,
        job_id,
        lane.entrypoint,
        queue_id,
    )
    return int(held or 0) < share_of(tenant_id, lane)


async def let_next_in(connection: Connection, service: str, tenant_id: UUID, lane: Lane) -> None:
    """One of the tenant's jobs has left its slot: queue the first that stepped aside, or is about to.

    Who is just asking for a place (`picked`) is waited for: whether it was given one or not, its new ticket counts.
    """
    row = await connection.fetchrow(
        f"select j.job_id, j.kind from {service}.job j join {service}.pgqueuer q on q.id = j.queue_id"  # noqa: S608 -- own names
        " where j.tenant_id = $1 and j.status = 'queued' and (j.resumes_at is null or j.resumes_at <= now())"
        " and q.entrypoint = $2 and (q.status = 'picked' or q.status = 'queued' and q.execute_after > now())"
        " order by j.queue_id limit 1 for update of j",
        tenant_id,
        lane.entrypoint,
    )
    if row is not None:
        await queue_ticket(connection, service, tenant_id, row["job_id"], row["kind"])
