"""Shutting an account out of the whole system, with all that it has made to get in by."""

from typing import NamedTuple
from uuid import UUID

from common import audit
from common.db import Connection
from services.auth_service.domain.ended_with_maker import Ended, end_beyond
from services.auth_service.store import members, sessions, shut_out
from services.auth_service.store.account_audit import each_tenant


class ShutOut(NamedTuple):
    """What ended with an account: its sessions, and the keys and invitations that it made, of each tenant."""

    sessions: list[UUID]
    made: list[Ended]

    @property
    def keys(self) -> list[UUID]:
        """The ids of all keys."""
        return [key_id for ended in self.made for key_id in ended.key_ids]

    @property
    def invitations(self) -> int:
        """How many invitations."""
        return sum(len(ended.invitations) for ended in self.made)


async def shut_out_account(conn: Connection, account_id: UUID, email: str) -> ShutOut:
    """Disable an account, and end its sessions and what it made in each of its tenants, told in their logs.

    Needs the look-up `own_memberships` of that account.
    """
    # People first and the account after, as whoever says yes or invites holds them: else the two wait for each other.
    async for tenant_id in each_tenant(conn, account_id):
        await members.hold_people(conn, tenant_id)
    await shut_out.disable(conn, account_id)
    ended = await sessions.end_sessions(conn, account_id, "account-disabled")
    made: list[Ended] = []
    # Looked up anew: it may have joined one more until it was disabled, and from then on it makes nothing.
    async for tenant_id in each_tenant(conn, account_id):
        await members.hold_people(conn, tenant_id)
        here = await end_beyond(conn, tenant_id, "operator", account_id, None, "its maker was shut out")
        detail = {"sessions_ended": len(ended)} | here.named()
        await audit.record(conn, "auth", tenant_id, "operator", "account.revoked", target=email, detail=detail)
        made.append(here)
    return ShutOut(ended, made)
