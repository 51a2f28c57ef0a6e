"""Look up the caller of a request in the database, without a cache."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from common.db import Connection


class ActiveSession(NamedTuple):
    """An active session, and the tenants of its account with their plans."""

    expires_at: datetime
    plans: dict[UUID, str]


class ActiveKey(NamedTuple):
    """A working API key; `expires_at` is None if it does not expire."""

    api_key_id: UUID
    tenant_id: UUID
    name: str
    expires_at: datetime | None


async def active_session(conn: Connection, account_id: UUID, session_id: UUID) -> ActiveSession | None:
    """Return the session, or None if it has ended. Needs the look-up `own_memberships` of the account."""
    expires_at: datetime | None = await conn.fetchval(
        "select expires_at from auth.session where session_id = $1 and account_id = $2"
        " and revoked_at is null and expires_at > now()",
        session_id,
        account_id,
    )
    if expires_at is None:
        return None
    rows = await conn.fetch(
        "select t.tenant_id, t.plan from auth.membership m join auth.tenant t using (tenant_id)"
        " where m.account_id = $1 and m.joined_at is not null order by t.tenant_id",
        account_id,
    )
    return ActiveSession(expires_at, {row["tenant_id"]: row["plan"] for row in rows})


async def active_key(conn: Connection, key_hash: bytes) -> ActiveKey | None:
    """Return the working key with this hash, or None. Needs the look-up `api_key` of that hash."""
    row = await conn.fetchrow(
        "select api_key_id, tenant_id, name, expires_at from auth.api_key where key_hash = $1"
        " and revoked_at is null and (expires_at is null or expires_at > now())",
        key_hash,
    )
    return ActiveKey(*row) if row else None


async def plan_of(conn: Connection, tenant_id: UUID) -> str:
    """Return the plan of the transaction's tenant."""
    plan: str | None = await conn.fetchval("select plan from auth.tenant where tenant_id = $1", tenant_id)
    assert plan is not None  # noqa: S101 -- its key references it
    return plan
