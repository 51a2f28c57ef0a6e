import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.data_service.domain.woocommerce.order_row import hash_of_email
from services.data_service.domain.woocommerce.people import guest_user
from tests.data_service.harness import Data
from tests.data_service.woocommerce.shop_bed import ShopBed, shop_bed, tag_purchase

pytestmark = pytest.mark.asyncio(loop_scope="module")
USERS = b"user_id,buying_company_name,email,cell_phone,location_id\nERP-7,Acme Plumbing,Buyer@Acme.example,,D07\n"
SECOND = timedelta(seconds=1)


async def known_user(bed: ShopBed, user_id: str) -> dict[str, Any]:
    answer = await bed.data.api.get(f"/data/users/{user_id}", headers=bed.company.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["contact"]


async def until_device(bed: ShopBed, device: str) -> dict[str, Any]:
    """The purchase of the only order once it is the device's."""
    async with asyncio.timeout(30):
        while True:
            [purchase] = await bed.purchases()
            if purchase["user_pseudo_id"] == device:
                return purchase
            await asyncio.sleep(0.05)


async def test_an_order_is_of_the_user_who_has_its_address_in_any_case(bed: ShopBed):
    await bed.data.imported(bed.company, "users", USERS)
    bed.shop.order(email="BUYER@acme.EXAMPLE", customer_id=42)
    await bed.sync()
    [purchase] = await bed.purchases()
    assert purchase["user_id"] == "ERP-7"
    contact = await known_user(bed, "ERP-7")
    assert (contact["buying_company_name"], contact["email"]) == ("Acme Plumbing", "Buyer@Acme.example")
    assert contact["cell_phone"] is not None, "what was not known is filled in"


async def test_an_order_becomes_the_user_s_whose_address_is_known_only_later(bed: ShopBed):
    bed.shop.order(email="BUYER@acme.EXAMPLE", customer_id=42)
    bed.shop.order(email="buyer@acme.example")
    bed.shop.order(email="other@acme.example")
    await bed.sync()
    await bed.data.imported(bed.company, "users", USERS)
    async with asyncio.timeout(30):
        while [one["user_id"] for one in await bed.purchases()].count("ERP-7") != 2:
            await asyncio.sleep(0.05)
    assert len(await bed.purchases()) == 3
    # Read once more they stay the user's.
    assert "purchase" not in await bed.sync(days=(bed.shop.now().date() - timedelta(days=1), bed.shop.now().date()))


async def test_a_customer_keeps_their_id_and_a_guest_gets_one_that_stays(bed: ShopBed):
    bed.shop.order(email="customer@shop.example", customer_id=42)
    for _ in range(2):
        bed.shop.order(email="Guest@Shop.example")
    await bed.sync()
    guest = guest_user(hash_of_email("guest@shop.example"))
    assert sorted(str(purchase["user_id"]) for purchase in await bed.purchases()) == ["42", guest, guest]
    assert (await known_user(bed, guest))["email"] == "Guest@Shop.example"


async def test_customers_who_ordered_nothing_are_known_too(bed: ShopBed):
    bed.shop.customer("first@shop.example", 7)
    await bed.sync()
    bed.shop.customer("second@shop.example", 8)
    bed.shop.calls.clear()
    assert await bed.sync() == {"users": 1}
    assert (await known_user(bed, "8"))["buying_company_name"] == "Company 8"
    assert [call for call in bed.shop.calls if call.startswith("customers")] != []


async def test_of_who_is_known_by_the_shop_alone_its_newest_word_stands(bed: ShopBed):
    first = bed.shop.order(bed.shop.now() - timedelta(days=2), email="g@shop.example")
    await bed.sync()
    newer = bed.shop.order(email="g@shop.example")
    newer["billing"]["phone"] = "555-NEW"
    await bed.sync()
    guest = guest_user(hash_of_email("g@shop.example"))
    assert (await known_user(bed, guest))["cell_phone"] == "555-NEW"
    # An old order read again by a backfill says nothing new.
    days = (bed.shop.now() - timedelta(days=3)).date(), (bed.shop.now() - timedelta(days=1)).date()
    bed.shop.change(first["id"], at=bed.shop.now())
    await bed.sync(days=days)
    assert (await known_user(bed, guest))["cell_phone"] == "555-NEW"


async def test_an_order_takes_the_device_of_the_tags_purchase_that_came_before(bed: ShopBed):
    order = bed.shop.order(email="g@shop.example")
    await bed.post_events(tag_purchase(str(order["id"]), bed.shop.now() + 5 * SECOND, "device 1", location_id="D07"))
    await bed.sync()
    [purchase] = await bed.purchases()
    assert (purchase["user_pseudo_id"], purchase["location_id"]) == ("device 1", "D07")
    assert purchase["user_id"] == guest_user(hash_of_email("g@shop.example"))


async def test_an_order_takes_the_device_of_the_tags_purchase_that_comes_after(bed: ShopBed):
    order = bed.shop.order(email="g@shop.example")
    await bed.sync()
    [before] = await bed.purchases()
    assert before["user_pseudo_id"] is None
    told = bed.data.told_so_far(bed.company)
    await bed.post_events(tag_purchase(str(order["id"]), bed.shop.now() + 5 * SECOND, "device 2"))
    after = await until_device(bed, "device 2")
    assert (after["user_id"], after["value"]) == (before["user_id"], before["value"])
    del told
    moment = int(before["event_ts"].timestamp() * 1_000_000)
    async with asyncio.timeout(30):
        while True:
            batch = await bed.data.told(bed.company)
            keys = {(device, user) for device, user, first, last in batch.keys if first <= moment <= last}
            if {(None, before["user_id"]), ("device 2", before["user_id"])} <= keys:
                break


async def test_a_purchase_told_by_its_minute_and_without_a_device_is_its_order_all_the_same(bed: ShopBed):
    made = bed.shop.now().replace(second=37) - timedelta(hours=1)
    order = bed.shop.order(made, email="g@shop.example", total="80.00")
    await bed.sync()
    minute = made.replace(second=0)
    await bed.post_events(tag_purchase(str(order["id"]), minute, "", user_id="site user", location_id="D07"))
    async with asyncio.timeout(30):
        while (purchase := (await bed.purchases())[0])["user_id"] != "site user":
            await asyncio.sleep(0.05)
    assert (purchase["event_ts"], purchase["location_id"]) == (minute, "D07")
    earliest = "select road from data.purchase where tenant_id = $1 order by event_ts, event_id limit 1"
    assert await bed.data.admin.fetchval(earliest, bed.tenant_id) == 5, "the shop's money and person are the order's"


async def test_a_user_whom_the_site_names_comes_before_the_shops_own_id(bed: ShopBed):
    order = bed.shop.order(email="g@shop.example", customer_id=42)
    await bed.post_events(tag_purchase(str(order["id"]), bed.shop.now(), "device 3", user_id="site user"))
    await bed.sync()
    [purchase] = await bed.purchases()
    assert (purchase["user_id"], purchase["user_pseudo_id"]) == ("site user", "device 3")


async def test_transactions_are_matched_as_the_shops_tag_names_them(data: Data):
    async with shop_bed(data, transaction_id="number", transaction_prefix="S1-", item_id="sku") as bed:
        order = bed.shop.order(number="2026-0001")
        await bed.post_events(tag_purchase("S1-2026-0001", bed.shop.now(), "device 4"))
        await bed.sync()
        [purchase] = await bed.purchases()
        assert (purchase["transaction_id"], purchase["user_pseudo_id"]) == ("S1-2026-0001", "device 4")
        assert order["line_items"][0]["sku"] in purchase["items"]


async def test_a_branch_that_the_shop_keeps_with_an_order_places_it(data: Data):
    async with shop_bed(data, location_source="event_param:branch") as bed:
        bed.shop.order(
            meta_data=[{"id": 1, "key": "branch", "value": "D07"}, {"id": 2, "key": "_secret", "value": "x"}]
        )
        await bed.sync()
        [purchase] = await bed.purchases()
        assert (purchase["location_id"], "_secret" in purchase["extra"]) == ("D07", False)


async def test_purchases_and_orders_that_come_at_the_same_time_are_linked_every_time(bed: ShopBed):
    orders = [bed.shop.order(email=f"g{number}@shop.example") for number in range(40)]
    at = bed.shop.now()

    async def post_one_by_one() -> None:
        for order in orders:
            await bed.post_events(tag_purchase(str(order["id"]), at, f"device of {order['id']}"))

    await asyncio.gather(post_one_by_one(), bed.sync())
    async with asyncio.timeout(30):
        while any(purchase["user_pseudo_id"] is None for purchase in await bed.purchases()):
            await asyncio.sleep(0.05)
    assert len(await bed.purchases()) == len(orders)
