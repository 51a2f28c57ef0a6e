"""A shop's orders as it last told of them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from common.db import Connection
from common.db.jsonb import to_jsonb


class ShopOrder(NamedTuple):
    """A row of data.shop_order, but for its purchase.

    `lines` are items as events have them, with `sku`, `total` and `total_tax`.
    """

    order_id: str
    number: str
    transaction_id: str
    status: str
    currency: str | None
    total: Decimal
    total_tax: Decimal
    shipping_total: Decimal
    discount_total: Decimal
    customer_id: str | None
    email_hash: bytes | None
    user_id: str | None
    created_at: datetime
    modified_at: datetime
    paid_at: datetime | None
    lines: list[dict[str, Any]]
    extra: dict[str, Any]


class ShopRefund(NamedTuple):
    """A row of data.shop_refund."""

    order_id: str
    refund_id: str
    amount: Decimal
    reason: str | None
    created_at: datetime
    lines: list[dict[str, Any]]


_UPSERT = """
    insert into data.shop_order as o (
        tenant_id, source_id, order_id, number, transaction_id, status, currency, total, total_tax, shipping_total,
        discount_total, customer_id, email_hash, user_id, created_at, modified_at, paid_at, lines, extra
    )
    select
        $1, $2, r.order_id, r.number, r.transaction_id, r.status, r.currency, r.total, r.total_tax, r.shipping_total,
        r.discount_total, r.customer_id, decode(r.email_hash, 'hex'), r.user_id, r.created_at, r.modified_at, r.paid_at,
        r.lines, r.extra
    from jsonb_to_recordset($3) as r (
        order_id text, number text, transaction_id text, status text, currency text, total numeric, total_tax numeric,
        shipping_total numeric, discount_total numeric, customer_id text, email_hash text, user_id text,
        created_at timestamptz, modified_at timestamptz, paid_at timestamptz, lines jsonb, extra jsonb
    )
    order by r.order_id
    on conflict (tenant_id, source_id, order_id) do update set
        number = excluded.number, transaction_id = excluded.transaction_id, status = excluded.status,
        currency = excluded.currency, total = excluded.total, total_tax = excluded.total_tax,
        shipping_total = excluded.shipping_total, discount_total = excluded.discount_total,
        customer_id = excluded.customer_id, email_hash = excluded.email_hash, user_id = excluded.user_id,
        created_at = excluded.created_at, modified_at = excluded.modified_at, paid_at = excluded.paid_at,
        lines = excluded.lines, extra = excluded.extra
    where
        excluded.modified_at > o.modified_at
        or (
            -- The shop counts in seconds: of two changes in one, the one read last stands.
            excluded.modified_at = o.modified_at
            and (
                o.number, o.transaction_id, o.status, o.currency, o.total, o.total_tax, o.shipping_total,
                o.discount_total, o.customer_id, o.email_hash, o.user_id, o.created_at, o.paid_at, o.lines, o.extra
            ) is distinct from (
                excluded.number, excluded.transaction_id, excluded.status, excluded.currency, excluded.total,
                excluded.total_tax, excluded.shipping_total, excluded.discount_total, excluded.customer_id,
                excluded.email_hash, excluded.user_id, excluded.created_at, excluded.paid_at, excluded.lines,
                excluded.extra
            )
        )
    returning o.order_id
"""


async def hold_shop(connection: Connection, tenant_id: UUID, source_id: UUID) -> None:
    """Say that orders of a shop are being taken in: who links them (`hold_out_of_shops`) waits until that is done."""
    await connection.execute(
        "select from data.source where tenant_id = $1 and source_id = $2 for key share", tenant_id, source_id
    )


async def upsert_orders(
    connection: Connection, tenant_id: UUID, source_id: UUID, orders: Sequence[ShopOrder]
) -> list[str]:
    """Put orders in; one that was modified later than is told here stays. Gives those that are new or different."""
    latest: dict[str, ShopOrder] = {}
    for order in orders:
        if order.order_id not in latest or order.modified_at >= latest[order.order_id].modified_at:
            latest[order.order_id] = order
    records = [
        {**order._asdict(), "email_hash": order.email_hash.hex() if order.email_hash else None}
        for order in latest.values()
    ]
    rows = await connection.fetch(_UPSERT, tenant_id, source_id, to_jsonb(records))
    return [row[0] for row in rows]


async def known_orders(
    connection: Connection, tenant_id: UUID, source_id: UUID, first: datetime, until: datetime
) -> list[str]:
    """The orders made in a range of time that the shop had when it was last asked."""
    rows = await connection.fetch(
        "select order_id from data.shop_order where tenant_id = $1 and source_id = $2 and created_at >= $3"
        " and created_at < $4 and status <> 'deleted'",
        *(tenant_id, source_id, first, until),
    )
    return [row[0] for row in rows]


async def give_orders(connection: Connection, tenant_id: UUID, owners: Mapping[bytes, str]) -> list[tuple[UUID, str]]:
    """Make the orders that name an address (its hash) those of who has it; gives the orders that change hands."""
    rows = await connection.fetch(
        "update data.shop_order o set user_id = k.user_id"
        " from unnest($2::bytea[], $3::text[]) as k (email_hash, user_id)"
        " where o.tenant_id = $1 and o.email_hash = k.email_hash and o.user_id is distinct from k.user_id"
        " returning o.source_id, o.order_id",
        *(tenant_id, list(owners), list(owners.values())),
    )
    return [(row[0], row[1]) for row in rows]


async def mark_deleted(connection: Connection, tenant_id: UUID, source_id: UUID, order_ids: Iterable[str]) -> int:
    """Note that the shop has these orders no more; gives how many it had until now."""
    rows = await connection.fetch(
        "update data.shop_order set status = 'deleted' where tenant_id = $1 and source_id = $2"
        " and order_id = any($3) and status <> 'deleted' returning order_id",
        *(tenant_id, source_id, list(order_ids)),
    )
    return len(rows)
