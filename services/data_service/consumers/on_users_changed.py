"""`data.users.changed.v1`, our own: who has an address that orders named before gets these orders."""

from common.db import Connection
from common.events import Event
from common.events.contracts.data_users_changed import UsersChanged
from common.http.context import ServiceContext
from services.data_service.domain.woocommerce.own_orders import own_orders


async def on_users_changed(connection: Connection, event: Event[UsersChanged], context: ServiceContext) -> None:
    """Look up the orders that name the users' addresses."""
    del context
    await own_orders(connection, event.tenant_id, event.data.user_ids)
