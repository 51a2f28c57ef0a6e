"""Accounts as OpenID providers know them, and how an account comes to be known by one."""

from typing import NamedTuple
from uuid import UUID

from common.db import Connection


class AccountOfEmail(NamedTuple):
    """An account found by its address; `proved`: its owner has shown before that they read that mailbox."""

    account_id: UUID
    proved: bool


async def account_of_identity(conn: Connection, issuer: str, subject: str) -> UUID | None:
    """The account that a provider's subject signs in to."""
    return await conn.fetchval(
        "select account_id from auth.identity where issuer = $1 and subject = $2", issuer, subject
    )


async def add_identity(conn: Connection, issuer: str, subject: str, account_id: UUID) -> bool:
    """Let a provider's subject sign in to an account; False where it signs in to one already."""
    done = await conn.execute(
        "insert into auth.identity (issuer, subject, account_id) values ($1, $2, $3) on conflict do nothing",
        issuer,
        subject,
        account_id,
    )
    return done.endswith("1")


async def unlink_identities(conn: Connection, account_id: UUID) -> list[str]:
    """Let no provider's subject sign in to an account any more; answers the issuers.

    Each was linked by the address that the account had: who links one later holds the account's row meanwhile.
    """
    rows = await conn.fetch("delete from auth.identity where account_id = $1 returning issuer", account_id)
    return sorted(row["issuer"] for row in rows)


async def lock_account_of_email(conn: Connection, email: str) -> AccountOfEmail | None:
    """The account of a folded address, held against other changes until the transaction ends."""
    row = await conn.fetchrow(
        "select account_id, email_verified_at is not null as proved from auth.account where email = $1 for update",
        email,
    )
    return AccountOfEmail(*row) if row else None


async def add_proved_account(conn: Connection, email: str, name: str) -> UUID | None:
    """A new account of a folded address that its owner has proved to read; None where there is one by now."""
    return await conn.fetchval(
        "insert into auth.account (email, email_verified_at, name) values ($1, now(), $2)"
        " on conflict (email) do nothing returning account_id",
        email,
        name,
    )


async def prove_email(conn: Connection, account_id: UUID) -> bool:
    """Note that the owner of an account's address has come, and take away what others may have left under it before.

    Its password and the links mailed for it go: whoever asked for them did not prove to read the mailbox. Answers
    whether there was a password. Ending the sessions is `sessions.end_sessions`.
    """
    await conn.execute(
        "update auth.account set email_verified_at = now(), updated_at = now() where account_id = $1", account_id
    )
    await conn.execute("delete from auth.mailed_link where account_id = $1", account_id)
    return (await conn.execute("delete from auth.credential where account_id = $1", account_id)).endswith("1")


async def speak_for(conn: Connection, account_id: UUID) -> None:
    """Open the account's own memberships in a transaction that began without knowing whose they would be."""
    await conn.execute("select set_config('app.account_id', $1, true)", str(account_id))
