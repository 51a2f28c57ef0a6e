"""A shop's products."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from common.db import Connection
from services.data_service.store.shop.shop_people import SHOP_MARK, shop_attributes


class ShopProduct(NamedTuple):
    """A product under the id that events use. A shop does not say in which currency its prices are.

    `extra` holds unknown fields.
    """

    product_id: str
    name: str
    category: str | None
    extra: Mapping[str, Any] = MappingProxyType({})


# Details from the company's own file stay, with the shop's unknown fields added. For products known from a shop alone,
# the shop's newest details win.
_FILL = """
    insert into data.product as p (tenant_id, product_id, product_name, category, attributes, updated_at)
    select $1, r.product_id, r.name, r.category, r.attributes::jsonb, now()
    from unnest($2::text[], $3::text[], $4::text[], $5::text[]) as r (product_id, name, category, attributes)
    order by r.product_id
    on conflict (tenant_id, product_id) do update set
        product_name = case when p.attributes ? $6 then excluded.product_name else p.product_name end,
        category = case when p.attributes ? $6 then excluded.category else p.category end,
        attributes = p.attributes || (excluded.attributes - $6),
        updated_at = excluded.updated_at
    where
        p.attributes || (excluded.attributes - $6) is distinct from p.attributes
        or (
            p.attributes ? $6
            and (p.product_name, p.category) is distinct from (excluded.product_name, excluded.category)
        )
    returning p.product_id
"""


async def fill_products(connection: Connection, tenant_id: UUID, products: Sequence[ShopProduct]) -> int:
    """Upsert products, the last row of an id winning; returns how many are new or different."""
    latest = {product.product_id: product for product in products}
    rows = await connection.fetch(
        _FILL,
        tenant_id,
        *([product[column] for product in latest.values()] for column in range(3)),
        [shop_attributes(product.extra) for product in latest.values()],
        SHOP_MARK,
    )
    return len(rows)
