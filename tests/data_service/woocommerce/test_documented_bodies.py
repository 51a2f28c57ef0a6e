"""What WooCommerce's documentation prints, replayed byte for byte: lists and single orders as the API's answers, orders
and logged requests as deliveries of webhooks.

Of its 36 bodies these answer calls that nobody here makes: changes of many orders at once (`orders_05`), one refund
(`order-refunds_00`, `_01`, `_03`), notes of orders, webhooks' own settings, and the former API's (`v3_*`) lists,
counts, statuses and deletions. No customer, product or error is printed among them.
"""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.data_service.woocommerce.shop_bed import SECRETS, ShopBed
from tests.standins.woocommerce.webhooks import Delivery, delivery, headers_of, signature_of

FOLDER = Path(__file__).parents[4] / "shared/data/orders/woocommerce_docs"
BODIES = FOLDER / "json"
pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not BODIES.exists(), reason="the documented bodies are in ../shared/data"),
]
LISTED = BODIES / "wp-api-v3_orders_02.json"
REFUNDED = BODIES / "wp-api-v3_order-refunds_02.json"
ALONE = {
    "wp-api-v3_orders_00": "order.created",
    "wp-api-v3_orders_01": "order.updated",
    "wp-api-v3_orders_03": "order.updated",
    "wp-api-v3_orders_04": "order.deleted",
}
OF_THE_FORMER_API = ("v3_orders_00", "v3_orders_01", "v3_orders_03")
LOGS = ("v3_webhooks_06", "v3_webhooks_07")
NEVER_ASKED_FOR = (
    *("wp-api-v3_orders_05", "wp-api-v3_order-refunds_0[013]", "wp-api-v3_order-notes_0?", "wp-api-v3_webhooks_0?"),
    *("v3_orders_0[24567]", "v3_webhooks_0[0-5]"),
)


def printed(name: str) -> bytes:
    return (BODIES / f"{name}.json").read_bytes()


async def answer_of(bed: ShopBed, call: str) -> httpx.Response:
    """What the shop answers to a call."""
    auth = httpx.BasicAuth(bed.shop.key, bed.shop.secret)
    async with httpx.AsyncClient(base_url=f"{bed.url}/wp-json/wc/v3/", auth=auth) as shop:
        return await shop.get(call)


def signed(topic: str, body: bytes) -> Delivery:
    """A delivery of a body as it is printed."""
    return Delivery(headers_of(topic, signature_of(body, SECRETS["webhook_secret"])), body)


async def test_every_body_is_replayed_or_named_as_never_asked_for():
    names = {path.stem for path in BODIES.glob("*.json")}
    replayed = {LISTED.stem, REFUNDED.stem, *ALONE, *OF_THE_FORMER_API, *LOGS}
    others = {name for name in names if any(fnmatch(name, pattern) for pattern in NEVER_ASKED_FOR)}
    assert (len(names), replayed | others, replayed & others) == (36, names, set())


async def test_the_list_of_orders_is_served_as_it_is_printed(bed: ShopBed):
    bed.shop.print_documented(BODIES)
    answer = await answer_of(bed, "orders")
    assert answer.content == LISTED.read_bytes()
    assert (answer.headers["x-wp-total"], answer.headers["x-wp-totalpages"]) == ("2", "1")
    assert (await answer_of(bed, "orders/723/refunds")).content == REFUNDED.read_bytes()


async def test_the_printed_orders_are_purchases_with_their_refunds(bed: ShopBed):
    bed.shop.print_documented(BODIES)
    for order in json.loads(LISTED.read_bytes()):
        await bed.deliver(delivery("order.updated", order, SECRETS["webhook_secret"]))
    await bed.sync()
    # Webhooks have the shop asked for them as they stand, and these are the bytes that were read.
    bodies = {
        (await answer_of(bed, call)).content for call in [*bed.shop.calls] if "include=" in call or "refunds" in call
    }
    assert {LISTED.read_bytes(), REFUNDED.read_bytes()} <= bodies
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


