"""Sign-ins at a provider that have begun."""

from typing import NamedTuple

from common.db import Connection

# Of those that nobody ended, so many go with each that begins: more than come.
_SWEPT_AT_ONCE = 100


class PendingSignIn(NamedTuple):
    """One that has begun; `expired` where it took too long."""

    provider: str
    redirect_uri: str
    browser_hash: bytes
    sealed_secrets: str
    expired: bool


async def begin(
    conn: Connection,
    state_hash: bytes,
    *,
    provider: str,
    redirect_uri: str,
    browser_hash: bytes,
    sealed_secrets: str,
    lifetime_seconds: int,
) -> None:
    """Remember a sign-in until it ends or expires; forget some that expired."""
    await conn.execute(
        "with expired as (select state_hash from auth.pending_sign_in where expires_at < now()"
        " limit $7 for update skip locked), gone as"
        " (delete from auth.pending_sign_in p using expired e where p.state_hash = e.state_hash)"
        " insert into auth.pending_sign_in"
        " (state_hash, provider, redirect_uri, browser_hash, sealed_secrets, expires_at)"
        " values ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))",
        state_hash,
        provider,
        redirect_uri,
        browser_hash,
        sealed_secrets,
        lifetime_seconds,
        _SWEPT_AT_ONCE,
    )


async def take(conn: Connection, state_hash: bytes) -> PendingSignIn | None:
    """The sign-in of a state, once: whoever asks again, at the same moment too, gets None."""
    row = await conn.fetchrow(
        "delete from auth.pending_sign_in where state_hash = $1"
        " returning provider, redirect_uri, browser_hash, sealed_secrets, expires_at <= now() as expired",
        state_hash,
    )
    return PendingSignIn(*row) if row else None
