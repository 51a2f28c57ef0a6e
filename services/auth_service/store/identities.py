"""Store the identities of accounts at OpenID providers, and link them to accounts by verified addresses."""

from typing import NamedTuple
from uuid import UUID

from common.db import Connection


class AccountOfEmail(NamedTuple):
    """An account found by its address; `proved` is whether its owner has verified the address before."""

    account_id: UUID
    proved: bool


async def account_of_identity(conn: Connection, issuer: str, subject: str) -> UUID | None:
    """Return the account that a provider's subject signs in to, or None."""
    return await conn.fetchval(
        "select account_id from auth.identity where issuer = $1 and subject = $2", issuer, subject
    )


async def add_identity(conn: Connection, issuer: str, subject: str, account_id: UUID) -> bool:
    """Link a provider's subject to an account; return False if it is linked to an account already."""
    done = await conn.execute(
        "insert into auth.identity (issuer, subject, account_id) values ($1, $2, $3) on conflict do nothing",
        issuer,
        subject,
        account_id,
    )
    return done.endswith("1")


async def unlink_identities(conn: Connection, account_id: UUID) -> list[str]:
    """Unlink all identities of an account, which were linked by its former address; return their issuers.

    Linking an identity locks the account's row, so none is linked at the same time.
    """
    rows = await conn.fetch("delete from auth.identity where account_id = $1 returning issuer", account_id)
    return sorted(row["issuer"] for row in rows)


async def lock_account_of_email(conn: Connection, email: str) -> AccountOfEmail | None:
    """Return the account of a folded email address, locked until the transaction ends."""
    row = await conn.fetchrow(
        "select account_id, email_verified_at is not null as proved from auth.account where email = $1 for update",
        email,
    )
    return AccountOfEmail(*row) if row else None


async def add_proved_account(conn: Connection, email: str, name: str) -> UUID | None:
    """Create an account with a verified, folded email address; return None if the address has an account by now."""
    return await conn.fetchval(
        "insert into auth.account (email, email_verified_at, name) values ($1, now(), $2)"
        " on conflict (email) do nothing returning account_id",
        email,
        name,
    )


async def prove_email(conn: Connection, account_id: UUID) -> bool:
    """Mark an account's address as verified by its owner, and delete what others may have set before.

    Its password and mailed links are deleted, as they were set and requested without verifying the address. The caller
    ends the sessions (`sessions.end_sessions`).

    Returns:
        Whether there was a password.
    """
    await conn.execute(
        "update auth.account set email_verified_at = now(), updated_at = now() where account_id = $1", account_id
    )
    await conn.execute("delete from auth.mailed_link where account_id = $1", account_id)
    return (await conn.execute("delete from auth.credential where account_id = $1", account_id)).endswith("1")


async def open_own_memberships(conn: Connection, account_id: UUID) -> None:
    """Let the row-level policies show the account's own memberships in a transaction that began without an account."""
    await conn.execute("select set_config('app.account_id', $1, true)", str(account_id))
