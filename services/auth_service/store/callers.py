"""Who calls, as the database has it at this moment: nothing here is remembered."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from common.db import Connection


class StandingSession(NamedTuple):
    """A session that stands, and the tenants of its account with their plans."""

    expires_at: datetime
    plans: dict[UUID, str]


class StandingKey(NamedTuple):
    """A machine's key that holds; `expires_at` is None where it has no end."""

    api_key_id: UUID
    tenant_id: UUID
    name: str
    expires_at: datetime | None


async def standing_session(conn: Connection, account_id: UUID, session_id: UUID) -> StandingSession | None:
    """The session, or None where it has ended. Needs the look-up `own_memberships` of the account."""
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
    return StandingSession(expires_at, {row["tenant_id"]: row["plan"] for row in rows})


async def standing_key(conn: Connection, key_hash: bytes) -> StandingKey | None:
    """The key with this hash, or None where there is none that holds. Needs the look-up `api_key` of that hash."""
    row = await conn.fetchrow(
        "select api_key_id, tenant_id, name, expires_at from auth.api_key where key_hash = $1"
        " and revoked_at is null and (expires_at is null or expires_at > now())",
        key_hash,
    )
    return StandingKey(*row) if row else None


async def plan_of(conn: Connection, tenant_id: UUID) -> str:
    """The plan of the tenant that the transaction is in."""
    plan: str | None = await conn.fetchval("select plan from auth.tenant where tenant_id = $1", tenant_id)
    assert plan is not None  # noqa: S101 -- its key references it
    return plan