@pytest.mark.parametrize("name", ALONE)
async def test_an_order_that_is_printed_alone_is_read_from_these_bytes(bed: ShopBed, name: str):
    body = printed(name)
    told = bed.shop.print_order(body)
    # (No list holds it.)
    bed.shop.hidden.add(told["status"])
    assert await bed.deliver(signed(ALONE[name], body)) == 200
    await bed.sync()
    [call] = [call for call in bed.shop.calls if call.startswith("orders/")]
    assert (await answer_of(bed, call)).content == body
    assert await sold(bed) == reckoned(body)


@pytest.mark.parametrize("name", OF_THE_FORMER_API)
async def test_a_delivery_in_the_former_apis_form_points_at_its_order_too(bed: ShopBed, name: str):
    body = printed(name)
    number = json.loads(body)["order"]["id"]
    bed.shop.order(bed.shop.now() - timedelta(days=60), id=number, total="79.87")
    assert await bed.deliver(signed("order.updated", body)) == 200
    await bed.sync()
    assert [(one["transaction_id"], one["value"]) for one in await bed.purchases()] == [(str(number), Decimal("79.87"))]


@pytest.mark.parametrize("name", LOGS)
async def test_requests_that_were_logged_are_taken_as_they_were_made(bed: ShopBed, name: str):
    vectors = json.loads((FOLDER / "webhook_hmac_vectors.json").read_bytes())
    secrets = {vector["delivery_id"]: vector["secret"] for vector in vectors}
    log = json.loads(printed(name))
    for made in log.get("webhook_deliveries") or [log["webhook_delivery"]]:
        await bed.set_webhook_secret(secrets[made["id"]])
        headers = {header: str(value) for header, value in made["request_headers"].items()}
        assert await bed.deliver(Delivery(headers, made["request_body"].encode())) == 200
        assert await bed.deliver(Delivery(headers, made["request_body"].encode() + b" ")) == 401
    # (Nothing of a cart is read from a shop.)
    assert (
        await bed.data.admin.fetchval("select count(*) from data.webhook_delivery where tenant_id = $1", bed.tenant_id)
        == 0
    )


async def sold(bed: ShopBed) -> dict[str, Any]:
    """The only purchase, its order and its buyer, as they are stored."""
    [purchase] = await bed.purchases()
    [order] = (await bed.orders()).values()
    items = json.loads(purchase["items"], parse_float=Decimal)
    buyer = await bed.data.admin.fetchrow(
        "select buying_company_name, email, cell_phone from data.users where tenant_id = $1 and user_id = $2",
        *(bed.tenant_id, purchase["user_id"]),
    )
    assert buyer is not None
    return {
        "ids": (order["order_id"], order["number"], purchase["transaction_id"]),
        "status": order["status"],
        "times": (order["created_at"], order["modified_at"], order["paid_at"], purchase["event_ts"]),
        "value": (purchase["value"], purchase["currency"]),
        "parts": (order["total_tax"], order["shipping_total"], order["discount_total"]),
        "items": [(item["item_id"], item["quantity"], item["price"] * item["quantity"]) for item in items],
        "buyer": tuple(buyer),
    }


def reckoned(body: bytes) -> dict[str, Any]:
    """The same from the body: its value is the sum of all that its lines come to."""
    order = json.loads(body)
    number = str(order["id"])
    lines, carried = order["line_items"], order["shipping_lines"]
    tax = sum((Decimal(line["total_tax"]) for line in lines + carried), Decimal(0))
    sent = sum((Decimal(line["total"]) for line in carried), Decimal(0))
    goods = sum((Decimal(line["total"]) for line in lines), Decimal(0))
    saved = sum((Decimal(line["subtotal"]) for line in lines), Decimal(0)) - goods
    made, changed, paid = (
        datetime.strptime(order[f"date_{which}_gmt"] + "+0000", "%Y-%m-%dT%H:%M:%S%z")
        for which in ("created", "modified", "paid")
    )
    to = order["billing"]
    return {
        "ids": (number, number, number),
        "status": order["status"],
        "times": (made, changed, paid, made),
        "value": (goods + sent + tax, "USD"),
        "parts": (tax, sent, saved),
        "items": [
            (str(line["variation_id"] or line["product_id"]), line["quantity"], Decimal(line["total"]))
            for line in lines
        ],
        "buyer": (f"{to['first_name']} {to['last_name']}", to["email"], to["phone"]),
    }
