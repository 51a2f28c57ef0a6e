"""Keys that sign access tokens, and from when to when each signs and verifies."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from common.db import Connection
from common.db.jsonb import from_jsonb, to_jsonb

_VERIFIES = "(retired_at is null or retired_at > now())"
_THE_SIGNING_ONE = (
    f"select kid from auth.signing_key where signs_from <= now() and {_VERIFIES}"  # noqa: S608 -- a constant
    " order by signs_from desc, created_at desc, kid limit 1"
)


class KeyTimes(NamedTuple):
    """A key that still verifies. `retired_at` is when it ceases to, None where no rotation has followed yet."""

    kid: str
    created_at: datetime
    signs_from: datetime
    retired_at: datetime | None
    signs: bool
    waits: bool


async def public_keys(conn: Connection) -> list[dict[str, Any]]:
    """The public JWKs of every key that verifies, newest first."""
    rows = await conn.fetch(
        f"select public_jwk from auth.signing_key where {_VERIFIES} order by created_at desc, kid"  # noqa: S608 -- a constant
    )
    return [from_jsonb(row["public_jwk"]) for row in rows]


async def keys_that_verify(conn: Connection) -> list[KeyTimes]:
    """Every key that verifies, newest first; `signs` is true of one."""
    rows = await conn.fetch(
        f"select kid, created_at, signs_from, retired_at, kid = ({_THE_SIGNING_ONE}) as signs,"  # noqa: S608 -- constants
        f" signs_from > now() as waits from auth.signing_key where {_VERIFIES} order by created_at desc, kid"
    )
    return [KeyTimes(**row) for row in rows]


async def lock_keys(conn: Connection) -> None:
    """Keep everybody else from making or retiring a key, until the transaction ends."""
    await conn.execute("lock table auth.signing_key in share row exclusive mode")


async def is_there_a_key(conn: Connection) -> bool:
    """Is there one that verifies?"""
    return bool(await conn.fetchval(f"select exists (select from auth.signing_key where {_VERIFIES})"))  # noqa: S608 -- a constant


async def signing_key(conn: Connection) -> tuple[str, str]:
    """Id and sealed private key of the one that signs now: the newest of those whose time has come."""
    row = await conn.fetchrow(
        f"select kid, sealed_private_key from auth.signing_key where kid = ({_THE_SIGNING_ONE})"  # noqa: S608 -- a constant
    )
    assert row is not None  # noqa: S101 -- the first start makes one, and only a rotation to another retires it
    return row["kid"], row["sealed_private_key"]


async def insert_key(
    conn: Connection, kid: str, public_jwk: dict[str, Any], sealed_private_key: str, *, signs_in: timedelta
) -> None:
    """Keep a new key; it verifies from now on and signs after `signs_in`."""
    await conn.execute(
        "insert into auth.signing_key (kid, algorithm, public_jwk, sealed_private_key, signs_from)"
        " values ($1, 'EdDSA', $2, $3, now() + $4::interval)",
        kid,
        to_jsonb(public_jwk),
        sealed_private_key,
        signs_in,
    )


async def retire_keys(conn: Connection, *, after: timedelta) -> list[str]:
    """Have every key that verifies cease to after this time, or when it was going to, if that is sooner.

    Returns:
        Their ids.
    """
    rows = await conn.fetch(
        "update auth.signing_key set retired_at = least(retired_at, now() + $1::interval)"  # noqa: S608 -- a constant
        f" where {_VERIFIES} returning kid",
        after,
    )
    return [row["kid"] for row in rows]
