import json

import pytest

from tests.data_service.woocommerce.shop_bed import SECRETS, ShopBed
from tests.standins.woocommerce.webhooks import delivery

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def names(bed: ShopBed) -> dict[str, tuple[str, str | None]]:
    rows = await bed.data.admin.fetch(
        "select product_id, product_name, category from data.product where tenant_id = $1", bed.tenant_id
    )
    return {row[0]: (row[1], row[2]) for row in rows}


async def test_products_are_known_by_the_ids_that_orders_name(bed: ShopBed):
    bed.shop.product(22, "Pump")
    order = bed.shop.order(line_items=[{"id": 1, "name": "Pump", "product_id": 22, "quantity": 1, "total": "9.00"}])
    assert (await bed.sync())["products"] == 1
    assert await names(bed) == {"22": ("Pump", "Pumps")}
    lines = json.loads((await bed.orders())[str(order["id"])]["lines"])
    assert [(line["item_id"], line["price"]) for line in lines] == [("22", 9)]


async def test_a_product_that_is_called_otherwise_is_known_so_after_its_webhook(bed: ShopBed):
    bed.shop.product(22, "Pump")
    await bed.sync()
    bed.shop.product(22, "Sump pump")
    renamed = delivery("product.updated", bed.shop.products[22], SECRETS["webhook_secret"])
    assert await bed.deliver(renamed) == 200
    assert await bed.sync() == {"products": 1}
    assert await names(bed) == {"22": ("Sump pump", "Pumps")}


async def test_what_the_companys_own_file_says_of_a_product_stands(bed: ShopBed):
    await bed.data.imported(bed.company, "products", b"product_id,product_name,category\n22,Our pump,Water\n")
    bed.shop.product(22, "Pump")
    assert await bed.sync() == {}
    assert await names(bed) == {"22": ("Our pump", "Water")}
