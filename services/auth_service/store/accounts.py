"""Store accounts and their credentials."""

from typing import NamedTuple
from uuid import UUID

import asyncpg

from common.db import Connection


class Credential(NamedTuple):
    """The data of an account that a sign-in needs; `password_hash` is None if it has no password."""

    account_id: UUID
    password_hash: str | None


async def credential_of(conn: Connection, email: str) -> Credential | None:
    """Return the credential of an account by its folded email address, or None."""
    row = await conn.fetchrow(
        "select account_id, password_hash from auth.account left join auth.credential using (account_id)"
        " where email = $1",
        email,
    )
    return Credential(*row) if row else None


async def account(conn: Connection, account_id: UUID) -> asyncpg.Record | None:
    """Return an account's profile, or None."""
    return await conn.fetchrow(
        "select account_id as id, email, name, avatar_url, last_login_at, created_at"
        " from auth.account where account_id = $1",
        account_id,
    )


async def rename(conn: Connection, account_id: UUID, name: str) -> bool:
    """Set the display name; return False if it is unchanged."""
    done = await conn.execute(
        "update auth.account set name = $2, updated_at = now() where account_id = $1 and name <> $2", account_id, name
    )
    return done.endswith("1")


async def note_login(conn: Connection, account_id: UUID) -> None:
    """Store the time of the sign-in."""
    await conn.execute("update auth.account set last_login_at = now() where account_id = $1", account_id)


async def ensure_account(conn: Connection, email: str) -> UUID:
    """Return the account of a folded email address, and create it if there is none."""
    account_id: UUID | None = await conn.fetchval(
        "insert into auth.account (email) values ($1)"
        " on conflict (email) do update set email = excluded.email returning account_id",
        email,
    )
    assert account_id is not None  # noqa: S101 -- inserted or there already
    return account_id


async def add_credential(conn: Connection, account_id: UUID, password_hash: str) -> bool:
    """Set the password of an account without one; return False if it has one already.

    Only the operator does this. It also verifies the address, so that a later sign-in at a provider keeps the password.
    """
    done = await conn.execute(
        "insert into auth.credential (account_id, password_hash) values ($1, $2) on conflict do nothing",
        account_id,
        password_hash,
    )
    added = done.endswith("1")
    if added:
        await conn.execute(
            "update auth.account set email_verified_at = coalesce(email_verified_at, now()) where account_id = $1",
            account_id,
        )
    return added


async def add_stand_in(conn: Connection) -> UUID:
    """Insert a placeholder account without sign-in, which holds an invitation until the person joins."""
    account_id: UUID | None = await conn.fetchval(
        "insert into auth.account (email) values ('invited-' || gen_random_uuid() || '@stand-in.invalid')"
        " returning account_id"
    )
    assert account_id is not None  # noqa: S101 -- the statement returns the row it makes
    return account_id


class Guest(NamedTuple):
    """An invited account. `is_new` means that nobody has signed in with it or could have."""

    account_id: UUID
    email: str
    is_new: bool


async def guest(conn: Connection, tenant_id: UUID, invited_id: UUID) -> Guest | None:
    """Return the account of an invited address, whatever its id, locked until the transaction ends.

    Returns None if no account has the address any more, or the operator has disabled it.
    """
    row = await conn.fetchrow(
        "select a.account_id, a.email, a.last_login_at is null"
        " and not exists (select 1 from auth.credential c where c.account_id = a.account_id)"
        " and not exists (select 1 from auth.identity i where i.account_id = a.account_id)"
        " from auth.membership m join auth.account a on a.email = m.invited_email"
        " where m.tenant_id = $1 and m.account_id = $2 and m.joined_at is null and a.disabled_at is null"
        " for no key update of a",
        tenant_id,
        invited_id,
    )
    return Guest(*row) if row else None


async def account_of_avatar(conn: Connection, avatar_url: str) -> UUID | None:
    """Return the account that a picture belongs to, or None."""
    return await conn.fetchval("select account_id from auth.account where avatar_url = $1", avatar_url)


async def change_avatar(conn: Connection, account_id: UUID, avatar_url: str | None) -> str | None:
    """Set an account's picture; return the previous one."""
    before: str | None = await conn.fetchval(
        "select avatar_url from auth.account where account_id = $1 for no key update", account_id
    )
    await conn.execute(
        "update auth.account set avatar_url = $2, updated_at = now() where account_id = $1", account_id, avatar_url
    )
    return before
