"""Fields that a shop begins to send."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from services.data_service.domain.woocommerce.known_fields import CUSTOMERS, PRODUCTS, REFUNDS, unknown_fields
from tests.data_service.drift import drift_told
from tests.data_service.woocommerce.shop_bed import SECRETS, ShopBed
from tests.standins.woocommerce.records import line_record
from tests.standins.woocommerce.webhooks import delivery

pytestmark = pytest.mark.asyncio(loop_scope="module")


def sell(bed: ShopBed) -> int:
    """An order, its refund, a customer and a product, each with a field that no other shop has."""
    line = line_record(1, "Pump", 22, 2, 9.5) | {"warehouse": "Nord"}
    order = bed.shop.order(bed.shop.now() - timedelta(hours=1), loyalty_points=7, line_items=[line])
    bed.shop.refund(order["id"], "3.50").update(restocked_by="robot", line_items=[line | {"returned_to": "Nord"}])
    bed.shop.customer()["tier"] = "gold"
    bed.shop.product(order["id"])["energy_label"] = "A"
    return order["id"]


async def test_fields_that_nobody_knows_are_told_of_once_by_list_and_kept(bed: ShopBed):
    number = sell(bed)
    with drift_told() as told:
        await bed.sync()
        first = sorted(told)
        sell(bed)
        bed.shop.change(number, loyalty_points=8)
        counts = await bed.sync()
    assert first == [
        "customers: ['tier']",
        "orders: ['line_items.warehouse', 'loyalty_points']",
        "products: ['energy_label']",
        "refunds: ['line_items.returned_to', 'line_items.warehouse', 'restocked_by']",
    ]
    assert (counts["orders"], counts["refunds"], counts["users"] > 0, counts["products"]) == (2, 1, True, 1)
    assert len(told) == len(first), "it was told of twice"
    answer = await bed.data.api.get("/data/quality", headers=bed.company.headers)
    assert len(answer.json()["unknown_fields"]) == 7


async def test_what_nobody_knows_stays_with_orders_and_lines_and_out_of_purchases(bed: ShopBed):
    number = sell(bed)
    await bed.sync()
    order = (await bed.orders())[str(number)]
    extra = msgspec.json.decode(order["extra"])
    assert extra["loyalty_points"] == 7
    assert not {"billing", "shipping", "order_key"} & set(extra)
    assert [line["extra"] for line in msgspec.json.decode(order["lines"])] == [{"warehouse": "Nord"}]
    given_back: Any = await bed.data.admin.fetchval(
        "select lines from data.shop_refund where tenant_id = $1", bed.tenant_id
    )
    assert [line["extra"] for line in msgspec.json.decode(given_back)] == [{"warehouse": "Nord", "returned_to": "Nord"}]
    [purchase] = await bed.purchases()
    [item] = msgspec.json.decode(purchase["items"])
    assert set(item) == {"item_id", "item_name", "price", "quantity"}


async def test_what_nobody_knows_stays_with_refunds_customers_and_products_also_those_of_the_companys_files(
    bed: ShopBed,
):
    await bed.data.imported(bed.company, "users", b"user_id,email,Region\nERP-7,account7@example.com,North\n")
    await bed.data.imported(bed.company, "products", b"product_id,product_name\n22,Our pump\n")
    bed.shop.customer(number=7)["tier"] = "gold"
    bed.shop.customer(number=8)["tier"] = {"name": "gold", "since": 2019, "of": [1, 2]}
    for number in (22, 23):
        bed.shop.product(number)["energy_label"] = {"class": "A", "kwh": 1.5}
    order = bed.shop.order()
    bed.shop.refund(order["id"], "3.50")["restocked_by"] = "robot"
    await bed.sync()
    kept = "select attributes - 'woocommerce' from data.{} where tenant_id = $1 and {}_id = $2"
    label = {"class": "A", "kwh": 1.5}

    async def attributes(what: str, key: str) -> Any:
        table = {"user": "users"}.get(what, what)
        found: Any = await bed.data.admin.fetchval(kept.format(table, what), bed.tenant_id, key)
        return msgspec.json.decode(found)

    assert await attributes("user", "ERP-7") == {"Region": "North", "woocommerce_fields": {"tier": "gold"}}
    assert await attributes("user", "8") == {
        "woocommerce_fields": {"tier": {"name": "gold", "since": 2019, "of": [1, 2]}}
    }
    assert [await attributes("product", number) for number in ("22", "23")] == [
        {"woocommerce_fields": {"energy_label": label}}
    ] * 2
    restocked: Any = await bed.data.admin.fetchval(
        "select extra from data.shop_refund where tenant_id = $1", bed.tenant_id
    )
    assert msgspec.json.decode(restocked) == {"restocked_by": "robot"}
    # Told anew, the newest word stands, though it holds less; the company's own name of a product stays.
    bed.shop.customers[8]["tier"] = {"name": "gold", "of": [1]}
    bed.shop.products[22]["energy_label"] = "B"
    for resource, number in (("customer", 8), ("product", 22)):
        await bed.deliver(delivery(f"{resource}.updated", {"id": number}, SECRETS["webhook_secret"]))
    counts = await bed.sync()
    assert (counts["users"], counts["products"]) == (1, 1)
    assert await attributes("user", "8") == {"woocommerce_fields": {"tier": {"name": "gold", "of": [1]}}}
    assert await attributes("product", "22") == {"woocommerce_fields": {"energy_label": "B"}}
    named: Any = await bed.data.admin.fetchval(
        "select product_name from data.product where tenant_id = $1 and product_id = '22'", bed.tenant_id
    )
    assert named == "Our pump"
    assert await bed.sync() == {}


async def test_fields_that_a_shop_invents_are_told_of_within_bounds(bed: ShopBed):
    order = bed.shop.order()
    order |= {f"{number:04}{'é' * 3_000}": 1 for number in range(300)}
    await bed.sync()
    lengths = await bed.data.admin.fetch(
        "select octet_length(field) as length from data.unknown_field where tenant_id = $1", bed.tenant_id
    )
    assert [row["length"] for row in lengths] == [200] * 200


async def test_lists_of_another_shape_have_no_unknown_fields():
    odd: list[dict[str, Any]] = [{"line_items": "none"}, {"line_items": [1, None, {"id": 7}]}, {}]
    assert unknown_fields(REFUNDS, odd) == set()
    assert unknown_fields(CUSTOMERS, odd) == unknown_fields(PRODUCTS, odd) == {"line_items"}
