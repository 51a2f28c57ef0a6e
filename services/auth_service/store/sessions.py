"""Store sessions, one for each sign-in on a device."""

from datetime import timedelta
from typing import Literal, NamedTuple
from uuid import UUID

import asyncpg

from common.db import Connection
from common.pagination import PageParams

# The reason for which a session was ended before it expired.
Ending = Literal["logout", "revoked", "reuse", "password-changed", "email-changed", "account-disabled"]


async def begin_session(
    conn: Connection, account_id: UUID, method: str, lifetime: timedelta, *, user_agent: str = "", address: str = ""
) -> UUID | None:
    """Start a session of an account; return its id, or None if the account is disabled or missing.

    The account's row is locked until the transaction ends, so disabling it concurrently ends this session too.
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


class LockedSession(NamedTuple):
    """A session that is locked until the transaction ends. `stands` is whether it is still active."""

    account_id: UUID
    email: str
    stands: bool


async def lock_session(conn: Connection, session_id: UUID) -> LockedSession | None:
    """Lock a session and return it; None if it does not exist."""
    row = await conn.fetchrow(
        "select s.account_id, a.email,"
        " s.revoked_at is null and s.expires_at > clock_timestamp() and a.disabled_at is null as stands"
        " from auth.session s join auth.account a using (account_id) where s.session_id = $1 for update of s",
        session_id,
    )
    return LockedSession(**row) if row else None


async def note_use(conn: Connection, session_id: UUID, lifetime: timedelta, address: str) -> None:
    """Extend a session to `lifetime` from now, and store the IP address of its use."""
    await conn.execute(
        "update auth.session set last_used_at = now(), expires_at = now() + $2::interval, address = left($3, 45)"
        " where session_id = $1",
        session_id,
        lifetime,
        address,
    )


async def end_session(conn: Connection, account_id: UUID, session_id: UUID, because: Ending) -> bool:
    """End a session of an account; return False if it has no active session of this id."""
    return bool(await _end(conn, "session_id = $3", account_id, because, session_id))


async def end_sessions(conn: Connection, account_id: UUID, because: Ending, *, but: UUID | None = None) -> list[UUID]:
    """End every active session of an account, except `but`; return their ids."""
    return await _end(conn, "session_id is distinct from $3", account_id, because, but)


async def _end(conn: Connection, which: str, account_id: UUID, because: Ending, value: UUID | None) -> list[UUID]:
    rows = await conn.fetch(
        "update auth.session set revoked_at = now(), revoked_because = $2"  # noqa: S608 -- one of the two conditions above
        f" where account_id = $1 and revoked_at is null and expires_at > now() and {which} returning session_id",
        account_id,
        because,
        value,
    )
    ended = [row["session_id"] for row in rows]
    await conn.execute(
        "update auth.refresh_token set sealed_answer = null where session_id = any($1) and sealed_answer is not null",
        ended,
    )
    return ended


async def sessions_of(conn: Connection, account_id: UUID, page: PageParams) -> tuple[list[asyncpg.Record], int]:
    """Return a page of an account's active sessions, most recently used first, and the total number."""
    stands = "account_id = $1 and revoked_at is null and expires_at > now()"
    total: int | None = await conn.fetchval(f"select count(*) from auth.session where {stands}", account_id)  # noqa: S608 -- a constant
    rows = await conn.fetch(
        "select session_id as id, method, user_agent, address, created_at, last_used_at, expires_at"  # noqa: S608 -- a constant
        f" from auth.session where {stands} order by last_used_at desc, session_id limit $2 offset $3",
        account_id,
        page.limit,
        page.offset,
    )
    return rows, total or 0


async def addresses_of(conn: Connection, email: str) -> list[str]:
    """Return the last twenty IP addresses from which the account is, or within 30 days was, signed in.

    Sessions that were ended for other reasons than signing out do not count, as a stranger may have started them.
    """
    rows = await conn.fetch(
        "select s.address from auth.session s join auth.account a using (account_id)"
        " where a.email = $1 and s.last_used_at > now() - interval '30 days'"
        " and (s.revoked_at is null or s.revoked_because = 'logout')"
        " group by s.address order by max(s.last_used_at) desc limit 20",
        email,
    )
    return [row["address"] for row in rows]
