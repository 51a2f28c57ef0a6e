"""Store the refresh tokens of sessions, by the hash of each.

Callers that read or change a session's tokens lock the session first (`sessions.lock_session`).
"""

from typing import NamedTuple
from uuid import UUID

from common.db import Connection


class Owner(NamedTuple):
    """The account and session of a token, which never change."""

    account_id: UUID
    session_id: UUID


class StoredToken(NamedTuple):
    """A stored token; `used_seconds_ago` is None if it was not used yet.

    `sealed_answer` is the token pair that it was exchanged for, as long as that may be returned again.
    """

    used_seconds_ago: float | None
    sealed_answer: str | None


async def owner_of(conn: Connection, token_hash: bytes) -> Owner | None:
    """Return the account and session of the token with this hash, or None."""
    row = await conn.fetchrow(
        "select account_id, session_id from auth.refresh_token join auth.session using (session_id)"
        " where token_hash = $1",
        token_hash,
    )
    return Owner(**row) if row else None


async def stored_token(conn: Connection, token_hash: bytes) -> StoredToken | None:
    """Return the present state of a token; None if housekeeping has just deleted it."""
    row = await conn.fetchrow(
        "select extract(epoch from clock_timestamp() - used_at)::float8 as used_seconds_ago, sealed_answer"
        " from auth.refresh_token where token_hash = $1",
        token_hash,
    )
    return StoredToken(**row) if row else None


async def add_token(conn: Connection, token_hash: bytes, session_id: UUID) -> None:
    """Store a session's new token."""
    await conn.execute(
        "insert into auth.refresh_token (token_hash, session_id) values ($1, $2)", token_hash, session_id
    )


async def exchange(
    conn: Connection, session_id: UUID, token_hash: bytes, successor_hash: bytes, sealed_answer: str
) -> None:
    """Replace a token by its successor, and delete the sealed answers of the session's former tokens."""
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
