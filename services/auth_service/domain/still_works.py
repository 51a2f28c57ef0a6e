"""What an account has made that lets somebody in whatever its password is: named when the password changes."""

from typing import Final
from uuid import UUID

from common.db import Connection
from services.auth_service.domain.names_in_mails import as_words
from services.auth_service.store import api_keys, invitations, tenants
from services.auth_service.store.account_audit import each_tenant

_MOST_NAMED: Final = 20


async def what_still_works(conn: Connection, account_id: UUID) -> list[str]:
    """A line for each API key and open invitation that it made, in any of its tenants; twenty, and how many more.

    Needs the look-up `own_memberships` of that account.
    """
    names = {row["id"]: as_words(row["name"]) for row in await tenants.tenants_of(conn, account_id)}
    lines: list[str] = []
    async for tenant_id in each_tenant(conn, account_id):
        where = names.get(tenant_id, "")
        keys = await api_keys.names_of_standing(conn, tenant_id, account_id)
        lines += [f"{where}: the API key {as_words(name)}" for name in keys]
        made = await invitations.made_by(conn, tenant_id, account_id)
        lines += [f"{where}: the invitation of {as_words(invitation.email)}" for invitation in made]
    more = len(lines) - _MOST_NAMED
    return [*lines[:_MOST_NAMED], f"and {more} more"] if more > 0 else lines
