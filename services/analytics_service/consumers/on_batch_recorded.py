"""`data.batch.recorded.v1`: marks the batch's devices and users dirty for its span of time."""

from common.db import Connection
from common.events import Event
from common.events.contracts.data_batch_recorded import BatchRecorded
from common.http.context import ServiceContext
from services.analytics_service.store.dirty_keys import mark_batch


async def on_batch_recorded(connection: Connection, event: Event[BatchRecorded], context: ServiceContext) -> None:
    """Mark what must be recomputed; the refresher does so once this transaction has committed."""
    del context
    await mark_batch(connection, event.tenant_id, event.data.batch_id, event.data.keys)
