"""Keys that sign access tokens."""

from typing import Any, NamedTuple

from common.db import Connection
from common.db.jsonb import from_jsonb, to_jsonb


class StoredKey(NamedTuple):
    """A key as it lies in the database."""

    kid: str
    sealed_private_key: str


async def public_keys(conn: Connection) -> list[dict[str, Any]]:
    """The public JWKs of every key that still verifies, newest first."""
    rows = await conn.fetch(
        "select public_jwk from auth.signing_key where retired_at is null order by created_at desc, kid"
    )
    return [from_jsonb(row["public_jwk"]) for row in rows]


async def lock_keys(conn: Connection) -> None:
    """Keep other replicas from making a first key at the same time, until the transaction ends."""
    await conn.execute("lock table auth.signing_key in share row exclusive mode")


async def newest_key(conn: Connection) -> StoredKey | None:
    """The key that signs."""
    row = await conn.fetchrow(
        "select kid, sealed_private_key from auth.signing_key where retired_at is null"
        " order by created_at desc, kid limit 1"
    )
    return StoredKey(*row) if row else None


async def insert_key(conn: Connection, kid: str, public_jwk: dict[str, Any], sealed_private_key: str) -> None:
    """Keep a new key."""
    await conn.execute(
        "insert into auth.signing_key (kid, algorithm, public_jwk, sealed_private_key) values ($1, 'EdDSA', $2, $3)",
        kid,
        to_jsonb(public_jwk),
        sealed_private_key,
    )
