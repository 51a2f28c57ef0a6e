"""Looking at what webhooks pointed at: each thing is asked for by its id, whatever its times say."""

from collections.abc import Sequence
from typing import Any

from services.data_service.domain.woocommerce.customers import take_customers
from services.data_service.domain.woocommerce.made_orders import STATUSES
from services.data_service.domain.woocommerce.products import take_products
from services.data_service.domain.woocommerce.reading import ShopReading
from services.data_service.sources.woocommerce.shop import PER_PAGE
from services.data_service.store.webhook_deliveries import mark_looked_at, waiting_hints


async def follow_hints(reading: ShopReading) -> None:
    """Ask for everything that is waiting, a hundred at once, until none are left.

    A webhook says only that there is something to look at: it may come late, twice, out of order or never.
    """
    run = reading.run
    while True:
        async with run.transaction() as connection:
            hints = await waiting_hints(connection, run.tenant_id, run.source.source_id, PER_PAGE)
        by_resource = {resource: [hint for hint in hints if hint.resource == resource] for resource in _FOLLOW}
        for resource, some in by_resource.items():
            # (One without an id asked for the sync alone.)
            if ids := [hint.resource_id for hint in some if hint.resource_id]:
                await _FOLLOW[resource](reading, ids)
        async with run.transaction() as connection:
            await mark_looked_at(connection, run.tenant_id, run.source.source_id, hints)
        if len(hints) < PER_PAGE:
            return


async def look_again(reading: ShopReading, order_ids: Sequence[str]) -> None:
    """Read orders by their ids, a page of them at most; those that the shop has no more are noted as deleted."""
    found: list[dict[str, Any]] = []
    for status in STATUSES:
        page = await reading.shop.page("orders", include=",".join(order_ids), status=status, per_page=PER_PAGE)
        found += page.records
    await reading.commit_orders(found)
    seen = {str(record.get("id")) for record in found}
    await reading.look_for([order_id for order_id in order_ids if order_id not in seen])


async def _customers(reading: ShopReading, customer_ids: Sequence[str]) -> None:
    page = await reading.shop.page("customers", include=",".join(customer_ids), role="all", per_page=PER_PAGE)
    await take_customers(reading, page.records)


async def _products(reading: ShopReading, product_ids: Sequence[str]) -> None:
    page = await reading.shop.page("products", include=",".join(product_ids), status="any", per_page=PER_PAGE)
    await take_products(reading, page.records)


_FOLLOW = {"order": look_again, "customer": _customers, "product": _products}
