"""Find lost jobs, which are unfinished but have no ticket, so that no worker would run them."""

from common.db import Connection
from common.jobs.tickets import QueueTicket, queue_again


async def lost_jobs(connection: Connection, service: str) -> list[QueueTicket]:
    """Return the unfinished jobs of all tenants (look-up `lost_jobs`) that have no ticket.

    A ticket is deleted only after its job has ended, so this happens only if the database failed at the wrong moment.
    """
    rows = await connection.fetch(
        f"select tenant_id, job_id from {service}.job j"  # noqa: S608 -- own name
        " where status in ('queued', 'running') and not awaiting"
        f" and not exists (select from {service}.pgqueuer q where q.id = j.queue_id)",
    )
    return [QueueTicket(row["tenant_id"], row["job_id"]) for row in rows]


async def requeue_if_lost(connection: Connection, service: str, ticket: QueueTicket) -> bool:
    """Queue a lost job again, in a transaction of its tenant.

    Returns:
        Whether it was still lost.
    """
    kind = await connection.fetchval(
        f"select kind from {service}.job j where tenant_id = $1 and job_id = $2"  # noqa: S608 -- own name
        " and status in ('queued', 'running') and not awaiting"
        f" and not exists (select from {service}.pgqueuer q where q.id = j.queue_id) for update",
        ticket.tenant_id,
        ticket.job_id,
    )
    if kind is None:
        return False
    await queue_again(connection, service, ticket, str(kind))
    return True
