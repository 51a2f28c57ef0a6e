"""Keys of machines. Only their hashes lie here."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from common.db import Connection
from common.pagination import PageParams

_SHOWN = (
    "api_key_id as id, name, hint, scopes, created_by, created_at, expires_at, last_used_at, uses, revoked_at,"
    " case when revoked_at is not null then 'revoked' when expires_at <= now() then 'expired' else 'active' end"
    " as status"
)


async def list_api_keys(conn: Connection, tenant_id: UUID, page: PageParams) -> tuple[list[dict[str, Any]], int]:
    """Keys, newest first, also those that hold no more; and how many there are in all."""
    rows = await conn.fetch(
        f"select {_SHOWN} from auth.api_key where tenant_id = $1"  # noqa: S608 -- a constant list of columns
        " order by created_at desc, api_key_id limit $2 offset $3",
        tenant_id,
        page.limit,
        page.offset,
    )
    total = await conn.fetchval("select count(*) from auth.api_key where tenant_id = $1", tenant_id)
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
    """Keep a new key's hash; answers its id."""
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
    """End a key: its name, and whether it was not ended before. None where there is no such key."""
    row = await conn.fetchrow(
        "select name, revoked_at is null as stood from auth.api_key"
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
    return row["name"], row["stood"]


async def add_uses(conn: Connection, tenant_id: UUID, api_key_id: UUID, uses: int, last_used_at: datetime) -> None:
    """Count uses of a key; word of later ones may have come first."""
    await conn.execute(
        "update auth.api_key set uses = uses + $3, last_used_at = greatest(last_used_at, $4)"
        " where tenant_id = $1 and api_key_id = $2",
        tenant_id,
        api_key_id,
        uses,
        last_used_at,
    )
