"""Disabling and enabling accounts, by the operator."""

from uuid import UUID

from common.db import Connection


async def disable(conn: Connection, account_id: UUID) -> None:
    """Refuse the account from now on. Its sessions are ended after this, in the same transaction: who signs in at
    the same time waits for this row, or has made a session that is ended too.
    """
    await conn.execute(
        "update auth.account set disabled_at = coalesce(disabled_at, now()), updated_at = now() where account_id = $1",
        account_id,
    )


async def enable(conn: Connection, account_id: UUID) -> None:
    """Let the account sign in again; its ended sessions stay ended."""
    await conn.execute(
        "update auth.account set disabled_at = null, updated_at = now() where account_id = $1", account_id
    )
