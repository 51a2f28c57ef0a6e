"""Write entries of the audit log. An entry commits with the change that it records, and reaches the log as an event.

Actions are `<noun>.<verb>`: `sign-in.password`, `member.changed`, `smtp-config.changed`, `rejects.exported`.
tests/access/writes.py lists the actions of each call. Refused calls are counted by common/refusals instead.
"""

from typing import Any, Literal
from uuid import UUID

from common.auth.principal import Principal
from common.auth.tokens import Identity
from common.clock import now
from common.db import Connection
from common.events.contracts.audit_entry_recorded import ActorKind, AuditEntryRecorded
from common.events.outbox import publish
from common.logging import address_var

# Entries without a tenant, such as a sign-in with an unknown email, get this id, of which nobody can be a member.
NO_TENANT = UUID(int=0)

Actor = Principal | Identity | ActorKind


async def record(
    conn: Connection,
    service: str,
    tenant_id: UUID,
    actor: Actor,
    action: str,
    *,
    target: str = "",
    outcome: Literal["done", "refused"] = "done",
    detail: dict[str, Any] | None = None,
    count: int = 1,
) -> None:
    """Write an entry in the transaction of the change that it records. `detail` must not contain secrets."""
    kind, actor_id, name = _actor_fields(actor)
    entry = AuditEntryRecorded(
        action=action,
        outcome=outcome,
        actor_kind=kind,
        actor_id=actor_id,
        actor=name,
        target=target,
        detail=detail or {},
        service=service,
        address=address_var.get(),
        occurred_at=now(),
        count=count,
    )
    await publish(conn, service, entry, tenant_id)


def _actor_fields(actor: Actor) -> tuple[ActorKind, UUID | None, str]:
    if isinstance(actor, Principal):
        return "system" if actor.kind == "service" else actor.kind, actor.account_id, actor.email
    if isinstance(actor, Identity):
        return "account", actor.account_id, actor.email
    return actor, None, ""
