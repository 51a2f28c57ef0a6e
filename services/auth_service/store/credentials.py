"""Store the passwords and email addresses of accounts."""

from uuid import UUID

import asyncpg

from common.db import Connection
from services.auth_service.errors.own_account import LinkDead


async def reachable_account(conn: Connection, email: str) -> UUID | None:
    """Return the account of a folded email address, unless it is disabled."""
    return await conn.fetchval("select account_id from auth.account where email = $1 and disabled_at is null", email)


async def owner_of(conn: Connection, email: str) -> UUID | None:
    """Return the account of a folded email address, disabled or not."""
    return await conn.fetchval("select account_id from auth.account where email = $1", email)


async def password_hash_of(conn: Connection, account_id: UUID) -> str | None:
    """Return the hash of an account's password, or None if it has no password."""
    return await conn.fetchval("select password_hash from auth.credential where account_id = $1", account_id)


async def set_password(conn: Connection, account_id: UUID, password_hash: str) -> None:
    """Set an account's password in place of the former one."""
    await conn.execute(
        "insert into auth.credential (account_id, password_hash) values ($1, $2)"
        " on conflict (account_id) do update set password_hash = excluded.password_hash, changed_at = now()",
        account_id,
        password_hash,
    )


async def note_verified(conn: Connection, account_id: UUID, email: str) -> None:
    """Mark an email address as verified, if it is still the account's."""
    await conn.execute(
        "update auth.account set email_verified_at = coalesce(email_verified_at, now()), updated_at = now()"
        " where account_id = $1 and email = $2",
        account_id,
        email,
    )


async def move_to(conn: Connection, account_id: UUID, email: str) -> str | None:
    """Make a verified address the account's; return the former one.

    Raises:
        LinkDead: another account has the address; the caller's transaction is aborted.
    """
    try:
        return await conn.fetchval(
            "update auth.account a set email = $2, email_verified_at = now(), updated_at = now()"
            " from (select account_id, email from auth.account where account_id = $1 for update) before"
            " where a.account_id = before.account_id returning before.email",
            account_id,
            email,
        )
    except asyncpg.UniqueViolationError:
        raise LinkDead from None
