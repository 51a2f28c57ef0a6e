import asyncio
import json
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from common.clock import now
from common.db import Connection
from tests.data_service.woocommerce.shop_bed import SECRETS, ShopBed
from tests.standins.woocommerce.webhooks import Delivery, delivery, headers_of, ping, signature_of

pytestmark = pytest.mark.asyncio(loop_scope="module")
SECRET = SECRETS["webhook_secret"]
VECTORS = Path(__file__).parents[4] / "shared/data/orders/woocommerce_docs/webhook_hmac_vectors.json"


async def kept(bed: ShopBed) -> list[tuple[str, str, int]]:
    """What deliveries point at, and how often."""
    rows = await bed.data.admin.fetch(
        "select resource, resource_id, deliveries from data.webhook_delivery where tenant_id = $1 order by resource_id",
        bed.tenant_id,
    )
    return [tuple(row) for row in rows]


async def seconds_until_sync(bed: ShopBed) -> float:
    planned = (await bed.source()).next_sync_at
    assert planned is not None
    return (planned - now()).total_seconds()


async def test_a_signed_delivery_is_kept_and_has_the_shop_read_soon(bed: ShopBed):
    order = bed.shop.order()
    assert await bed.deliver(delivery("order.created", order, SECRET)) == httpx.codes.OK
    assert await kept(bed) == [("order", str(order["id"]), 1)]
    assert await seconds_until_sync(bed) < 30


@pytest.mark.parametrize("wrong", ["altered", "other secret", "missing", "not base64", "empty"])
async def test_what_the_shop_did_not_sign_is_refused_before_anything_else(bed: ShopBed, wrong: str):
    good = delivery("order.updated", bed.shop.order(), SECRET)
    changed = {
        "altered": good._replace(body=good.body.replace(b"USD", b"EUR")),
        "other secret": good._replace(headers=headers_of("order.updated", signature_of(good.body, "another"))),
        "missing": good._replace(headers={k: v for k, v in good.headers.items() if k != "X-WC-Webhook-Signature"}),
        "not base64": good._replace(headers=headers_of("order.updated", "*** not base64 ***")),
        "empty": good._replace(body=b""),
    }[wrong]
    assert await bed.deliver(changed) == httpx.codes.UNAUTHORIZED
    assert await kept(bed) == []
    assert await seconds_until_sync(bed) > 3000


async def test_the_ping_of_a_webhook_that_is_switched_on_is_answered_and_has_no_effect(bed: ShopBed):
    assert await bed.deliver(ping()) == httpx.codes.OK
    assert await bed.deliver(Delivery(ping().headers, b"webhook_id=5&more=1")) == httpx.codes.UNAUTHORIZED
    assert await kept(bed) == []


async def test_a_source_that_nobody_has_is_refused_like_a_wrong_signature(bed: ShopBed):
    signed = delivery("order.updated", {"id": 1}, SECRET)
    for place in (uuid4(), "no-uuid"):
        path = f"/data/webhooks/woocommerce/{place}"
        answer = await bed.data.api.post(path, content=signed.body, headers=signed.headers)
        assert answer.status_code == httpx.codes.UNAUTHORIZED
        assert answer.json()["type"] == "urn:branchwise:problem:webhook-refused"


async def test_only_what_may_be_a_signature_is_looked_up_and_that_once(bed: ShopBed, monkeypatch: pytest.MonkeyPatch):
    database, asked = bed.data.context.db, list[str]()
    look_up = database.lookup

    def counted(name: str, **given: Any) -> AbstractAsyncContextManager[Connection]:
        asked.append(name)
        return look_up(name, **given)

    monkeypatch.setattr(database, "lookup", counted)
    good = delivery("order.updated", bed.shop.order(), SECRET)
    for signature in ("", "*** not base64 ***", signature_of(good.body, SECRET)[:-1], "A" * 44):
        forged = good._replace(headers=headers_of("order.updated", signature))
        assert await bed.deliver(forged) == httpx.codes.UNAUTHORIZED
    assert await bed.deliver(ping()) == httpx.codes.OK
    assert asked.count("webhook") == 0
    forged = good._replace(headers=headers_of("order.updated", signature_of(good.body, "another")))
    assert await bed.deliver(forged) == httpx.codes.UNAUTHORIZED
    assert await bed.deliver(good) == httpx.codes.OK
    assert asked.count("webhook") == 1


async def test_a_body_that_is_too_long_is_not_read(bed: ShopBed):
    body = b" " * (3 << 20)
    long = Delivery(headers_of("order.updated", signature_of(body, SECRET)), body)
    assert await bed.deliver(long) == httpx.codes.REQUEST_ENTITY_TOO_LARGE
    unsigned = Delivery({"Content-Type": "application/json"}, body)
    assert await bed.deliver(unsigned) == httpx.codes.UNAUTHORIZED


