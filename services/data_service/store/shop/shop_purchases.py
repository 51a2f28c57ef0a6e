"""The purchase events of a shop's orders, linked to those of the shop's own tag."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from common.db import Connection
from common.db.jsonb import from_jsonb
from common.events.contracts.data_batch_recorded import BatchKey
from services.data_service.store.events.record_events import SHOP_ROAD, announce_batch, insert_staged
from services.data_service.store.events.staged_batch import StagedBatch
from services.data_service.store.events.staging import stage
from services.data_service.store.events.touched_keys import TouchedKeys


class OrderPlace(NamedTuple):
    """An order with what its purchase row is built from: the tag's purchase, and the row it has now."""

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
    has_tag: bool
    tag_ts: datetime | None
    tag_device: str | None
    tag_user: str | None
    tag_location: str | None
    tag_extra: dict[str, Any] | None
    purchase_ts: datetime | None
    purchase_id: UUID | None
    purchase_digest: bytes | None
    is_placed: bool


class PlacedKey(NamedTuple):
    """The purchase row that an order has from now on, or None."""

    source_id: UUID
    order_id: str
    event_ts: datetime | None
    event_id: UUID | None
    digest: bytes | None


_OF_ORDER = OrderPlace._fields[: OrderPlace._fields.index("items")]
_PLACES = f"""
    select
        {", ".join(f"o.{name}" for name in _OF_ORDER)}, (
            select coalesce(jsonb_agg(l.line - 'sku' - 'total' - 'total_tax' - 'extra' order by l.place), '[]')
            from jsonb_array_elements(o.lines) with ordinality as l (line, place)
        ) as items,
        o.extra -> 'meta_data' as meta, g.event_id is not null as has_tag, g.first_ts as tag_ts,
        g.user_pseudo_id as tag_device, g.user_id as tag_user,
        g.location_id as tag_location, g.extra as tag_extra, o.purchase_ts, o.purchase_id, o.purchase_digest,
        p.event_id is not null as is_placed
    from data.shop_order o
    left join lateral (
        select
            x.event_id, x.user_pseudo_id, x.user_id, x.location_id, x.extra, min(x.event_ts) over () as first_ts
        from data.purchase x
        where x.tenant_id = $1 and x.transaction_id = o.transaction_id and x.road <> 5
        order by x.user_pseudo_id is null, x.road, x.event_ts, x.event_id
        limit 1
    ) g on true
    left join data.purchase p on p.tenant_id = $1 and p.event_ts = o.purchase_ts and p.event_id = o.purchase_id
    where o.tenant_id = $1 and (o.source_id, o.order_id) in (select * from unnest($2::uuid[], $3::text[]))
    order by o.source_id, o.order_id
    for update of o
"""  # noqa: S608 -- own names
_OF_TAGS = """
    select distinct o.source_id, o.order_id
    from unnest($2::text[], $3::bigint[], $4::bigint[]) as k (device, first_us, last_us)
    inner join data.purchase p on p.tenant_id = $1 and p.user_pseudo_id = k.device and p.road <> 5
        and p.event_ts >= timestamptz 'epoch' + k.first_us * interval '1 microsecond'
        and p.event_ts <= timestamptz 'epoch' + k.last_us * interval '1 microsecond'
    inner join data.shop_order o on o.tenant_id = $1 and o.transaction_id = p.transaction_id
    union
    -- (the Data API tells of no device, unless the property has it as a dimension)
    select o.source_id, o.order_id
    from unnest($5::text[], $6::bigint[], $7::bigint[]) as k (user_id, first_us, last_us)
    -- (thousands of users, none of whom an index finds: equal, so that they are hashed, and bounded as a whole)
    inner join data.purchase p on p.tenant_id = $1 and p.user_pseudo_id is null and p.road <> 5
        and coalesce(p.user_id, '') = coalesce(k.user_id, '')
        and p.event_ts >= timestamptz 'epoch' + (select min(f) from unnest($6) f) * interval '1 microsecond'
        and p.event_ts <= timestamptz 'epoch' + (select max(l) from unnest($7) l) * interval '1 microsecond'
        and p.event_ts >= timestamptz 'epoch' + k.first_us * interval '1 microsecond'
        and p.event_ts <= timestamptz 'epoch' + k.last_us * interval '1 microsecond'
    inner join data.shop_order o on o.tenant_id = $1 and o.transaction_id = p.transaction_id
"""
_OF_REMOVED_SHOPS = """
    select p.event_ts, p.event_id
    from data.purchase p
    where p.tenant_id = $1 and p.transaction_id = any($2) and p.road = 5 and not exists (
        select from data.source s
        where s.tenant_id = $1 and s.source_id::text = p.extra -> 'order' ->> 'source_id'
    )
"""


