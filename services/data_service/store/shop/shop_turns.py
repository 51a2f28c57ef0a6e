"""Who takes orders in and who links them to what a tag told take turns: one of the two always sees the other's rows.

The lock stands beside the rows. Held on the shop's own row, it would keep webhooks from being written down.
"""

from uuid import UUID

from common.db import Connection

_KEY = "hashtextextended('shop orders of ' || $1::uuid, 0)"


async def hold_shops(connection: Connection, tenant_id: UUID) -> None:
    """Say that orders of a shop are being taken in: who links them waits until the transaction ends."""
    await connection.execute(f"select pg_advisory_xact_lock_shared({_KEY})", tenant_id)


async def hold_out_of_shops(connection: Connection, tenant_id: UUID) -> bool:
    """Wait for those who take orders in, keep others out until the transaction ends; whether the tenant has a shop."""
    has_shop = await connection.fetchval(
        "select exists (select from data.source where tenant_id = $1 and kind = 'woocommerce')", tenant_id
    )
    if has_shop:
        await connection.execute(f"select pg_advisory_xact_lock({_KEY})", tenant_id)
    return bool(has_shop)
