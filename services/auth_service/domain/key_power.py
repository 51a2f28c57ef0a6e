"""Decide which scopes a member may give to an API key, and end their keys that go beyond them."""

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
    """Refuse a key that could do more than its creator.

    Raises:
        ScopeMissing: the creator lacks a scope.
        MoreThanOwn: the creator has a scope for their own branches only.
    """
    caller.require(*scopes)
    beyond = [scope for scope in scopes if scope not in _grantable_scopes(caller.role, caller.scopes)]
    if beyond:
        message = f"a key is held to no branches, and the role {caller.role} has {', '.join(beyond)} for its own only"
        raise MoreThanOwn(message)


async def end_keys_beyond(
    conn: Connection, tenant_id: UUID, actor: audit.Actor, account_id: UUID, become: Membership | None, because: str
) -> list[RevokedKey]:
    """Revoke the keys that a member created and could not create with the membership `become`; None revokes all.

    Otherwise somebody who was removed could keep their access through a key.
    """
    allowed = _grantable_scopes(become.role, scopes_of(become.role, become.permissions)) if become else frozenset[str]()
    ended = await api_keys.revoke_beyond(conn, tenant_id, account_id, sorted(allowed))
    for key in ended:
        detail = {"name": key.name, "because": because}
        target = str(key.api_key_id)
        await audit.record(conn, "auth", tenant_id, actor, "api-key.revoked", target=target, detail=detail)
    return ended


def _grantable_scopes(role: str, scopes: frozenset[str]) -> frozenset[str]:
    """Return the scopes that a member may give to a key.

    A key is not limited to branches. A rep, who reads only their own branches, can give it nothing, and an analyst
    cannot give it `tasks:work`.
    """
    if role == "rep":
        return frozenset()
    return scopes - {"tasks:work"} if role == "analyst" else scopes
