"""A shop's products."""

import html
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from common.db import Connection
from services.data_service.domain.files.rejection import Rejected
from services.data_service.domain.syncs.source_settings import WooCommerceConfig
from services.data_service.domain.values import bounded, id_of, text_of
from services.data_service.domain.woocommerce.known_fields import PRODUCTS, unknown_fields, unknown_of
from services.data_service.domain.woocommerce.reading import Move, ShopReading, read_until
from services.data_service.sources.woocommerce.reader_threads import in_thread
from services.data_service.sources.woocommerce.walk import MODIFIED, Reached, from_time, reached_of
from services.data_service.store.shop.shop_products import ShopProduct, fill_products

_BEGINNING: Final = datetime(2000, 1, 1, tzinfo=UTC)
_MOST_BYTES: Final = 1_000


async def read_products(reading: ShopReading) -> None:
    """Read products modified since the cursor, the first time all."""
    since = reached_of(await reading.run.position(PRODUCTS)) or Reached(_BEGINNING)
    has_read = False
    async with from_time(reading.shop, "products", MODIFIED, since, aside=reading.aside, status="any") as pages:
        async for page, reached in pages:
            if has_read:
                reading.run.make_way()
            await take_products(
                reading, page.records, (PRODUCTS, read_until(reached, page.shop_time or reached.moment))
            )
            has_read = True


async def take_products(reading: ShopReading, records: Sequence[dict[str, Any]], move: Move | None = None) -> None:
    """Store products and move the cursor."""
    products = await in_thread(products_of, records, reading.config)
    unknown = await in_thread(unknown_fields, PRODUCTS, records)

    async def take(connection: Connection, rule: str | None) -> dict[str, int]:
        del rule
        changed = await fill_products(connection, reading.run.tenant_id, products)
        await reading.run.note_unknown(connection, PRODUCTS, unknown)
        return {"products": changed} if changed else {}

    await reading.commit(take, move)


def products_of(records: Sequence[dict[str, Any]], config: WooCommerceConfig) -> list[ShopProduct]:
    """Products under the ids that orders use; products without id or name are left out.

    Fields: https://woocommerce.github.io/woocommerce-rest-api-docs/#product-properties.
    """
    found: list[ShopProduct] = []
    for record in records:
        try:
            product_id, sku = id_of(record.get("id"), "id"), id_of(record.get("sku"), "sku")
            name = bounded(html.unescape(text_of(record.get("name"), "name")), "name", _MOST_BYTES)
        except Rejected:
            continue
        used = (sku or product_id) if config.item_id == "sku" else product_id
        if used and name:
            extra = unknown_of(PRODUCTS, record)
            found.append(ShopProduct(used, name, _category_of(record.get("categories")), extra))
    return found


def _category_of(categories: Any) -> str | None:
    first: Any = categories[0] if isinstance(categories, list) and categories else None  # pyright: ignore[reportUnknownVariableType]  # JSON
    name: Any = first.get("name") if isinstance(first, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # JSON
    return html.unescape(name)[:250] if isinstance(name, str) and name else None
