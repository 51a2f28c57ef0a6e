"""Let a job step aside while its tenant holds its full share of a lane, and admit the tenant's next job afterwards."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from common.db import Connection
from common.jobs.lanes import Lane, share_of
from common.jobs.tickets import QueueTicket, queue_again

# A job that stepped aside waits for `admit_next`. Its ticket also becomes due after this time, in case a crash
# prevented that call.
STEP_ASIDE: Final = timedelta(minutes=10)


async def lock_lane(connection: Connection, service: str, tenant_id: UUID, lane: Lane) -> None:
    """Lock the tenant's share of a lane until the end of the transaction.

    Every transaction that begins or leaves a job takes this lock, so that they run one after the other. A job that
    leaves then sees every job that has stepped aside, and a job that begins sees every slot that has become free.
    """
    key = f"{service} {lane.entrypoint} {tenant_id}"
    await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", key)


async def has_free_slot(connection: Connection, service: str, tenant_id: UUID, lane: Lane) -> bool:
    """Return whether the tenant holds less than its share of the lane. Call it after `lock_lane`, for a queued job."""
    held = await connection.fetchval(
        f"select count(*) from {service}.job j join {service}.pgqueuer q on q.id = j.queue_id"  # noqa: S608 -- own names
        " where j.tenant_id = $1 and j.status = 'running' and not j.awaiting"
        " and q.entrypoint = $2 and q.status = 'picked'",
        tenant_id,
        lane.entrypoint,
    )
    return int(held or 0) < share_of(tenant_id, lane)


async def step_aside(connection: Connection, service: str, ticket: QueueTicket, kind: str) -> None:
    """Delay a job until `admit_next` admits it, and clear what it waited for before."""
    await connection.execute(
        f"update {service}.job set note = '', resumes_at = null where tenant_id = $1 and job_id = $2",  # noqa: S608 -- own name
        ticket.tenant_id,
        ticket.job_id,
    )
    await queue_again(connection, service, ticket, kind, after=STEP_ASIDE)


async def admit_next(connection: Connection, service: str, tenant_id: UUID, lane: Lane) -> bool:
    """Queue the first of the tenant's jobs that stepped aside, after a job has left its slot.

    Call it after `lock_lane`. A job whose row is locked is being cancelled, so it is skipped.

    Returns:
        Whether there was such a job.
    """
    row = await connection.fetchrow(
        f"select j.job_id, j.kind from {service}.job j join {service}.pgqueuer q on q.id = j.queue_id"  # noqa: S608 -- own names
        " where j.tenant_id = $1 and j.status = 'queued' and not j.awaiting and j.resumes_at is null"
        " and q.entrypoint = $2 and q.status = 'queued' and q.execute_after > now()"
        " order by j.queue_id limit 1 for update of j skip locked",
        tenant_id,
        lane.entrypoint,
    )
    if row is not None:
        await queue_again(connection, service, QueueTicket(tenant_id, row["job_id"]), row["kind"])
    return row is not None
