"""Publish an event in the transaction of the change that it announces."""

from uuid import UUID, uuid4

from common.db import Connection
from common.db.jsonb import to_jsonb
from common.events.envelope import Contract
from common.logging import request_id_var, trace_id_var


async def publish(
    connection: Connection, service: str, data: Contract, tenant_id: UUID, event_id: UUID | None = None
) -> UUID:
    """Write an event to the service's outbox. It is published after the caller's transaction has committed.

    Pass `event_id` to retry safely if it is unknown whether an earlier attempt committed.

    Returns:
        The event's id, which is also its message id on the bus.
    """
    event_id = event_id or uuid4()
    await connection.execute(
        f"insert into {service}.outbox (tenant_id, event_id, event_type, payload, request_id, trace_id)"  # noqa: S608 -- the service's own name
        " values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
        tenant_id,
        event_id,
        data.TYPE,
        to_jsonb(data),
        request_id_var.get(),
        trace_id_var.get(),
    )
    return event_id
