"""What breaks off goes on where it was, and what one call refuses holds up nothing else."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from time import monotonic

import pytest

from services.data_service.domain.syncs import sync_run
from services.data_service.domain.syncs.sync_run import ToBeContinued
from services.data_service.domain.woocommerce.check import check
from services.data_service.domain.woocommerce.sync import sync
from services.data_service.sources.vendor import VendorAway
from services.data_service.sources.woocommerce import shop as calls
from services.data_service.store.shop.shop_turns import hold_out_of_shops
from tests.data_service.woocommerce.shop_bed import SECRETS, ShopBed, tag_purchase
from tests.standins.woocommerce.records import LOCAL_OFFSET, gmt
from tests.standins.woocommerce.shop import Fault
from tests.standins.woocommerce.webhooks import delivery

pytestmark = pytest.mark.asyncio(loop_scope="module")
A_DAY = timedelta(days=1)


async def users(bed: ShopBed) -> set[str]:
    rows = await bed.data.admin.fetch("select user_id from data.users where tenant_id = $1", bed.tenant_id)
    return {row["user_id"] for row in rows}


async def told(bed: ShopBed) -> str:
    """What the source's test says."""
    return " ".join(finding.text for finding in await check(await bed.run()))


async def test_customers_that_break_off_go_on_where_they_were_though_some_have_gone(bed: ShopBed):
    for number in range(1, 351):
        bed.shop.customer(number=number)
    bed.shop.faults.append(Fault("500", "customers", after=2))
    with pytest.raises(VendorAway):
        await bed.sync()
    assert await users(bed) == {str(number) for number in range(152, 351)}
    for number in range(200, 210):
        del bed.shop.customers[number]
    bed.shop.customer(number=351)
    bed.shop.calls.clear()
    await bed.sync()
    assert "offset=198&" in next(call for call in bed.shop.calls if call.startswith("customers"))
    assert {str(number) for number in range(1, 351)} <= await users(bed)
    await bed.sync()
    assert "351" in await users(bed)


async def test_a_sync_that_makes_way_after_every_page_comes_to_its_end(bed: ShopBed, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sync_run, "STEP_SECONDS", -1)
    for number in range(1, 231):
        bed.shop.order(bed.shop.now() - timedelta(days=9, minutes=-number), id=number)
        bed.shop.customer(number=number)
        bed.shop.product(number)["date_modified_gmt"] = gmt(bed.shop.now() - timedelta(days=9, minutes=number))
    steps = 0
    while steps < 20:
        steps += 1
        with suppress(ToBeContinued):
            await bed.sync(reads_window=True)
            break
    # Two each for what more than a page holds, the night's four days, and the month that has orders.
    assert steps == 1 + 2 + 2 + 2 + 4 + 1
    kept = await bed.data.admin.fetchval("select count(*) from data.product where tenant_id = $1", bed.tenant_id)
    assert (len(await bed.orders()), kept) == (230, 230)
    assert {str(number) for number in range(1, 231)} <= await users(bed)


@pytest.mark.parametrize("clock", ["one second", "an hour twice"])
async def test_a_time_that_fills_many_pages_is_read_on_where_a_step_ended(
    bed: ShopBed, monkeypatch: pytest.MonkeyPatch, clock: str
):
    monkeypatch.setattr(sync_run, "STEP_SECONDS", -1)
    at = bed.shop.now() - 9 * A_DAY
    for number in range(1, 451):
        order = bed.shop.order(at, id=number)
        bed.shop.product(number)["date_modified_gmt"] = gmt(at)
        if clock == "an hour twice":
            bed.shop.sorts_by = ""
            made = at + (number - 225) * timedelta(seconds=15)
            shown = gmt(made + LOCAL_OFFSET + timedelta(hours=number < 225))
            order |= {"date_modified": shown, "date_modified_gmt": gmt(made)}
    bed.shop.order(at + timedelta(hours=2), id=5000)
    asked: list[int] = []
    while len(asked) < 20:
        bed.shop.calls.clear()
        with suppress(ToBeContinued):
            await bed.sync()
            break
        asked.append(len(bed.shop.calls))
    assert len(asked) < 14, "a step began anew"
    kept = await bed.data.admin.fetchval("select count(*) from data.product where tenant_id = $1", bed.tenant_id)
    assert (len(await bed.orders()), kept) == (451, 450)


