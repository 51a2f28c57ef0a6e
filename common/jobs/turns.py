"""Stepping aside where a tenant holds its share of a lane, and letting its next job in."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from common.db import Connection
from common.jobs.lanes import Lane, share_of
from common.jobs.tickets import QueueTicket, queue_again

# A job that stepped aside waits for `let_next_in`, and looks by itself in case a crash kept that from being called.
STEP_ASIDE: Final = timedelta(minutes=10)


async def take_turn(connection: Connection, service: str, tenant_id: UUID, lane: Lane) -> None:
    """Have the transaction come after every other that begins or leaves a job of this tenant in this lane.

    Whoever is about to step aside is seen by the one who leaves just then, and who has left by the one who asks.
    """
    key = f"{service} {lane.entrypoint} {tenant_id}"
    await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", key)


async def has_a_place(connection: Connection, service: str, tenant_id: UUID, lane: Lane) -> bool:
    """Whether the tenant holds less than its share of the lane; for a job that does not run, after `take_turn`."""
    held = await connection.fetchval(
        f"select count(*) from {service}.job j join {service}.pgqueuer q on q.id = j.queue_id"  # noqa: S608 -- own names
        " where j.tenant_id = $1 and j.status = 'running' and not j.awaiting"
        " and q.entrypoint = $2 and q.status = 'picked'",
        tenant_id,
        lane.entrypoint,
    )
    return int(held or 0) < share_of(tenant_id, lane)


async def step_aside(connection: Connection, service: str, ticket: QueueTicket, kind: str) -> None:
    """Put a job off until somebody lets it in; from now on it waits for nothing else."""
    await connection.execute(
        f"update {service}.job set note = '', resumes_at = null where tenant_id = $1 and job_id = $2",  # noqa: S608 -- own name
        ticket.tenant_id,
        ticket.job_id,
    )
    await queue_again(connection, service, ticket, kind, after=STEP_ASIDE)


async def let_next_in(connection: Connection, service: str, tenant_id: UUID, lane: Lane) -> bool:
    """One of the tenant's jobs has left its slot: queue the first that stepped aside; after `take_turn`.

    A row that somebody holds is being cancelled: the next one then.

    Returns:
        Whether the place is another's now.
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
