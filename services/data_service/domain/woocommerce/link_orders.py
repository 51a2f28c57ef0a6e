"""Linking purchases reported by the shop's tag to the shop's orders."""

from collections.abc import Sequence
from uuid import UUID

from common.db import Connection
from common.events.contracts.data_batch_recorded import BatchKey
from services.data_service.domain.woocommerce.place_purchases import place_purchases
from services.data_service.store.shop.shop_purchases import orders_of_tags
from services.data_service.store.shop.shop_turns import hold_out_of_shops
from services.data_service.store.tenant_settings import location_source


async def link_orders(connection: Connection, tenant_id: UUID, keys: Sequence[BatchKey]) -> None:
    """Link orders to these devices' purchases, whether order or purchase arrived first.

    Raises:
        LocationRuleChanged: try again.
    """
    if not await hold_out_of_shops(connection, tenant_id):
        return
    orders = await orders_of_tags(connection, tenant_id, keys)
    if orders:
        rule = await location_source(connection, tenant_id)
        await place_purchases(connection, tenant_id, orders, location_source=rule)
