"""`data.batch.recorded.v1`, our own: an order gets the device of the purchase that the shop's tag sent for it."""

from common.db import Connection
from common.events import Event
from common.events.contracts.data_batch_recorded import BatchRecorded
from common.http.context import ServiceContext
from services.data_service.domain.woocommerce.link_orders import link_orders


async def on_batch_recorded(connection: Connection, event: Event[BatchRecorded], context: ServiceContext) -> None:
    """Link the orders of the batch's purchases. The later parts of a long batch have no counts."""
    del context
    if event.data.counts and "purchase" not in event.data.counts:
        return
    await link_orders(connection, event.tenant_id, event.data.keys)
