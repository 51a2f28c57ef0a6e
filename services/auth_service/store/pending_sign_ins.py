"""Store the sign-ins that were started at a provider."""

from typing import NamedTuple

from common.db import Connection


class PendingSignIn(NamedTuple):
    """A started sign-in; `expired` is whether it took too long."""

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
    """Store a started sign-in; `expired_rows` deletes it once it has expired."""
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
    """Delete and return the sign-in of a state; of concurrent calls, one gets it, and the others get None."""
    row = await conn.fetchrow(
        "delete from auth.pending_sign_in where state_hash = $1"
        " returning provider, redirect_uri, browser_hash, sealed_secrets, expires_at <= now() as expired",
        state_hash,
    )
    return PendingSignIn(*row) if row else None
