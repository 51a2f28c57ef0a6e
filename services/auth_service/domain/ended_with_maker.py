"""End the API keys and invitations that a member created when the member loses the permissions behind them."""

from typing import Any, Literal, NamedTuple
from uuid import UUID

from common import audit
from common.db import Connection
from services.auth_service.domain.invitation_power import end_invitations_beyond
from services.auth_service.domain.key_power import end_keys_beyond
from services.auth_service.store.api_keys import RevokedKey
from services.auth_service.store.invitations import MadeInvitation
from services.auth_service.store.members import Membership

Because = Literal["its maker may do less now", "its maker was removed", "its maker was shut out"]


class Ended(NamedTuple):
    """The keys and invitations of one tenant that have just ended."""

    keys: list[RevokedKey]
    invitations: list[MadeInvitation]

    @property
    def key_ids(self) -> list[UUID]:
        """The keys' ids, as `AccessChange` takes them."""
        return [key.api_key_id for key in self.keys]

    def named(self) -> dict[str, Any]:
        """Return details for the audit log, which explain why an import stopped or an invitation no longer works."""
        named: dict[str, Any] = {}
        if self.keys:
            named["api_keys_revoked"] = [{"id": str(key.api_key_id), "name": key.name} for key in self.keys]
        if self.invitations:
            ended = [{"id": str(made.invitation_id), "email": made.email} for made in self.invitations]
            named["invitations_ended"] = ended
        return named


async def end_beyond(
    conn: Connection,
    tenant_id: UUID,
    actor: audit.Actor,
    account_id: UUID,
    become: Membership | None,
    because: Because,
) -> Ended:
    """End the keys and invitations that a member created and could not create with the membership `become`.

    Without `become`, all of them end. The tenant's people must be locked (`lock_people`).
    """
    keys = await end_keys_beyond(conn, tenant_id, actor, account_id, become, because)
    return Ended(keys, await end_invitations_beyond(conn, tenant_id, account_id, become))
