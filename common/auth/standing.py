"""What still stands of a caller: the session or key, and the memberships, as every service may look them up itself."""

import hashlib
from typing import NamedTuple
from uuid import UUID

from common.auth.roles import SCOPES, scopes_of
from common.db import Connection, Database


class Membership(NamedTuple):
    """What an account is in one tenant."""

    role: str
    scopes: frozenset[str]
    branch_codes: tuple[str, ...]


class ApiKey(NamedTuple):
    """A machine's key that holds."""

    api_key_id: UUID
    tenant_id: UUID
    name: str
    scopes: frozenset[str]


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
    """The key that this text is, or None where it never was one, was revoked or is past its time."""
    key_hash = hash_of_key(key)
    async with db.lookup("api_key", token_hash=key_hash) as conn:
        row = await conn.fetchrow(
            "select api_key_id, tenant_id, name, scopes from auth.api_key where key_hash = $1"
            " and revoked_at is null and (expires_at is null or expires_at > now())",
            key_hash,
        )
    if row is None:
        return None
    return ApiKey(row["api_key_id"], row["tenant_id"], row["name"], frozenset(row["scopes"]).intersection(SCOPES))
