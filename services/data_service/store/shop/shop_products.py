"""What a shop sells."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from common.db import Connection
from common.db.jsonb import to_jsonb
from services.data_service.store.shop.shop_people import SHOP_MARK


class ShopProduct(NamedTuple):
    """A product under the id by which events name it. A shop does not say in which currency its prices are."""

    product_id: str
    name: str
    category: str | None


# What the company's own file says of a product stands; of one that a shop alone tells of, the shop's newest word does.
_FILL = """
    insert into data.product as p (tenant_id, product_id, product_name, category, attributes, updated_at)
    select $1, r.product_id, r.name, r.category, $5::jsonb, now()
    from unnest($2::text[], $3::text[], $4::text[]) as r (product_id, name, category)
    order by r.product_id
    on conflict (tenant_id, product_id) do update set
        product_name = excluded.product_name, category = excluded.category, updated_at = excluded.updated_at
    where
        p.attributes ? $6
        and (p.product_name, p.category) is distinct from (excluded.product_name, excluded.category)
    returning p.product_id
"""


async def fill_products(connection: Connection, tenant_id: UUID, products: Sequence[ShopProduct]) -> int:
    """Add products, the last of an id winning; gives how many are new or different."""
    latest = {product.product_id: product for product in products}
    rows = await connection.fetch(
        _FILL,
        tenant_id,
        *([product[column] for product in latest.values()] for column in range(len(ShopProduct._fields))),
        to_jsonb({SHOP_MARK: True}),
        SHOP_MARK,
    )
    return len(rows)
