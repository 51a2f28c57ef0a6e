"""Sign-ins at a provider that have begun."""

from typing import NamedTuple

from common.db import Connection


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
    """Remember a sign-in until it ends; `past_its_age` forgets it once it has expired."""
    await conn.execute(
        "insert into auth.pending_sign_in"
        " (state_hash, provider, redirect_uri, browser_hash, sealed_secrets, expires_at)"
        " values ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))",
        state_hash,
        provider,
        redirect_uri,
        browser_hash,
        sealed_secrets,
        lifetime_seconds,
    )


async def take(conn: Connection, state_hash: bytes) -> PendingSignIn | None:
    """The sign-in of a state, once: whoever asks again, at the same moment too, gets None."""
    row = await conn.fetchrow(
        "delete from auth.pending_sign_in where state_hash = $1"
        " returning provider, redirect_uri, browser_hash, sealed_secrets, expires_at <= now() as expired",
        state_hash,
    )
    return PendingSignIn(*row) if row else None