async def order_places(connection: Connection, tenant_id: UUID, orders: Sequence[tuple[UUID, str]]) -> list[OrderPlace]:
    """Orders with the tag's purchases of the same transaction id, locked until the database transaction ends."""
    rows = await connection.fetch(
        _PLACES, tenant_id, [source_id for source_id, _ in orders], [order_id for _, order_id in orders]
    )
    return [
        OrderPlace(*row)._replace(meta=from_jsonb(row["meta"]) or [], tag_extra=from_jsonb(row["tag_extra"]))
        for row in rows
    ]


async def orders_of_tags(connection: Connection, tenant_id: UUID, keys: Sequence[BatchKey]) -> list[tuple[UUID, str]]:
    """The orders whose transaction id is that of a purchase of these devices or users, within their times."""
    devices = [(device, first, last) for device, _, first, last in keys if device is not None]
    users = [(user, first, last) for device, user, first, last in keys if device is None]
    rows = await connection.fetch(
        _OF_TAGS, tenant_id, *([key[column] for key in known] for known in (devices, users) for column in range(3))
    )
    return [(row[0], row[1]) for row in rows]


async def purchases_of_removed_shops(
    connection: Connection, tenant_id: UUID, transaction_ids: Sequence[str]
) -> list[tuple[datetime, UUID]]:
    """Purchases of these transactions by deleted sources: a shop connected again would have its orders twice."""
    rows = await connection.fetch(_OF_REMOVED_SHOPS, tenant_id, transaction_ids)
    return [(row[0], row[1]) for row in rows]


async def replace_purchases(
    connection: Connection,
    tenant_id: UUID,
    gone: Sequence[tuple[datetime, UUID]],
    batch: StagedBatch | None,
    job_id: UUID | None,
) -> None:
    """Remove rows and insert others, and publish both at once. The caller has locked the location rule."""
    touched = TouchedKeys()
    if gone:
        touched.add(
            await connection.fetch(
                "delete from data.purchase p using unnest($2::timestamptz[], $3::uuid[]) as k (event_ts, event_id)"
                " where p.tenant_id = $1 and p.event_ts = k.event_ts and p.event_id = k.event_id and p.road = 5"
                " returning 'purchase', p.user_pseudo_id, p.user_id, 1,"
                " (extract(epoch from p.event_ts) * 1000000)::bigint,"
                " (extract(epoch from p.event_ts) * 1000000)::bigint",
                *(tenant_id, [event_ts for event_ts, _ in gone], [event_id for _, event_id in gone]),
            )
        )
    if batch is not None:
        await stage(connection, batch.copy)
        await insert_staged(connection, tenant_id, touched, road=SHOP_ROAD, job_id=job_id)
    elif keys := touched.keys():
        await announce_batch(connection, tenant_id, uuid4(), job_id, {}, keys)


async def note_places(connection: Connection, tenant_id: UUID, placed: Sequence[PlacedKey]) -> None:
    """Store which purchase row each order has now."""
    await connection.execute(
        "update data.shop_order o set purchase_ts = k.event_ts, purchase_id = k.event_id, purchase_digest = k.digest"
        " from unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::uuid[], $6::bytea[])"
        " as k (source_id, order_id, event_ts, event_id, digest)"
        " where o.tenant_id = $1 and o.source_id = k.source_id and o.order_id = k.order_id",
        tenant_id,
        *([row[column] for row in placed] for column in range(len(PlacedKey._fields))),
    )