async def test_a_secret_that_was_changed_holds_from_the_next_delivery_on(bed: ShopBed):
    assert await bed.deliver(delivery("order.updated", {"id": 1}, SECRET)) == httpx.codes.OK
    await bed.set_webhook_secret("another_secret")
    assert await bed.deliver(delivery("order.updated", {"id": 2}, "another_secret")) == httpx.codes.OK
    assert await bed.deliver(delivery("order.updated", {"id": 3}, SECRET)) == httpx.codes.UNAUTHORIZED


async def test_deliveries_twice_late_and_out_of_order_come_to_what_the_shop_says(bed: ShopBed):
    order = bed.shop.order()
    created = delivery("order.created", order, SECRET, 1)
    bed.shop.change(order["id"], status="completed", total="50.00")
    updated = delivery("order.updated", order, SECRET, 1)
    for one in (updated, updated, created):
        assert await bed.deliver(one) == httpx.codes.OK
    await bed.sync()
    assert [(str(row["value"])) for row in await bed.purchases()] == ["50.00"]
    assert await kept(bed) == [("order", str(order["id"]), 3)]


async def test_two_deliveries_in_one_second_about_two_orders_are_both_looked_at(bed: ShopBed):
    first, second = bed.shop.order(), bed.shop.order()
    answers = await asyncio.gather(*(bed.deliver(delivery("order.created", o, SECRET)) for o in (first, second)))
    assert answers == [httpx.codes.OK, httpx.codes.OK]
    await bed.sync()
    assert set(await bed.orders()) == {str(first["id"]), str(second["id"])}


async def test_a_delivery_leads_to_a_change_that_no_time_tells_of(bed: ShopBed):
    order = bed.shop.order(bed.shop.now().replace(year=2024), status="pending")
    await bed.sync()
    # A plugin wrote past WooCommerce: the order's own times stay.
    bed.shop.orders[order["id"]]["status"] = "processing"
    await bed.sync()
    assert await bed.purchases() == []
    await bed.deliver(delivery("order.updated", order, SECRET))
    await bed.sync()
    assert len(await bed.purchases()) == 1


async def test_a_deletion_is_believed_only_once_the_shop_confirms_it(bed: ShopBed):
    gone, there = bed.shop.order(), bed.shop.order()
    await bed.sync()
    bed.shop.delete(gone["id"])
    for order in (gone, there):
        await bed.deliver(delivery("order.deleted", {"id": order["id"]}, SECRET))
    await bed.sync()
    assert [row["transaction_id"] for row in await bed.purchases()] == [str(there["id"])]


async def test_a_storm_of_a_thousand_is_a_few_transactions_and_one_sync(bed: ShopBed):
    orders = [bed.shop.order() for _ in range(50)]
    signed = [delivery("order.updated", order, SECRET) for order in orders]
    answers = await asyncio.gather(*(bed.deliver(signed[number % 50]) for number in range(1000)))
    assert set(answers) == {httpx.codes.OK}
    rows = await kept(bed)
    assert (len(rows), sum(row[2] for row in rows)) == (50, 1000)
    bed.shop.calls.clear()
    await bed.sync()
    assert len([call for call in bed.shop.calls if "include=" in call]) == 2
    bed.shop.calls.clear()
    await bed.sync()
    assert [call for call in bed.shop.calls if "include=" in call] == []


async def test_what_is_not_read_of_a_shop_is_taken_and_forgotten(bed: ShopBed):
    for topic in ("coupon.created", "webhook.updated", "action.woocommerce_add_to_cart"):
        assert await bed.deliver(delivery(topic, {"id": 3}, SECRET)) == httpx.codes.OK
    assert await kept(bed) == []


async def test_an_outage_of_the_source_is_not_ended_by_its_webhooks(bed: ShopBed):
    await bed.data.admin.execute(
        "update data.source set status = 'degraded', failures = 3 where source_id = $1", bed.source_id
    )
    assert await bed.deliver(delivery("order.updated", {"id": 1}, SECRET)) == httpx.codes.OK
    assert await seconds_until_sync(bed) > 3000


@pytest.mark.skipif(not VECTORS.exists(), reason="the documented deliveries are in ../shared/data")
async def test_both_documented_deliveries_verify_and_an_altered_byte_does_not(bed: ShopBed):
    vectors = json.loads(VECTORS.read_text())
    assert len(vectors) == 2
    for vector in vectors:
        await bed.set_webhook_secret(vector["secret"])
        signed = Delivery(headers_of(vector["topic"], vector["signature"]), vector["body"].encode())
        assert await bed.deliver(signed) == httpx.codes.OK
        altered = signed._replace(body=signed.body.replace(b"action", b"Action", 1))
        assert await bed.deliver(altered) == httpx.codes.UNAUTHORIZED
