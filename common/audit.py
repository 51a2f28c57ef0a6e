"""The audit log as services write it: an entry commits with the change it tells of, and reaches the log as an event.

Actions are `<noun>.<verb>`: `sign-in.password`, `member.changed`, `smtp-config.changed`, `rejects.exported`. Which call
writes which is listed in tests/access/writes.py. Refusals are not recorded here, but counted: common/refusals.
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

# What belongs to no tenant (a sign-in with an email that nobody has) stands under this id, which nobody can be in.
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
    """Write an entry in the transaction of what it tells of. `detail` holds no secret."""
    kind, actor_id, name = _who(actor)
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


def _who(actor: Actor) -> tuple[ActorKind, UUID | None, str]:
    if isinstance(actor, Principal):
        return "system" if actor.kind == "service" else actor.kind, actor.account_id, actor.email
    if isinstance(actor, Identity):
        return "account", actor.account_id, actor.email
    return actor, None, ""
