"""Store API keys. Only the hashes of the secrets are stored."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from common.db import Connection
from common.pagination import PageParams
from services.auth_service.store.members import SHOWN_EMAIL

_KEYS = (
    "select k.api_key_id as id, k.name, k.hint, k.scopes, k.created_by, k.created_at, k.expires_at, k.last_used_at,"  # noqa: S608 -- constants
    " k.uses, k.revoked_at, case when k.revoked_at is not null then 'revoked' when k.expires_at <= now() then 'expired'"
    f" else 'active' end as status, {SHOWN_EMAIL} as created_by_email"
    " from auth.api_key k left join auth.membership m on m.tenant_id = k.tenant_id and m.account_id = k.created_by"
    " left join auth.account a on a.account_id = m.account_id"
    " where k.tenant_id = $1 and ($2::uuid is null or k.created_by = $2)"
)


class RevokedKey(NamedTuple):
    """A key that has just been revoked."""

    api_key_id: UUID
    name: str


async def list_api_keys(
    conn: Connection, tenant_id: UUID, page: PageParams, created_by: UUID | None
) -> tuple[list[dict[str, Any]], int]:
    """Return a page of keys (of one creator, if given), newest first, including ended ones, and the total number."""
    rows = await conn.fetch(
        f"{_KEYS} order by k.created_at desc, k.api_key_id limit $3 offset $4",
        tenant_id,
        created_by,
        page.limit,
        page.offset,
    )
    total = await conn.fetchval(
        "select count(*) from auth.api_key where tenant_id = $1 and ($2::uuid is null or created_by = $2)",
        tenant_id,
        created_by,
    )
    return [dict(row) for row in rows], int(total or 0)


async def insert_api_key(
    conn: Connection,
    tenant_id: UUID,
    *,
    name: str,
    hint: str,
    key_hash: bytes,
    scopes: Sequence[str],
    created_by: UUID,
    expires_at: datetime | None,
) -> UUID:
    """Insert a new key with the hash of its secret; return its id."""
    api_key_id: UUID | None = await conn.fetchval(
        "insert into auth.api_key (tenant_id, name, hint, key_hash, scopes, created_by, expires_at)"
        " values ($1, $2, $3, $4, $5, $6, $7) returning api_key_id",
        tenant_id,
        name,
        hint,
        key_hash,
        scopes,
        created_by,
        expires_at,
    )
    assert api_key_id is not None  # noqa: S101 -- the statement returns the row it makes
    return api_key_id


async def revoke_api_key(conn: Connection, tenant_id: UUID, api_key_id: UUID) -> tuple[str, bool] | None:
    """Revoke a key; return its name and whether it was not revoked before, or None if there is no such key."""
    row = await conn.fetchrow(
        "select name, revoked_at is null as was_active from auth.api_key"
        " where tenant_id = $1 and api_key_id = $2 for update",
        tenant_id,
        api_key_id,
    )
    if row is None:
        return None
    await conn.execute(
        "update auth.api_key set revoked_at = coalesce(revoked_at, now()) where tenant_id = $1 and api_key_id = $2",
        tenant_id,
        api_key_id,
    )
    return row["name"], row["was_active"]


async def active_key_names(conn: Connection, tenant_id: UUID, created_by: UUID) -> list[str]:
    """Return the names of the working keys that an account created, oldest first."""
    rows = await conn.fetch(
        "select name from auth.api_key where tenant_id = $1 and created_by = $2 and revoked_at is null"
        " and (expires_at is null or expires_at > now()) order by created_at, api_key_id",
        tenant_id,
        created_by,
    )
    return [row["name"] for row in rows]


async def revoke_beyond(conn: Connection, tenant_id: UUID, created_by: UUID, scopes: Sequence[str]) -> list[RevokedKey]:
    """Revoke the working keys of a creator that have any scope beyond these; return them."""
    rows = await conn.fetch(
        "update auth.api_key set revoked_at = now() where tenant_id = $1 and created_by = $2 and revoked_at is null"
        " and (expires_at is null or expires_at > now()) and not scopes <@ $3 returning api_key_id, name",
        tenant_id,
        created_by,
        scopes,
    )
    return [RevokedKey(*row) for row in rows]


async def add_uses(conn: Connection, tenant_id: UUID, api_key_id: UUID, uses: int, last_used_at: datetime) -> None:
    """Add uses of a key. Uses may be reported out of order, so `last_used_at` never goes back."""
    await conn.execute(
        "update auth.api_key set uses = uses + $3, last_used_at = greatest(last_used_at, $4)"
        " where tenant_id = $1 and api_key_id = $2",
        tenant_id,
        api_key_id,
        uses,
        last_used_at,
    )
