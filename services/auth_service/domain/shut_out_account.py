"""Disable an account in the whole system, with the API keys and invitations that it created."""

from typing import NamedTuple
from uuid import UUID

from common import audit
from common.db import Connection
from services.auth_service.domain.ended_with_maker import Ended, end_beyond
from services.auth_service.store import members, sessions, shut_out
from services.auth_service.store.account_audit import each_tenant


class ShutOut(NamedTuple):
    """What ended with an account: its sessions, and in each tenant the keys and invitations that it created."""

    sessions: list[UUID]
    made: list[Ended]

    @property
    def keys(self) -> list[UUID]:
        """The ids of all keys."""
        return [key_id for ended in self.made for key_id in ended.key_ids]

    @property
    def invitations(self) -> int:
        """The number of ended invitations."""
        return sum(len(ended.invitations) for ended in self.made)


async def shut_out_account(conn: Connection, account_id: UUID, email: str) -> ShutOut:
    """Disable an account, end its sessions and what it created in each of its tenants, and audit it in each of them.

    The connection must be inside the look-up `own_memberships` of that account.
    """
    # Lock people before the account, in the same order as accepting and inviting do: otherwise they could deadlock.
    async for tenant_id in each_tenant(conn, account_id):
        await members.lock_people(conn, tenant_id)
    await shut_out.disable(conn, account_id)
    ended = await sessions.end_sessions(conn, account_id, "account-disabled")
    made: list[Ended] = []
    # The tenants are read again, since the account may have joined one before it was disabled; now it cannot any more.
    async for tenant_id in each_tenant(conn, account_id):
        await members.lock_people(conn, tenant_id)
        ended_here = await end_beyond(conn, tenant_id, "operator", account_id, None, "its maker was shut out")
        detail = {"sessions_ended": len(ended)} | ended_here.named()
        await audit.record(conn, "auth", tenant_id, "operator", "account.revoked", target=email, detail=detail)
        made.append(ended_here)
    return ShutOut(ended, made)
