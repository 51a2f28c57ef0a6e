"""A lock between storing orders and linking them to the tag's purchases, so that one always sees the other's rows.

It is an advisory lock: one on the shop's own row would block the recording of webhooks.
"""

from uuid import UUID

from common.db import Connection

_KEY = "hashtextextended('shop orders of ' || $1::uuid, 0)"


async def hold_shops(connection: Connection, tenant_id: UUID) -> None:
    """Take the shared lock while orders are stored: linking waits until the transaction ends."""
    await connection.execute(f"select pg_advisory_xact_lock_shared({_KEY})", tenant_id)


async def hold_out_of_shops(connection: Connection, tenant_id: UUID) -> bool:
    """Take the exclusive lock for linking, until the transaction ends; returns whether the tenant has a shop."""
    has_shop = await connection.fetchval(
        "select exists (select from data.source where tenant_id = $1 and kind = 'woocommerce')", tenant_id
    )
    if has_shop:
        await connection.execute(f"select pg_advisory_xact_lock({_KEY})", tenant_id)
    return bool(has_shop)
