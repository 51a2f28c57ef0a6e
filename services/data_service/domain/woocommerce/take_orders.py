"""Storing a page of orders in one transaction."""

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
    """A page as read. `refunds` are all refunds of the orders in `refunded`; `unknown_fields` are by list.

    `recounted` are the times of orders that became unfinished or are no longer. `unchanged` are orders of which only
    the purchases are checked.
    """

    orders: list[ReadOrder]
    unreadable: list[str]
    unknown_fields: dict[str, set[str]]
    refunded: tuple[str, ...] = ()
    refunds: tuple[ShopRefund, ...] = ()
    recounted: tuple[datetime, ...] = ()
    unchanged: tuple[str, ...] = ()


class Taker(NamedTuple):
    """On whose behalf orders are stored, and by which of the tenant's location rules."""

    tenant_id: UUID
    source_id: UUID
    job_id: UUID | None
    config: WooCommerceConfig
    location_source: str | None
    is_news: bool  # The record is newer than what was reported before.
    shop_time: datetime | None  # The shop's clock.


def read_orders(told: Sequence[DigestedOrder], config: WooCommerceConfig) -> OrderPage:
    """Parse a page; unreadable orders are listed with the reason, the others are kept."""
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
    """Store a page's orders, refunds and contacts, and bring each order's purchase up to date.

    Orders that are stored in a later version stay as they are.

    Returns:
        How many orders are new or different, and how many purchases and contacts changed with them.

    Raises:
        LocationRuleChanged
    """
    tenant_id, source_id = taker.tenant_id, taker.source_id
    # Before any look-up, so that linking purchases to orders runs either before or after this.
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
    """The orders with their user: the one with the billing address, else the shop's customer, else the guest's id."""
    known = await users_by_email(connection, taker.tenant_id, (read.email.lower() for read in orders if read.email))
    owned: list[ReadOrder] = []
    for read in orders:
        order = read.order
        user_id = known.get(read.email.lower()) or customer_user(order.customer_id, taker.config)
        if user_id is None and order.email_hash is not None:
            user_id = guest_user(order.email_hash)
        owned.append(read._replace(order=order._replace(user_id=user_id)))
    return owned
