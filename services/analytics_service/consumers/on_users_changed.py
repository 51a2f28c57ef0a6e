"""`data.users.changed.v1`: a user's home location may be another one, and what they are found by."""

from common.db import Connection
from common.events import Event
from common.events.contracts.data_users_changed import UsersChanged
from common.http.context import ServiceContext
from services.analytics_service.store.dirty_keys import mark_homes
from services.analytics_service.store.search import index_users


async def on_users_changed(connection: Connection, event: Event[UsersChanged], context: ServiceContext) -> None:
    """Note whose rows to locate anew, and have search find them; contacts are read when a list is."""
    del context
    await index_users(connection, event.tenant_id, event.data.user_ids)
    await mark_homes(connection, event.tenant_id, event.data.batch_id, event.data.user_ids)
