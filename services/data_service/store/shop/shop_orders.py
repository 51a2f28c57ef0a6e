"""A shop's orders as last reported."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from common.db import Connection
from common.db.jsonb import to_jsonb


class ShopOrder(NamedTuple):
    """A row of data.shop_order without the purchase columns.

    `lines` are items as events have them, with `sku`, `total` and `total_tax`; `extra` holds unknown fields.
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
    told_digest: bytes | None


class KnownOrder(NamedTuple):
    """What shows whether a reported order is new or changed; without a digest it counts as changed."""

    told_digest: bytes | None
    refund_ids: frozenset[str]
    created_at: datetime | None = None


class ShopRefund(NamedTuple):
    """A row of data.shop_refund; `extra` holds unknown fields."""

    order_id: str
    refund_id: str
    amount: Decimal
    reason: str | None
    created_at: datetime
    lines: list[dict[str, Any]]
    extra: dict[str, Any]


_TYPES = {
    **dict.fromkeys(("total", "total_tax", "shipping_total", "discount_total"), "numeric"),
    **dict.fromkeys(("created_at", "modified_at", "paid_at"), "timestamptz"),
    **dict.fromkeys(("lines", "extra"), "jsonb"),
}
_BYTES = ("email_hash", "told_digest")  # in JSON: as base64
_COLUMNS = ShopOrder._fields
# An order that no list held is looked for again after 30 days.
_EXPECTED = "(asked_alone_at is null or asked_alone_at < now() - interval '30 days')"
_TOLD = [name for name in _COLUMNS if name not in ("order_id", "modified_at")]
_UPSERT = f"""
    insert into data.shop_order as o (tenant_id, source_id, {", ".join(_COLUMNS)})
    select $1, $2, {", ".join(f"decode(r.{name}, 'base64')" if name in _BYTES else f"r.{name}" for name in _COLUMNS)}
    from jsonb_to_recordset($3) as r ({", ".join(f"{name} {_TYPES.get(name, 'text')}" for name in _COLUMNS)})
    order by r.order_id
    on conflict (tenant_id, source_id, order_id) do update set
        {", ".join(f"{name} = excluded.{name}" for name in (*_TOLD, "modified_at"))},
        asked_alone_at = null
    where
        excluded.modified_at > o.modified_at
        -- By a clock that was put back since.
        or o.modified_at > $4::timestamptz + interval '5 minutes'
        or (
            -- The shop counts in seconds: of two changes in one, the one read last stands.
            excluded.modified_at = o.modified_at
            and ({", ".join(f"o.{name}" for name in _TOLD)})
            is distinct from ({", ".join(f"excluded.{name}" for name in _TOLD)})
        )
    returning o.order_id
"""  # noqa: S608 -- own names


async def upsert_orders(
    connection: Connection, tenant_id: UUID, source_id: UUID, orders: Sequence[ShopOrder], shop_time: datetime | None
) -> list[str]:
    """Upsert orders unless the stored one was modified later; returns those that are new or different.

    `shop_time` is the shop's clock: a stored time of modification ahead of it counts as older.
    """
    latest: dict[str, ShopOrder] = {}
    for order in orders:
        if order.order_id not in latest or order.modified_at >= latest[order.order_id].modified_at:
            latest[order.order_id] = order
    records = [order._asdict() for order in latest.values()]
    rows = await connection.fetch(_UPSERT, tenant_id, source_id, to_jsonb(records), shop_time)
    return [row[0] for row in rows]


async def known_orders(
    connection: Connection, tenant_id: UUID, source_id: UUID, order_ids: Sequence[str]
) -> dict[str, KnownOrder]:
    """The stored ones of these orders."""
    rows = await connection.fetch(
        "select o.order_id, o.told_digest, array("
        "  select r.refund_id from data.shop_refund r"
        "  where r.tenant_id = $1 and r.source_id = $2 and r.order_id = o.order_id), o.created_at"
        " from data.shop_order o where o.tenant_id = $1 and o.source_id = $2 and o.order_id = any($3)",
        *(tenant_id, source_id, order_ids),
    )
    return {order_id: KnownOrder(digest, frozenset(refunds), made) for order_id, digest, refunds, made in rows}


async def unfinished_orders(
    connection: Connection, tenant_id: UUID, source_id: UUID, after: str, most: int
) -> list[str]:
    """Orders with parts still to be requested, by id, without those requested just now."""
    rows = await connection.fetch(
        "select order_id from data.shop_order where tenant_id = $1 and source_id = $2 and order_id > $3"
        " and told_digest is null and status <> 'deleted'"
        " and (asked_alone_at is null or asked_alone_at < now() - interval '12 hours') order by order_id limit $4",
        *(tenant_id, source_id, after, most),
    )
    return [row[0] for row in rows]


