"""The refresh tokens of sessions, by the hash of each.

Whoever reads or changes those of a session to decide something holds the session's row: see `sessions.hold_session`.
"""

from typing import NamedTuple
from uuid import UUID

from common.db import Connection


class Owner(NamedTuple):
    """Whose token it is; this never changes."""

    account_id: UUID
    session_id: UUID


class KeptToken(NamedTuple):
    """A token as it is kept. `used_seconds_ago` is None while it was not used yet.

    `sealed_answer` is the pair it was exchanged for, for as long as that may be answered again.
    """

    used_seconds_ago: float | None
    sealed_answer: str | None


async def owner_of(conn: Connection, token_hash: bytes) -> Owner | None:
    """Whose token has this hash."""
    row = await conn.fetchrow(
        "select account_id, session_id from auth.refresh_token join auth.session using (session_id)"
        " where token_hash = $1",
        token_hash,
    )
    return Owner(**row) if row else None


async def kept_token(conn: Connection, token_hash: bytes) -> KeptToken | None:
    """The token as it is by now; None where housekeeping has just taken it."""
    row = await conn.fetchrow(
        "select extract(epoch from clock_timestamp() - used_at)::float8 as used_seconds_ago, sealed_answer"
        " from auth.refresh_token where token_hash = $1",
        token_hash,
    )
    return KeptToken(**row) if row else None


async def add_token(conn: Connection, token_hash: bytes, session_id: UUID) -> None:
    """Keep the newest token of a session."""
    await conn.execute(
        "insert into auth.refresh_token (token_hash, session_id) values ($1, $2)", token_hash, session_id
    )


async def exchange(
    conn: Connection, session_id: UUID, token_hash: bytes, successor_hash: bytes, sealed_answer: str
) -> None:
    """Put the next token in a token's place; answers given for tokens before it are forgotten."""
    await conn.execute(
        "update auth.refresh_token set sealed_answer = null where session_id = $1 and sealed_answer is not null",
        session_id,
    )
    await conn.execute(
        "update auth.refresh_token set used_at = clock_timestamp(), successor_hash = $2, sealed_answer = $3"
        " where token_hash = $1",
        token_hash,
        successor_hash,
        sealed_answer,
    )
    await add_token(conn, successor_hash, session_id)
