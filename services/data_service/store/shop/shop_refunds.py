"""The refunds of a shop's orders."""

from collections.abc import Sequence
from uuid import UUID

from common.db import Connection
from common.db.jsonb import to_jsonb
from services.data_service.store.events.marketing_batches import announce_marketing
from services.data_service.store.shop.shop_orders import ShopRefund


async def set_refunds(
    connection: Connection,
    tenant_id: UUID,
    source_id: UUID,
    order_ids: Sequence[str],
    refunds: Sequence[ShopRefund],
    job_id: UUID | None,
) -> None:
    """Replace the refunds of these orders by `refunds`, and publish the change."""
    await connection.execute(
        "delete from data.shop_refund where tenant_id = $1 and source_id = $2 and order_id = any($3)",
        *(tenant_id, source_id, list(order_ids)),
    )
    await connection.execute(
        "insert into data.shop_refund (tenant_id, source_id, order_id, refund_id, amount, reason, created_at, lines,"
        " extra)"
        " select $1, $2, r.order_id, r.refund_id, r.amount, r.reason, r.created_at, r.lines, r.extra"
        " from jsonb_to_recordset($3) as r (order_id text, refund_id text, amount numeric, reason text,"
        " created_at timestamptz, lines jsonb, extra jsonb) on conflict do nothing",
        *(tenant_id, source_id, to_jsonb([refund._asdict() for refund in refunds])),
    )
    rows = await connection.fetch(
        "select distinct transaction_id from data.shop_order"
        " where tenant_id = $1 and source_id = $2 and order_id = any($3)",
        *(tenant_id, source_id, list(order_ids)),
    )
    await announce_marketing(connection, tenant_id, job_id, 0, transaction_ids=[row[0] for row in rows])
