"""Disable and enable accounts, for the operator."""

from uuid import UUID

from common.db import Connection


async def disable(conn: Connection, account_id: UUID) -> None:
    """Disable an account. The caller ends its sessions afterwards, in the same transaction.

    A concurrent sign-in waits for this row, or has already created a session that is ended too.
    """
    await conn.execute(
        "update auth.account set disabled_at = coalesce(disabled_at, now()), updated_at = now() where account_id = $1",
        account_id,
    )


async def enable(conn: Connection, account_id: UUID) -> None:
    """Enable an account again; its ended sessions stay ended."""
    await conn.execute(
        "update auth.account set disabled_at = null, updated_at = now() where account_id = $1", account_id
    )
