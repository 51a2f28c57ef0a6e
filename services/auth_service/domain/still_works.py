"""List what still gives access after an account's password changes: the API keys and invitations that it created."""

from typing import Final
from uuid import UUID

from common.db import Connection
from services.auth_service.domain.names_in_mails import as_words
from services.auth_service.store import api_keys, invitations, tenants
from services.auth_service.store.account_audit import each_tenant

_MAX_LINES: Final = 20


async def what_still_works(conn: Connection, account_id: UUID) -> list[str]:
    """Return a line for each API key and open invitation that the account created in any of its tenants.

    After twenty lines, a last line says how many more there are. The connection must be inside the look-up
    `own_memberships` of that account.
    """
    names = {row["id"]: as_words(row["name"]) for row in await tenants.tenants_of(conn, account_id)}
    lines: list[str] = []
    async for tenant_id in each_tenant(conn, account_id):
        tenant_name = names.get(tenant_id, "")
        keys = await api_keys.active_key_names(conn, tenant_id, account_id)
        lines += [f"{tenant_name}: the API key {as_words(name)}" for name in keys]
        made = await invitations.open_invitations_by(conn, tenant_id, account_id)
        lines += [f"{tenant_name}: the invitation of {as_words(invitation.email)}" for invitation in made]
    more = len(lines) - _MAX_LINES
    return [*lines[:_MAX_LINES], f"and {more} more"] if more > 0 else lines
