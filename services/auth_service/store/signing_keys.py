"""Store the keys that sign access tokens, and the times at which each begins to sign and ceases to verify."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from common.db import Connection
from common.db.jsonb import from_jsonb, to_jsonb

_VERIFIES = "(retired_at is null or retired_at > now())"
_SIGNING_KEY_ID = (
    f"select kid from auth.signing_key where signs_from <= now() and {_VERIFIES}"  # noqa: S608 -- a constant
    " order by signs_from desc, created_at desc, kid limit 1"
)


class KeyTimes(NamedTuple):
    """A key that verifies. `retired_at` is when it ceases to, or None if no rotation has replaced it yet.

    `signs` is whether it signs now, and `waits` whether it will sign later.
    """

    kid: str
    created_at: datetime
    signs_from: datetime
    retired_at: datetime | None
    signs: bool
    waits: bool


async def public_keys(conn: Connection) -> list[dict[str, Any]]:
    """Return the public JWKs of all keys that verify, newest first."""
    rows = await conn.fetch(
        f"select public_jwk from auth.signing_key where {_VERIFIES} order by created_at desc, kid"  # noqa: S608 -- a constant
    )
    return [from_jsonb(row["public_jwk"]) for row in rows]


async def keys_that_verify(conn: Connection) -> list[KeyTimes]:
    """Return all keys that verify, newest first; one of them signs."""
    rows = await conn.fetch(
        f"select kid, created_at, signs_from, retired_at, kid = ({_SIGNING_KEY_ID}) as signs,"  # noqa: S608 -- constants
        f" signs_from > now() as waits from auth.signing_key where {_VERIFIES} order by created_at desc, kid"
    )
    return [KeyTimes(**row) for row in rows]


async def lock_keys(conn: Connection) -> None:
    """Lock the keys, so that nobody else adds or retires one until the transaction ends."""
    await conn.execute("lock table auth.signing_key in share row exclusive mode")


async def has_signing_key(conn: Connection) -> bool:
    """Return whether there is a key that verifies."""
    return bool(await conn.fetchval(f"select exists (select from auth.signing_key where {_VERIFIES})"))  # noqa: S608 -- a constant


async def signing_key(conn: Connection) -> tuple[str, str]:
    """Return the id and sealed private key of the key that signs now: the newest whose `signs_from` has passed."""
    row = await conn.fetchrow(
        f"select kid, sealed_private_key from auth.signing_key where kid = ({_SIGNING_KEY_ID})"  # noqa: S608 -- a constant
    )
    assert row is not None  # noqa: S101 -- the first start makes one, and only a rotation to another retires it
    return row["kid"], row["sealed_private_key"]


async def insert_key(
    conn: Connection, kid: str, public_jwk: dict[str, Any], sealed_private_key: str, *, signs_in: timedelta
) -> None:
    """Store a new key, which verifies from now on and signs after `signs_in`."""
    await conn.execute(
        "insert into auth.signing_key (kid, algorithm, public_jwk, sealed_private_key, signs_from)"
        " values ($1, 'EdDSA', $2, $3, now() + $4::interval)",
        kid,
        to_jsonb(public_jwk),
        sealed_private_key,
        signs_in,
    )


async def retire_keys(conn: Connection, *, after: timedelta) -> list[str]:
    """Retire all keys `after` this time, or at their own time if that is sooner; return their ids."""
    rows = await conn.fetch(
        "update auth.signing_key set retired_at = least(retired_at, now() + $1::interval)"  # noqa: S608 -- a constant
        f" where {_VERIFIES} returning kid",
        after,
    )
    return [row["kid"] for row in rows]
