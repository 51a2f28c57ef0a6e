"""An account's own memberships, as every service may look them up (policy `own_memberships`)."""

from typing import NamedTuple
from uuid import UUID

from common.auth.roles import scopes_of
from common.db import Database


class Membership(NamedTuple):
    """What an account is in one tenant."""

    role: str
    scopes: frozenset[str]
    branch_codes: tuple[str, ...]


async def own_memberships(db: Database, account_id: UUID) -> dict[UUID, Membership]:
    """Memberships of one account by tenant."""
    async with db.lookup("own_memberships", account_id=account_id) as conn:
        rows = await conn.fetch(
            "select tenant_id, role, permissions, branch_codes from auth.membership where account_id = $1",
            account_id,
        )
    return {
        row["tenant_id"]: Membership(
            row["role"],
            scopes_of(row["role"], row["permissions"]),
            tuple(row["branch_codes"]),
        )
        for row in rows
    }
