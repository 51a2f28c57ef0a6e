"""A shop's orders, and the purchases that they are among the events."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from common.db import Connection
from common.db.jsonb import from_jsonb, to_jsonb
from common.events.contracts.data_batch_recorded import BatchKey


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


class OrderPlace(NamedTuple):
    """An order with what its purchase row is made of: what the shop's tag knows of it, and the row it has now."""

    source_id: UUID
    order_id: str
    number: str
    transaction_id: str
    status: str
    currency: str | None
    total: Decimal
    user_id: str | None
    created_at: datetime
    paid_at: datetime | None
    items: str  # JSON
    meta: list[dict[str, Any]]
    tag_device: str | None
    tag_user: str | None
    tag_location: str | None
    tag_extra: dict[str, Any] | None
    purchase_ts: datetime | None
    purchase_id: UUID | None
    purchase_digest: bytes | None
    is_placed: bool


class PlacedKey(NamedTuple):
    """The purchase row that an order has from now on; None: none."""

    source_id: UUID
    order_id: str
    event_ts: datetime | None
    event_id: UUID | None
    digest: bytes | None


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
_PLACES = """
    select
        o.source_id, o.order_id, o.number, o.transaction_id, o.status, o.currency, o.total, o.user_id, o.created_at,
        o.paid_at, (
            select coalesce(jsonb_agg(l.line - 'sku' - 'total' - 'total_tax' order by l.place), '[]')
            from jsonb_array_elements(o.lines) with ordinality as l (line, place)
        ) as items,
        o.extra -> 'meta_data' as meta, g.user_pseudo_id as tag_device, g.user_id as tag_user,
        g.location_id as tag_location, g.extra as tag_extra, o.purchase_ts, o.purchase_id, o.purchase_digest,
        p.event_id is not null as is_placed
    from data.shop_order o
    left join lateral (
        select x.user_pseudo_id, x.user_id, x.location_id, x.extra
        from data.purchase x
        where x.tenant_id = $1 and x.transaction_id = o.transaction_id and x.road <> 5
            and x.user_pseudo_id is not null
        order by x.road, x.event_ts, x.event_id
        limit 1
    ) g on true
    left join data.purchase p on p.tenant_id = $1 and p.event_ts = o.purchase_ts and p.event_id = o.purchase_id
    where o.tenant_id = $1 and (o.source_id, o.order_id) in (select * from unnest($2::uuid[], $3::text[]))
    order by o.source_id, o.order_id
    for update of o
"""
_OF_TAGS = """
    select distinct o.source_id, o.order_id
    from unnest($2::text[], $3::bigint[], $4::bigint[]) as k (device, first_us, last_us)
    inner join data.purchase p on p.tenant_id = $1 and p.user_pseudo_id = k.device and p.road <> 5
        and p.event_ts >= timestamptz 'epoch' + k.first_us * interval '1 microsecond'
        and p.event_ts <= timestamptz 'epoch' + k.last_us * interval '1 microsecond'
    inner join data.shop_order o on o.tenant_id = $1 and o.transaction_id = p.transaction_id
"""


async def hold_shop(connection: Connection, tenant_id: UUID, source_id: UUID) -> None:
    """Say that orders of a shop are being taken in: who links them (`hold_out_of_shops`) waits until that is done."""
    await connection.execute(
        "select from data.source where tenant_id = $1 and source_id = $2 for key share", tenant_id, source_id
    )


async def hold_out_of_shops(connection: Connection, tenant_id: UUID) -> bool:
    """Wait for those who take orders in, keep others out until the transaction ends; whether the tenant has a shop."""
    rows = await connection.fetch(
        "select source_id from data.source where tenant_id = $1 and kind = 'woocommerce' order by source_id for update",
        tenant_id,
    )
    return bool(rows)


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


async def mark_deleted(connection: Connection, tenant_id: UUID, source_id: UUID, order_ids: Iterable[str]) -> int:
    """Note that the shop has these orders no more; gives how many it had until now."""
    rows = await connection.fetch(
        "update data.shop_order set status = 'deleted' where tenant_id = $1 and source_id = $2"
        " and order_id = any($3) and status <> 'deleted' returning order_id",
        *(tenant_id, source_id, list(order_ids)),
    )
    return len(rows)


async def order_places(connection: Connection, tenant_id: UUID, orders: Sequence[tuple[UUID, str]]) -> list[OrderPlace]:
    """Orders with what the shop's tag told of them by the same transaction, held until the transaction ends."""
    rows = await connection.fetch(
        _PLACES, tenant_id, [source_id for source_id, _ in orders], [order_id for _, order_id in orders]
    )
    return [
        OrderPlace(*row)._replace(meta=from_jsonb(row["meta"]) or [], tag_extra=from_jsonb(row["tag_extra"]))
        for row in rows
    ]


async def orders_of_tags(connection: Connection, tenant_id: UUID, keys: Sequence[BatchKey]) -> list[tuple[UUID, str]]:
    """The orders that purchases of these devices, within their times, tell of by the same transaction."""
    known = [(device, first, last) for device, _, first, last in keys if device is not None]
    rows = await connection.fetch(
        _OF_TAGS, tenant_id, [key[0] for key in known], [key[1] for key in known], [key[2] for key in known]
    )
    return [(row[0], row[1]) for row in rows]


async def remove_purchases(
    connection: Connection, tenant_id: UUID, keys: Sequence[tuple[datetime, UUID]]
) -> list[BatchKey]:
    """Take purchase rows of orders back; gives the devices and users they were of."""
    rows = await connection.fetch(
        "delete from data.purchase p using unnest($2::timestamptz[], $3::uuid[]) as k (event_ts, event_id)"
        " where p.tenant_id = $1 and p.event_ts = k.event_ts and p.event_id = k.event_id and p.road = 5"
        " returning p.user_pseudo_id, p.user_id, (extract(epoch from p.event_ts) * 1000000)::bigint as us",
        *(tenant_id, [key[0] for key in keys], [key[1] for key in keys]),
    )
    return [(device, user, us, us) for device, user, us in rows]


async def note_places(connection: Connection, tenant_id: UUID, placed: Sequence[PlacedKey]) -> None:
    """Write down which purchase row each order has now."""
    await connection.execute(
        "update data.shop_order o set purchase_ts = k.event_ts, purchase_id = k.event_id, purchase_digest = k.digest"
        " from unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::uuid[], $6::bytea[])"
        " as k (source_id, order_id, event_ts, event_id, digest)"
        " where o.tenant_id = $1 and o.source_id = k.source_id and o.order_id = k.order_id",
        tenant_id,
        *([row[column] for row in placed] for column in range(len(PlacedKey._fields))),
    )