async def test_a_backfills_days_go_on_where_a_step_ended_and_a_call_that_fails_is_made_again(
    bed: ShopBed, monkeypatch: pytest.MonkeyPatch
):
    made = bed.shop.now() - 50 * A_DAY
    orders = [bed.shop.order(made + number * timedelta(minutes=7)) for number in range(350)]
    run = await bed.run(days=(made.date() - A_DAY, made.date() + 3 * A_DAY))
    with pytest.raises(ToBeContinued):
        replace(run, step_began=monotonic() - sync_run.BACKFILL_STEP_SECONDS - 1).make_way()
    monkeypatch.setattr(calls, "PAUSE", 0)
    await sync(run)
    for gone in (orders[3], orders[170], orders[349]):
        bed.shop.delete(gone["id"])
    monkeypatch.setattr(sync_run, "STEP_SECONDS", -1)
    run = await bed.run(days=run.days)
    steps = 0
    while steps < 10:
        steps += 1
        bed.shop.faults = [Fault("500", "orders", after=1)]
        with suppress(ToBeContinued):
            await sync(run)
            break
    assert steps == 4 + 3, "one for each page, and for what was asked for alone"
    deleted = {number for number, order in (await bed.orders()).items() if order["status"] == "deleted"}
    assert deleted == {str(orders[number]["id"]) for number in (3, 170, 349)}


async def test_refunds_that_are_never_answered_hold_up_no_order_and_are_tried_again_at_night(bed: ShopBed):
    made = bed.shop.now() - 40 * A_DAY
    order = bed.shop.order(made)
    bed.shop.refund(order["id"], "3.50")
    bed.shop.faults.append(Fault("500", f"orders/{order['id']}/refunds", times=4))
    for _ in range(2):
        await bed.sync()
        assert await bed.flags() == [("orders", "refunds_missing", '{"orders": 1}')]
    assert len(await bed.purchases()) == 1
    assert (await bed.sync(reads_window=True))["refunds"] == 1
    assert await bed.flags() == []
    bed.shop.calls.clear()
    await bed.sync()
    assert not [call for call in bed.shop.calls if "refunds" in call]


async def test_a_shop_that_answers_nothing_any_more_is_not_taken_for_one_without_refunds(bed: ShopBed):
    order = bed.shop.order()
    bed.shop.refund(order["id"], "3.50")
    bed.shop.faults.append(Fault("500", "orders/", times=2))
    with pytest.raises(VendorAway):
        await bed.sync()
    assert await bed.orders() == {}


async def test_orders_deleted_for_good_long_after_they_were_made_are_noticed_the_next_night(bed: ShopBed):
    made = bed.shop.now() - 50 * A_DAY
    orders = [bed.shop.order(made + number * timedelta(minutes=7)) for number in range(120)]
    await bed.sync(days=(made.date() - A_DAY, made.date() + A_DAY))
    for gone in (orders[3], orders[100]):
        bed.shop.delete(gone["id"])
    assert (await bed.sync(reads_window=True))["orders"] == 2
    assert len(await bed.purchases()) == 118


async def test_drafts_that_a_shop_has_thrown_away_are_not_asked_for_one_by_one(bed: ShopBed):
    draft = bed.shop.order(bed.shop.now() - A_DAY, status="checkout-draft")
    await bed.sync()
    bed.shop.delete(draft["id"])
    assert (await bed.sync(reads_window=True))["orders"] == 1
    assert [order["status"] for order in (await bed.orders()).values()] == ["deleted"]
    assert not [call for call in bed.shop.calls if call.startswith(f"orders/{draft['id']}")]


async def test_another_transaction_id_has_the_past_read_again(bed: ShopBed):
    order = bed.shop.order(bed.shop.now() - 2 * A_DAY, number="W-7")
    await bed.sync()
    await bed.data.admin.execute(
        "update data.source set config = config || $2 where source_id = $1",
        *(bed.source_id, '{"transaction_id": "number", "transaction_prefix": "shop-"}'),
    )
    said = "have changed since 1 of its orders were read: backfill "
    assert said in await told(bed)
    assert [one["transaction_id"] for one in await bed.purchases()] == [str(order["id"])]
    day = bed.shop.now().date()
    assert (await bed.sync(days=(day - 3 * A_DAY, day)))["orders"] == 1
    assert [one["transaction_id"] for one in await bed.purchases()] == ["shop-W-7"]
    assert said not in await told(bed)


async def test_the_night_looks_at_an_orders_purchase_though_the_shop_says_nothing_new(bed: ShopBed):
    made = bed.shop.now() - 2 * A_DAY
    order = bed.shop.order(made)
    await bed.post_events(tag_purchase(str(order["id"]), made + timedelta(minutes=1), "7.7"))
    await bed.sync()
    assert [one["user_pseudo_id"] for one in await bed.purchases()] == ["7.7"]
    # (what is heard late would look at it before the night does)
    await bed.until_heard()
    await bed.data.admin.execute("delete from data.purchase where tenant_id = $1 and road <> 5", bed.tenant_id)
    assert await bed.sync(reads_window=True) == {"purchase": 1}
    assert [one["user_pseudo_id"] for one in await bed.purchases()] == [None]


async def test_a_webhook_is_written_down_while_orders_are_linked(bed: ShopBed):
    async with bed.data.context.db.tenant(bed.tenant_id) as connection:
        assert await hold_out_of_shops(connection, bed.tenant_id)
        assert await bed.deliver(delivery("order.updated", bed.shop.order(), SECRETS["webhook_secret"])) == 200