async def count_unfinished(
    connection: Connection, tenant_id: UUID, source_id: UUID, first: datetime, until: datetime
) -> tuple[int, int]:
    """How many orders created in a time range lack their refunds, and how many the shop did not answer for."""
    row = await connection.fetchrow(
        "select count(*) filter (where asked_alone_at is null), count(asked_alone_at) from data.shop_order"
        " where tenant_id = $1 and source_id = $2 and created_at >= $3"
        " and created_at < $4 and told_digest is null and status <> 'deleted'",
        *(tenant_id, source_id, first, until),
    )
    return (row[0], row[1]) if row else (0, 0)


async def read_otherwise(
    connection: Connection, tenant_id: UUID, source_id: UUID, settings: bytes
) -> tuple[int, datetime, datetime] | None:
    """How many orders were read by other settings than these (a digest), and when the first and last were created."""
    row = await connection.fetchrow(
        "select count(*), min(created_at), max(created_at) from data.shop_order"
        " where tenant_id = $1 and source_id = $2 and status <> 'deleted'"
        " and substring(told_digest from 1 for octet_length($3::bytea)) <> $3::bytea",
        *(tenant_id, source_id, settings),
    )
    return tuple(row) if row and row[0] else None


async def statuses_of_made(
    connection: Connection, tenant_id: UUID, source_id: UUID, first: datetime, until: datetime
) -> dict[str, str]:
    """The orders created in a time range that the shop should list outside the trash, with their status."""
    rows = await connection.fetch(
        "select order_id, status from data.shop_order where tenant_id = $1 and source_id = $2 and created_at >= $3"  # noqa: S608 -- own text
        f" and created_at < $4 and status not in ('deleted', 'trash') and {_EXPECTED}",
        *(tenant_id, source_id, first, until),
    )
    return {row[0]: row[1] for row in rows}


async def count_listed(
    connection: Connection, tenant_id: UUID, source_id: UUID, first: datetime, until: datetime
) -> tuple[int, datetime | None]:
    """How many of those there are, without drafts, and when the middle one was created."""
    row = await connection.fetchrow(
        "select count(*), percentile_disc(0.5) within group (order by created_at) from data.shop_order"  # noqa: S608 -- own text
        " where tenant_id = $1 and source_id = $2 and created_at >= $3 and created_at < $4"
        f" and status not in ('deleted', 'trash', 'auto-draft', 'checkout-draft') and {_EXPECTED}",
        *(tenant_id, source_id, first, until),
    )
    return (row[0], row[1]) if row else (0, None)


async def note_asked_alone(connection: Connection, tenant_id: UUID, source_id: UUID, order_ids: Sequence[str]) -> None:
    """Store that the shop was asked for these orders one by one, because none of its lists holds them."""
    await connection.execute(
        "update data.shop_order set asked_alone_at = now()"
        " where tenant_id = $1 and source_id = $2 and order_id = any($3)",
        *(tenant_id, source_id, order_ids),
    )


async def note_unanswered(connection: Connection, tenant_id: UUID, source_id: UUID, order_id: str) -> datetime | None:
    """Store that the shop does not answer for this order; returns when it was created, None if it is not stored."""
    return await connection.fetchval(
        "update data.shop_order set asked_alone_at = now(), told_digest = null"
        " where tenant_id = $1 and source_id = $2 and order_id = $3 returning created_at",
        *(tenant_id, source_id, order_id),
    )


async def note_listed(connection: Connection, tenant_id: UUID, source_id: UUID, order_ids: Sequence[str]) -> None:
    """Store that a list of the shop holds these orders."""
    await connection.execute(
        "update data.shop_order set asked_alone_at = null where tenant_id = $1 and source_id = $2"
        " and order_id = any($3) and asked_alone_at is not null",
        *(tenant_id, source_id, order_ids),
    )


async def give_orders(connection: Connection, tenant_id: UUID, owners: Mapping[bytes, str]) -> list[tuple[UUID, str]]:
    """Assign the orders with an email address (its hash) to the user who has it; returns the orders that changed."""
    rows = await connection.fetch(
        "update data.shop_order o set user_id = k.user_id"
        " from unnest($2::bytea[], $3::text[]) as k (email_hash, user_id)"
        " where o.tenant_id = $1 and o.email_hash = k.email_hash and o.user_id is distinct from k.user_id"
        " returning o.source_id, o.order_id",
        *(tenant_id, list(owners), list(owners.values())),
    )
    return [(row[0], row[1]) for row in rows]


async def mark_deleted(
    connection: Connection, tenant_id: UUID, source_id: UUID, order_ids: Iterable[str]
) -> list[datetime]:
    """Store that the shop has deleted these orders; returns when the newly deleted ones were created."""
    rows = await connection.fetch(
        "update data.shop_order set status = 'deleted', told_digest = null where tenant_id = $1 and source_id = $2"
        " and order_id = any($3) and status <> 'deleted' returning created_at",
        *(tenant_id, source_id, list(order_ids)),
    )
    return [row[0] for row in rows]
