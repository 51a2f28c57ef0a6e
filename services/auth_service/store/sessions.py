"""Sessions: one for each sign-in on a device."""

from datetime import timedelta
from uuid import UUID

from common.db import Connection


async def begin_session(
    conn: Connection, account_id: UUID, method: str, lifetime: timedelta, *, user_agent: str = "", address: str = ""
) -> UUID:
    """A new session of an account; answers its id."""
    session_id: UUID | None = await conn.fetchval(
        "insert into auth.session (account_id, method, user_agent, address, expires_at)"
        " values ($1, $2, left($3, 400), left($4, 45), now() + $5::interval) returning session_id",
        account_id,
        method,
        user_agent,
        address,
        lifetime,
    )
    assert session_id is not None  # noqa: S101 -- the statement returns the row it makes
    return session_id
