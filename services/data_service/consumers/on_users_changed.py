"""`data.users.changed.v1`, our own: earlier orders with a user's email address become that user's."""

from common.db import Connection
from common.events import Event
from common.events.contracts.data_users_changed import UsersChanged
from common.http.context import ServiceContext
from services.data_service.domain.woocommerce.own_orders import own_orders


async def on_users_changed(connection: Connection, event: Event[UsersChanged], context: ServiceContext) -> None:
    """Assign the orders that have the email addresses of these users."""
    del context
    await own_orders(connection, event.tenant_id, event.data.user_ids)
