"""Making the purchase rows of orders what they are to be now."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID, uuid4

from common.db import Connection
from common.events.contracts.data_batch_recorded import BatchKey
from services.data_service.domain.location_rule import read_rule
from services.data_service.domain.woocommerce.purchase import digest_of, key_of, purchase_of
from services.data_service.store.record_events import SHOP_ROAD, announce_batch, record_events
from services.data_service.store.shop_orders import OrderPlace, PlacedKey, note_places, order_places, remove_purchases
from services.data_service.store.staged_batch import batch_of
from services.data_service.store.staged_event import StagedEvent


async def place_purchases(
    connection: Connection,
    tenant_id: UUID,
    orders: Sequence[tuple[UUID, str]],
    *,
    location_source: str | None,
    job_id: UUID | None = None,
) -> int:
    """Write, replace or take back the row of each order, by what the shop and its tag say now, and tell of both.

    The months' partitions must stand. A row that is as it should be is left alone.

    Returns:
        How many rows are new or different.

    Raises:
        LocationRuleChanged
    """
    rule = read_rule(location_source)
    wanted: list[StagedEvent] = []
    removed: list[OrderPlace] = []
    placed: list[PlacedKey] = []
    for order in await order_places(connection, tenant_id, orders):
        event = purchase_of(order, rule)
        digest = digest_of(event) if event else None
        if digest == order.purchase_digest and (event is None or order.is_placed):
            continue
        if order.is_placed:
            removed.append(order)
        if event:
            wanted.append(event)
        key = key_of(event) if event else (None, None)
        placed.append(PlacedKey(order.source_id, order.order_id, *key, digest))
    if not placed:
        return 0
    keys = [(row.purchase_ts, row.purchase_id) for row in removed if row.purchase_ts and row.purchase_id]
    gone = await remove_purchases(connection, tenant_id, keys) if keys else []
    if wanted:
        await record_events(
            connection, tenant_id, batch_of(wanted), resolved_by=location_source, road=SHOP_ROAD, job_id=job_id
        )
    await note_places(connection, tenant_id, placed)
    if left := _left_by(gone, wanted):
        await announce_batch(connection, tenant_id, uuid4(), job_id, {}, left)
    return len(wanted)


def months_of(days: Sequence[date]) -> frozenset[date]:
    """The months whose partitions orders of these days need."""
    return frozenset(day.replace(day=1) for day in days)


def _left_by(gone: Sequence[BatchKey], wanted: Sequence[StagedEvent]) -> list[BatchKey]:
    """Whose rows went and did not come back at the same time: the batch of the new rows tells of the others."""
    told = {(event.user_pseudo_id or None, event.user_id or None, int(event.event_us)) for event in wanted}
    return [key for key in gone if key[:3] not in told]
