"""What still stands of a caller: the session or key, and the memberships, as every service may look them up itself."""

import hashlib
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from common.auth.roles import SCOPES, scopes_of
from common.clock import now
from common.db import Connection, Database


class Membership(NamedTuple):
    """What an account is in one tenant."""

    role: str
    scopes: frozenset[str]
    branch_codes: tuple[str, ...]


class ApiKey(NamedTuple):
    """A machine's key; one that does not hold was revoked or is past its time."""

    api_key_id: UUID
    tenant_id: UUID
    name: str
    scopes: frozenset[str]
    expires_at: datetime | None
    is_revoked: bool

    @property
    def holds(self) -> bool:
        """Is it neither revoked nor past its time?"""
        return not self.is_revoked and (self.expires_at is None or self.expires_at > now())


async def own_memberships(db: Database, account_id: UUID, session_id: UUID) -> dict[UUID, Membership] | None:
    """Memberships of one account by tenant; None where its session has ended, however long the token would live."""
    async with db.lookup("own_memberships", account_id=account_id) as conn:
        if not await _stands(conn, account_id, session_id):
            return None
        rows = await conn.fetch(
            "select tenant_id, role, permissions, branch_codes from auth.membership"
            " where account_id = $1 and joined_at is not null",
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


async def _stands(conn: Connection, account_id: UUID, session_id: UUID) -> bool:
    return bool(
        await conn.fetchval(
            "select exists (select 1 from auth.session where session_id = $1 and account_id = $2"
            " and revoked_at is null and expires_at > now())",
            session_id,
            account_id,
        )
    )


def hash_of_key(key: str) -> bytes:
    """How a key is kept: sha-256 of its text. It is random, so that no slower hash is needed."""
    return hashlib.sha256(key.encode()).digest()


async def api_key_of(db: Database, key: str) -> ApiKey | None:
    """The key that this text is, or None where there never was one."""
    key_hash = hash_of_key(key)
    async with db.lookup("api_key", token_hash=key_hash) as conn:
        row = await conn.fetchrow(
            "select api_key_id, tenant_id, name, scopes, expires_at, revoked_at is not null as is_revoked"
            " from auth.api_key where key_hash = $1",
            key_hash,
        )
    if row is None:
        return None
    api_key_id, tenant_id, name, scopes, expires_at, is_revoked = row
    return ApiKey(api_key_id, tenant_id, name, frozenset(scopes).intersection(SCOPES), expires_at, is_revoked)
