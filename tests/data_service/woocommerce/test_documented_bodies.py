"""What WooCommerce's documentation prints, served byte for byte."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from tests.data_service.woocommerce.shop_bed import SECRETS, ShopBed
from tests.standins.woocommerce.webhooks import delivery

BODIES = Path(__file__).parents[4] / "shared/data/orders/woocommerce_docs/json"
pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not BODIES.exists(), reason="the documented bodies are in ../shared/data"),
]
LISTED = BODIES / "wp-api-v3_orders_02.json"


async def test_the_list_of_orders_is_served_as_it_is_printed(bed: ShopBed):
    bed.shop.print_documented(BODIES)
    auth = httpx.BasicAuth(bed.shop.key, bed.shop.secret)
    async with httpx.AsyncClient(base_url=f"{bed.url}/wp-json/wc/v3/", auth=auth) as shop:
        answer = await shop.get("orders")
        assert answer.content == LISTED.read_bytes()
        assert (answer.headers["x-wp-total"], answer.headers["x-wp-totalpages"]) == ("2", "1")
        refunds = await shop.get("orders/723/refunds")
        assert refunds.content == (BODIES / "wp-api-v3_order-refunds_02.json").read_bytes()


async def test_the_printed_orders_are_purchases_with_their_refunds(bed: ShopBed):
    bed.shop.print_documented(BODIES)
    for order in json.loads(LISTED.read_bytes()):
        await bed.deliver(delivery("order.updated", order, SECRETS["webhook_secret"]))
    await bed.sync()
    assert any("include=" in call for call in bed.shop.calls), "webhooks have the shop asked for them as they stand"
    first, second = await bed.purchases()
    assert (first["transaction_id"], first["value"], first["currency"]) == ("723", Decimal("39.00"), "USD")
    assert (second["transaction_id"], second["value"]) == ("727", Decimal("29.35"))
    assert second["event_ts"] == datetime(2017, 3, 22, 19, 28, 2, tzinfo=UTC)
    assert json.loads(second["items"]) == [
        {"item_id": "93", "item_name": "Woo Single #1", "price": 3, "quantity": 2},
        {
            "item_id": "23",
            "item_name": "Ship Your Idea \u2013 Color: Black, Size: M Test",
            "price": 12,
            "quantity": 1,
        },
    ]
    refunds = await bed.data.admin.fetch(
        "select refund_id, amount from data.shop_refund where tenant_id = $1 order by refund_id", bed.tenant_id
    )
    assert [(row["refund_id"], row["amount"]) for row in refunds] == [
        ("724", Decimal("9.00")),
        ("726", Decimal("10.00")),
    ]
    unknown = await bed.data.admin.fetchval(
        "select count(*) from data.unknown_field where tenant_id = $1", bed.tenant_id
    )
    assert unknown == 0
