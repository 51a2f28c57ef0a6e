"""Sessions: one for each sign-in on a device."""

from datetime import timedelta
from uuid import UUID

from common.db import Connection


async def begin_session(
    conn: Connection, account_id: UUID, method: str, lifetime: timedelta, *, user_agent: str = "", address: str = ""
) -> UUID | None:
    """A new session of an account; answers its id, or None where the account is disabled or not there.

    The account's row is held until the transaction ends: who disables it at the same time ends this session too.
    """
    return await conn.fetchval(
        "insert into auth.session (account_id, method, user_agent, address, expires_at)"
        " select account_id, $2, left($3, 400), left($4, 45), now() + $5::interval from auth.account"
        " where account_id = $1 and disabled_at is null for no key update"
        " returning session_id",
        account_id,
        method,
        user_agent,
        address,
        lifetime,
    )
