"""`data.users.changed.v1`: users' home locations and search terms may have changed."""

from common.db import Connection
from common.events import Event
from common.events.contracts.data_users_changed import UsersChanged
from common.http.context import ServiceContext
from services.analytics_service.store.dirty_keys import mark_homes
from services.analytics_service.store.search import index_users


async def on_users_changed(connection: Connection, event: Event[UsersChanged], context: ServiceContext) -> None:
    """Index the users for search and mark their home locations dirty; contacts are read when a list is requested."""
    del context
    await index_users(connection, event.tenant_id, event.data.user_ids)
    await mark_homes(connection, event.tenant_id, event.data.batch_id, event.data.user_ids)
