"""Looking at what webhooks pointed at: each thing is asked for by its id, whatever its times say."""

from collections.abc import Sequence
from typing import Any, Final

from services.data_service.domain.woocommerce.customers import take_customers
from services.data_service.domain.woocommerce.made_orders import STATUSES
from services.data_service.domain.woocommerce.products import take_products
from services.data_service.domain.woocommerce.reading import ShopReading
from services.data_service.sources.woocommerce.shop import PER_PAGE
from services.data_service.store.shop.shop_orders import unfinished_orders
from services.data_service.store.shop.webhook_deliveries import mark_looked_at, waiting_hints

_UNFINISHED: Final = "orders.unfinished"
_PAGES_A_NIGHT: Final = 5


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
        run.make_way()


async def read_unfinished(reading: ShopReading) -> None:
    """Ask again for orders of which something is missing: so many a night, each night from where the last one ended."""
    run = reading.run
    after = (await run.position(_UNFINISHED) or {}).get("after", "")
    for _ in range(_PAGES_A_NIGHT):
        async with run.transaction() as connection:
            order_ids = await unfinished_orders(connection, run.tenant_id, run.source.source_id, after, PER_PAGE)
        if order_ids:
            await _orders(reading, order_ids)
        if not order_ids and not after:
            return
        after = order_ids[-1] if order_ids else ""
        await reading.note(_UNFINISHED, {"after": after})
        if not after:
            return


async def _orders(reading: ShopReading, order_ids: Sequence[str]) -> None:
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


_FOLLOW = {"order": _orders, "customer": _customers, "product": _products}
