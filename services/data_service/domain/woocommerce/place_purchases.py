"""Bringing the purchase rows of orders up to date."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from common.db import Connection
from services.data_service.domain.events.location_rule import read_rule
from services.data_service.domain.woocommerce.purchase import digest_of, key_of, purchase_of
from services.data_service.store.events.record_events import hold_location_rule
from services.data_service.store.events.staged_batch import batch_of
from services.data_service.store.events.staged_event import StagedEvent
from services.data_service.store.shop.shop_purchases import (
    PlacedKey,
    note_places,
    order_places,
    purchases_of_removed_shops,
    replace_purchases,
)


async def place_purchases(
    connection: Connection,
    tenant_id: UUID,
    orders: Sequence[tuple[UUID, str]],
    *,
    location_source: str | None,
    job_id: UUID | None = None,
) -> int:
    """Insert, replace or remove each order's row by what the shop and its tag report now, and publish the changes.

    The months' partitions must exist. A row that is up to date is left alone.

    Returns:
        How many rows are new or different.

    Raises:
        LocationRuleChanged
    """
    await hold_location_rule(connection, tenant_id, location_source)
    rule = read_rule(location_source)
    wanted: list[StagedEvent] = []
    placed: list[PlacedKey] = []
    places = await order_places(connection, tenant_id, orders)
    gone = await purchases_of_removed_shops(connection, tenant_id, [order.transaction_id for order in places])
    for order in places:
        event = purchase_of(order, rule)
        digest = digest_of(event) if event else None
        if digest == order.purchase_digest and (event is None or order.is_placed):
            continue
        if order.is_placed and order.purchase_ts and order.purchase_id:
            gone.append((order.purchase_ts, order.purchase_id))
        if event:
            wanted.append(event)
        key = key_of(event) if event else (None, None)
        placed.append(PlacedKey(order.source_id, order.order_id, *key, digest))
    if placed or gone:
        batch = batch_of(wanted) if wanted else None
        await replace_purchases(connection, tenant_id, gone, batch, job_id)
        await note_places(connection, tenant_id, placed)
    return len(wanted)


def months_of(days: Sequence[date]) -> frozenset[date]:
    """The months whose partitions orders of these days need."""
    return frozenset(day.replace(day=1) for day in days)
