"""What a member may give to a key of a machine, and which of their keys end with it."""

from collections.abc import Sequence
from uuid import UUID

from common import audit
from common.auth.principal import Principal
from common.auth.roles import Scope, scopes_of
from common.db import Connection
from services.auth_service.errors.people import MoreThanOwn
from services.auth_service.store import api_keys
from services.auth_service.store.api_keys import RevokedKey
from services.auth_service.store.members import Membership


def refuse_key_beyond(caller: Principal, scopes: Sequence[Scope]) -> None:
    """Refuse a key that could do what its maker cannot.

    Raises:
        ScopeMissing, MoreThanOwn: a scope that they lack; one that ends at their branches.
    """
    caller.require(*scopes)
    beyond = [scope for scope in scopes if scope not in _passed_on(caller.role, caller.scopes)]
    if beyond:
        message = f"a key is held to no branches, and the role {caller.role} has {', '.join(beyond)} for its own only"
        raise MoreThanOwn(message)


async def end_keys_beyond(
    conn: Connection, tenant_id: UUID, actor: audit.Actor, account_id: UUID, become: Membership | None, because: str
) -> list[RevokedKey]:
    """End the keys that a member made and could not make as what they become; None: all of them.

    Who has taken a key along, or made one to come back by, is out with it.
    """
    kept = _passed_on(become.role, scopes_of(become.role, become.permissions)) if become else frozenset[str]()
    ended = await api_keys.revoke_beyond(conn, tenant_id, account_id, sorted(kept))
    for key in ended:
        detail = {"name": key.name, "because": because}
        target = str(key.api_key_id)
        await audit.record(conn, "auth", tenant_id, actor, "api-key.revoked", target=target, detail=detail)
    return ended


def _passed_on(role: str, scopes: frozenset[str]) -> frozenset[str]:
    """A key is held to no branches: a rep, who reads the own ones only, gives it nothing, and an analyst no tasks."""
    if role == "rep":
        return frozenset()
    return scopes - {"tasks:work"} if role == "analyst" else scopes
