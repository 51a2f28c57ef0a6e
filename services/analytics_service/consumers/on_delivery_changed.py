"""`email.delivery.changed.v1`: reports made follow-ups of tasks, or do so no longer."""

from common.db import Connection
from common.events import Event
from common.events.contracts.email_delivery_changed import DeliveryChanged
from common.http.context import ServiceContext
from services.analytics_service.store.dirty_keys import mark_follow_ups


async def on_delivery_changed(connection: Connection, event: Event[DeliveryChanged], context: ServiceContext) -> None:
    """Note the report and the tasks; which tasks it told of, the refresher looks up."""
    del context
    told = event.data
    await mark_follow_ups(connection, event.tenant_id, [told.delivery_id] if told.delivery_id else [], told.task_keys)
