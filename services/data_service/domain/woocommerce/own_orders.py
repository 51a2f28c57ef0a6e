"""Assigning earlier orders to a user whose email address becomes known."""

from collections.abc import Sequence
from uuid import UUID

from common.db import Connection
from services.data_service.domain.woocommerce.order_row import hash_of_email
from services.data_service.domain.woocommerce.place_purchases import place_purchases
from services.data_service.store.shop.shop_orders import give_orders
from services.data_service.store.shop.shop_people import emails_of, users_by_email
from services.data_service.store.shop.shop_turns import hold_out_of_shops
from services.data_service.store.tenant_settings import location_source


async def own_orders(connection: Connection, tenant_id: UUID, user_ids: Sequence[str]) -> None:
    """Assign the orders with these users' addresses to them, as if the users had been known before.

    Raises:
        LocationRuleChanged: try again.
    """
    if not await hold_out_of_shops(connection, tenant_id):
        return
    emails = await emails_of(connection, tenant_id, user_ids)
    owners = await users_by_email(connection, tenant_id, emails)
    orders = await give_orders(connection, tenant_id, {hash_of_email(email): owners[email] for email in owners})
    if orders:
        rule = await location_source(connection, tenant_id)
        await place_purchases(connection, tenant_id, orders, location_source=rule)
