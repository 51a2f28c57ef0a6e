"""`data.batch.recorded.v1`: the devices and users of the batch are dirty in its span of time."""

from common.db import Connection
from common.events import Event
from common.events.contracts.data_batch_recorded import BatchRecorded
from common.http.context import ServiceContext
from services.analytics_service.store.dirty_keys import mark_batch


async def on_batch_recorded(connection: Connection, event: Event[BatchRecorded], context: ServiceContext) -> None:
    """Note what to compute anew; the refresher does, once this has committed."""
    del context
    await mark_batch(connection, event.tenant_id, event.data.batch_id, event.data.keys)
