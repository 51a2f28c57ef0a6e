"""`data.users.changed.v1`: a user's home location may be another one."""

from common.db import Connection
from common.events import Event
from common.events.contracts.data_users_changed import UsersChanged
from common.http.context import ServiceContext
from services.analytics_service.store.dirty_keys import mark_homes


async def on_users_changed(connection: Connection, event: Event[UsersChanged], context: ServiceContext) -> None:
    """Note whose rows to locate anew. Contacts are read when a list is, and need nothing."""
    del context
    await mark_homes(connection, event.tenant_id, event.data.batch_id, event.data.user_ids)
