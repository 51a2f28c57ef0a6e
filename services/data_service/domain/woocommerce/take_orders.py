"""A page of orders, taken in within one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from common.db import Connection
from services.data_service.domain.files.rejection import Rejected
from services.data_service.domain.syncs.source_settings import WooCommerceConfig
from services.data_service.domain.woocommerce.known_fields import ORDERS, unknown_fields
from services.data_service.domain.woocommerce.order_digest import DigestedOrder
from services.data_service.domain.woocommerce.order_row import ReadOrder, order_of
from services.data_service.domain.woocommerce.people import customer_user, guest_user
from services.data_service.domain.woocommerce.place_purchases import place_purchases
from services.data_service.store.shop.shop_orders import ShopRefund, upsert_orders
from services.data_service.store.shop.shop_people import fill_contacts, users_by_email
from services.data_service.store.shop.shop_refunds import set_refunds
from services.data_service.store.shop.shop_turns import hold_shops


class OrderPage(NamedTuple):
    """A page as it was read. `refunds` is all that the orders `refunded` have, `unknown_fields` are by list.

    `recounted` are the times of orders that are unfinished since now, or are so no more. `unchanged` are orders whose
    purchases alone are looked at.
    """

    orders: list[ReadOrder]
    unreadable: list[str]
    unknown_fields: dict[str, set[str]]
    refunded: tuple[str, ...] = ()
    refunds: tuple[ShopRefund, ...] = ()
    recounted: tuple[datetime, ...] = ()
    unchanged: tuple[str, ...] = ()


class Taker(NamedTuple):
    """On whose behalf orders are taken in, and by which of the tenant's rules they are placed."""

    tenant_id: UUID
    source_id: UUID
    job_id: UUID | None
    config: WooCommerceConfig
    location_source: str | None
    is_news: bool  # what is told is newer than what was told before
    shop_time: datetime | None  # what the shop's clock says


def read_orders(told: Sequence[DigestedOrder], config: WooCommerceConfig) -> OrderPage:
    """Read a page; an order that cannot be read is named with its reason, and the others are taken."""
    orders: list[ReadOrder] = []
    unreadable: list[str] = []
    for one in told:
        try:
            orders.append(order_of(one.record, config, one.digest))
        except Rejected as rejected:
            unreadable.append(f"order {one.order_id[:20]}: {rejected.reason}")
    unknown = unknown_fields(ORDERS, (one.record for one in told))
    return OrderPage(orders, unreadable, {ORDERS: unknown})


async def take_orders(connection: Connection, taker: Taker, page: OrderPage) -> dict[str, int]:
    """Put a page's orders, refunds and contacts in, and make each order's purchase what it is now.

    Orders that an older telling would change stay as they are.

    Returns:
        How many orders are new or different, how many purchases and contacts changed with them.

    Raises:
        LocationRuleChanged
    """
    tenant_id, source_id = taker.tenant_id, taker.source_id
    # Before anything is looked up: who links purchases to orders waits for this, or comes before it.
    await hold_shops(connection, tenant_id)
    counts = await _take_told(connection, taker, page) if page.orders else {}
    order_ids = [*(read.order.order_id for read in page.orders), *page.unchanged]
    counts["purchase"] = await place_purchases(
        connection,
        tenant_id,
        [(source_id, order_id) for order_id in order_ids],
        location_source=taker.location_source,
        job_id=taker.job_id,
    )
    return {name: number for name, number in counts.items() if number}


async def _take_told(connection: Connection, taker: Taker, page: OrderPage) -> dict[str, int]:
    tenant_id, source_id = taker.tenant_id, taker.source_id
    owned = await _with_owners(connection, taker, page.orders)
    told = [read.order for read in owned]
    changed = await upsert_orders(connection, tenant_id, source_id, told, taker.shop_time)
    if page.refunded:
        await set_refunds(connection, tenant_id, source_id, page.refunded, page.refunds, taker.job_id)
    contacts = [
        read.contact._replace(user_id=read.order.user_id)
        for read in sorted(owned, key=lambda read: read.order.modified_at)
        if read.order.user_id is not None
    ]
    users = await fill_contacts(connection, tenant_id, taker.job_id, contacts, is_news=taker.is_news)
    return {"orders": len(changed), "refunds": len(page.refunds), "users": users}


async def _with_owners(connection: Connection, taker: Taker, orders: Sequence[ReadOrder]) -> list[ReadOrder]:
    """The orders with whose they are: who has the billing address, else the shop's customer, else a guest's own id."""
    known = await users_by_email(connection, taker.tenant_id, (read.email.lower() for read in orders if read.email))
    owned: list[ReadOrder] = []
    for read in orders:
        order = read.order
        user_id = known.get(read.email.lower()) or customer_user(order.customer_id, taker.config)
        if user_id is None and order.email_hash is not None:
            user_id = guest_user(order.email_hash)
        owned.append(read._replace(order=order._replace(user_id=user_id)))
    return owned
