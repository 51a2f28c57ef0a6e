"""`email.delivery.changed.v1`: reports count as follow-ups of their tasks, or no longer do."""

from common.db import Connection
from common.events import Event
from common.events.contracts.email_delivery_changed import DeliveryChanged
from common.http.context import ServiceContext
from services.analytics_service.store.dirty_keys import mark_follow_ups


async def on_delivery_changed(connection: Connection, event: Event[DeliveryChanged], context: ServiceContext) -> None:
    """Mark the report and the tasks dirty; the refresher looks up which tasks the report contained."""
    del context
    delivery = event.data
    await mark_follow_ups(
        connection, event.tenant_id, [delivery.delivery_id] if delivery.delivery_id else [], delivery.task_keys
    )
