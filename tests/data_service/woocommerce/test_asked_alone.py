"""Orders that no list of the shop holds, or that it cannot answer."""

from contextlib import suppress
from datetime import timedelta

import pytest

from services.data_service.domain.syncs import sync_run
from services.data_service.domain.syncs.sync_run import ToBeContinued
from services.data_service.domain.woocommerce import missing_orders
from services.data_service.sources.vendor import VendorAway
from tests.data_service.woocommerce.shop_bed import SECRETS, ShopBed
from tests.standins.woocommerce.records import gmt
from tests.standins.woocommerce.shop import Fault
from tests.standins.woocommerce.webhooks import delivery

pytestmark = pytest.mark.asyncio(loop_scope="module")
A_DAY = timedelta(days=1)


async def age(bed: ShopBed, hours: int) -> None:
    """Let time pass since orders were asked for alone, and begin another night."""
    await bed.data.admin.execute(
        "update data.shop_order set asked_alone_at = asked_alone_at - make_interval(hours => $2) where tenant_id = $1",
        *(bed.tenant_id, hours),
    )
    await bed.data.admin.execute(
        "delete from data.source_cursor where tenant_id = $1"
        " and stream in ('window', 'deleted', 'made', 'orders.alone', 'orders.unfinished')",
        bed.tenant_id,
    )


async def test_an_order_that_the_shop_cannot_answer_holds_up_no_other_and_is_tried_at_night(bed: ShopBed):
    known, unknown, good = (bed.shop.order(bed.shop.now() - 60 * A_DAY) for _ in range(3))
    await bed.sync(days=((bed.shop.now() - 61 * A_DAY).date(), (bed.shop.now() - 59 * A_DAY).date()))
    assert len(await bed.orders()) == 3
    await bed.data.admin.execute("delete from data.shop_order where order_id = $1", str(unknown["id"]))
    for order in (known, unknown):
        bed.shop.faults.append(Fault("500", f"orders/{order['id']}", times=3))
        bed.shop.change(order["id"], status="hidden", at=bed.shop.now() - 60 * A_DAY)
    bed.shop.hidden.add("hidden")
    bed.shop.change(good["id"], status="cancelled", at=bed.shop.now() - 60 * A_DAY)
    for order in (known, unknown, good):
        assert await bed.deliver(delivery("order.updated", order, SECRETS["webhook_secret"])) == 200
    await bed.sync()
    assert (await bed.orders())[str(good["id"])]["status"] == "cancelled"
    assert sorted(await bed.flags()) == [
        ("orders", "orders_unanswered", '{"orders": 1}'),
        ("webhooks", "unanswered", '{"things": 2}'),
    ]
    bed.shop.calls.clear()
    await bed.sync()
    assert not [call for call in bed.shop.calls if call.startswith("orders/")], "it is left to the night"
    bed.shop.faults.clear()
    await age(bed, 24)
    await bed.sync(reads_window=True)
    assert {order["status"] for order in (await bed.orders()).values()} == {"hidden", "cancelled"}
    assert (len(await bed.orders()), await bed.flags()) == (3, [])


async def test_a_list_that_one_order_breaks_has_the_others_asked_for_alone(bed: ShopBed):
    orders = [bed.shop.order(bed.shop.now() - 60 * A_DAY) for _ in range(3)]
    for order in orders:
        await bed.deliver(delivery("order.updated", order, SECRETS["webhook_secret"]))
    bed.shop.faults.append(Fault("500", "orders", after=2, times=2))
    bed.shop.faults.append(Fault("500", f"orders/{orders[0]['id']}"))
    await bed.sync()
    assert set(await bed.orders()) == {str(order["id"]) for order in orders[1:]}


async def test_orders_that_no_list_holds_are_asked_for_alone_once_and_in_steps(
    bed: ShopBed, monkeypatch: pytest.MonkeyPatch
):
    made = bed.shop.now() - 40 * A_DAY
    for number in range(1, 131):
        bed.shop.order(made + timedelta(minutes=number), id=number)
    await bed.sync(days=(made.date() - A_DAY, made.date() + A_DAY))
    for number in range(1, 11):
        bed.shop.change(number, status="rma", at=made + A_DAY)
    bed.shop.hidden.add("rma")
    bed.shop.delete(50)
    monkeypatch.setattr(sync_run, "STEP_SECONDS", -1)
    steps, asked = 0, 0
    while steps < 40:
        steps += 1
        bed.shop.calls.clear()
        with suppress(ToBeContinued):
            await bed.sync(reads_window=True)
            break
        asked += sum(call.startswith("orders/") for call in bed.shop.calls)
    assert (asked, steps < 40) == (11, True)
    assert [(await bed.orders())[str(number)]["status"] for number in (10, 11, 50)] == ["rma", "processing", "deleted"]
    monkeypatch.undo()
    await age(bed, 24)
    bed.shop.calls.clear()
    await bed.sync(reads_window=True)
    assert not [call for call in bed.shop.calls if call.startswith("orders/")]


async def test_a_hint_at_an_order_whose_lists_fail_hides_no_deletion(bed: ShopBed):
    first, second = (bed.shop.order(bed.shop.now() - 40 * A_DAY) for _ in range(2))
    await bed.sync(days=((bed.shop.now() - 41 * A_DAY).date(), (bed.shop.now() - 39 * A_DAY).date()))
    await bed.sync()
    await bed.deliver(delivery("order.updated", first, SECRETS["webhook_secret"]))
    # (The lists of what was modified come before those by ids.)
    bed.shop.faults.append(Fault("500", "orders", after=2, times=2))
    await bed.sync()
    assert any(call.startswith(f"orders/{first['id']}") for call in bed.shop.calls)
    bed.shop.delete(second["id"])
    await bed.sync(reads_window=True)
    assert (await bed.orders())[str(second["id"])]["status"] == "deleted"


async def test_a_hidden_order_is_asked_for_again_after_a_month(bed: ShopBed):
    made = bed.shop.now() - 50 * A_DAY
    gone = bed.shop.order(made)
    await bed.sync(days=(made.date() - A_DAY, made.date() + A_DAY))
    bed.shop.change(gone["id"], status="rma", at=made)
    bed.shop.hidden.add("rma")
    await bed.sync(reads_window=True)
    bed.shop.delete(gone["id"])
    await age(bed, 29 * 24)
    await bed.sync(reads_window=True)
    assert (await bed.orders())[str(gone["id"])]["status"] == "rma"
    await age(bed, 2 * 24)
    await bed.sync(reads_window=True)
    assert (await bed.orders())[str(gone["id"])]["status"] == "deleted"


async def test_what_a_list_holds_again_is_expected_there_again(bed: ShopBed):
    order = bed.shop.order(bed.shop.now() - A_DAY, status="rma")
    await bed.sync()
    bed.shop.hidden.add("rma")
    await bed.sync(reads_window=True)
    bed.shop.hidden.clear()
    await age(bed, 24)
    await bed.sync(reads_window=True)
    bed.shop.delete(order["id"])
    await age(bed, 24)
    await bed.sync(reads_window=True)
    assert (await bed.orders())[str(order["id"])]["status"] == "deleted"


async def test_a_night_asks_for_so_many_alone_and_the_next_one_for_the_others(
    bed: ShopBed, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(missing_orders, "_ALONE_A_NIGHT", 3)
    for _ in range(5):
        bed.shop.order(bed.shop.now() - A_DAY, status="rma")
    await bed.sync()
    bed.shop.hidden.add("rma")
    for asked in (3, 2):
        bed.shop.calls.clear()
        await bed.sync(reads_window=True)
        assert sum(call.startswith("orders/") for call in bed.shop.calls) == asked
        await age(bed, 24)


async def test_drafts_are_not_called_deleted_where_a_list_is_not_answered(bed: ShopBed):
    draft = bed.shop.order(bed.shop.now() - A_DAY, status="checkout-draft")
    await bed.sync()
    bed.shop.hidden.add("checkout-draft")
    # (Before the night's lists by ids come the two of what was modified, and the day's own.)
    bed.shop.faults.append(Fault("500", "orders?include", times=2))
    await bed.sync(reads_window=True)
    assert (await bed.orders())[str(draft["id"])]["status"] == "checkout-draft"


@pytest.mark.parametrize("kind", ["429", "429-bare", "429-now"])
async def test_a_shop_that_asks_for_fewer_calls_is_left_alone_and_no_order_is_blamed(bed: ShopBed, kind: str):
    orders = [bed.shop.order(bed.shop.now() - 60 * A_DAY) for _ in range(3)]
    await bed.sync()
    for order in orders:
        await bed.deliver(delivery("order.updated", order, SECRETS["webhook_secret"]))
    bed.shop.faults.append(Fault("500", "orders", after=2, times=2))
    bed.shop.faults.append(Fault(kind, "orders/"))
    bed.shop.calls.clear()
    with pytest.raises(VendorAway) as away:
        await bed.sync()
    assert (away.value.retry_after, await bed.flags()) == ({"429": 7, "429-bare": 60, "429-now": 0}[kind], [])
    assert sum(call.startswith("orders/") for call in bed.shop.calls) == 1


@pytest.mark.parametrize("kind", ["429", "429-bare", "429-now"])
async def test_a_list_that_is_refused_for_now_is_not_taken_apart(bed: ShopBed, kind: str):
    order = bed.shop.order(bed.shop.now() - 60 * A_DAY)
    await bed.sync()
    await bed.deliver(delivery("order.updated", order, SECRETS["webhook_secret"]))
    bed.shop.faults.append(Fault(kind, "orders", after=2))
    bed.shop.calls.clear()
    with pytest.raises(VendorAway):
        await bed.sync()
    assert not [call for call in bed.shop.calls if call.startswith("orders/")]


@pytest.mark.parametrize("kind", ["429", "429-bare", "429-now"])
async def test_refunds_that_are_refused_for_now_are_not_asked_for_again_at_once(bed: ShopBed, kind: str):
    order = bed.shop.order()
    bed.shop.refund(order["id"], "3.50")
    bed.shop.faults.append(Fault(kind, "orders/"))
    with pytest.raises(VendorAway):
        await bed.sync()
    assert await bed.orders() == {}


@pytest.mark.parametrize("kind", ["429", "429-bare", "429-now"])
async def test_a_backfill_asks_no_shop_at_once_again_that_wants_fewer_calls(bed: ShopBed, kind: str):
    bed.shop.order()
    bed.shop.faults.append(Fault(kind, "orders"))
    today = bed.shop.now().date()
    with pytest.raises(VendorAway):
        await bed.sync(days=(today, today))
    assert len(bed.shop.calls) == 1


async def test_a_flag_of_a_webhooks_day_goes_though_the_answer_comes_with_a_later_one(bed: ShopBed):
    order = bed.shop.order(bed.shop.now() - 60 * A_DAY)
    bed.shop.faults += [Fault("500", "orders?include", times=2), Fault("500", f"orders/{order['id']}")]
    await bed.deliver(delivery("order.updated", order, SECRETS["webhook_secret"]))
    await bed.data.admin.execute(
        "update data.webhook_delivery set last_at = last_at - interval '2 days' where tenant_id = $1", bed.tenant_id
    )
    await bed.sync()
    assert await bed.flags() == [("webhooks", "unanswered", '{"things": 1}')]
    bed.shop.faults += [Fault("500", "orders?include", times=2), Fault("500", f"orders/{order['id']}")]
    for _ in range(2):
        await bed.deliver(delivery("order.updated", order, SECRETS["webhook_secret"]))
        await bed.sync()
    assert await bed.flags() == []


async def test_a_flag_of_an_orders_day_goes_with_it_to_another_one(bed: ShopBed):
    order = bed.shop.order(bed.shop.now() - 10 * A_DAY)
    bed.shop.refund(order["id"], "3.50")
    bed.shop.faults.append(Fault("500", f"orders/{order['id']}/refunds", times=2))
    await bed.sync()
    assert [flag for _, flag, _ in await bed.flags()] == ["refunds_missing"]
    moved = gmt(bed.shop.now() - 12 * A_DAY)
    bed.shop.change(order["id"], date_created=moved, date_created_gmt=moved)
    await bed.sync()
    assert await bed.flags() == []


async def test_a_status_that_hides_orders_is_asked_for_by_its_name(bed: ShopBed):
    order = bed.shop.order(bed.shop.now() - A_DAY, status="rma")
    await bed.sync()
    bed.shop.hidden.add("rma")
    bed.shop.named.add("rma")
    await bed.sync(reads_window=True)
    assert (await bed.orders())[str(order["id"])]["status"] == "rma"
    assert not [call for call in bed.shop.calls if call.startswith("orders/")]


async def test_after_three_that_are_not_answered_the_others_are_left_to_the_next_night(bed: ShopBed):
    orders = [bed.shop.order(bed.shop.now() - A_DAY) for _ in range(6)]
    await bed.sync()
    for order in orders:
        bed.shop.change(order["id"], status="rma")
    bed.shop.hidden.add("rma")
    bed.shop.faults.append(Fault("500", "orders/", times=5))
    await bed.sync(reads_window=True)
    assert await bed.flags() == [("orders", "orders_unanswered", '{"orders": 6}')]
    await age(bed, 24)
    await bed.sync(reads_window=True)
    assert await bed.flags() == [("orders", "orders_unanswered", '{"orders": 2}')]
    await age(bed, 24)
    await bed.sync(reads_window=True)
    assert {order["status"] for order in (await bed.orders()).values()} == {"rma"}
    assert await bed.flags() == []


async def test_what_a_list_of_its_status_holds_takes_no_room_from_what_is_asked_for_alone(
    bed: ShopBed, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(missing_orders, "_ALONE_A_NIGHT", 3)
    gone = bed.shop.order(bed.shop.now() - 40 * A_DAY)
    await bed.sync(days=((bed.shop.now() - 41 * A_DAY).date(), (bed.shop.now() - 39 * A_DAY).date()))
    for _ in range(4):
        bed.shop.order(bed.shop.now() - A_DAY, status="shipped")
    await bed.sync()
    bed.shop.hidden.add("shipped")
    bed.shop.named.add("shipped")
    bed.shop.delete(gone["id"])
    await bed.sync(reads_window=True)
    assert (await bed.orders())[str(gone["id"])]["status"] == "deleted"


async def test_of_a_hundred_that_fail_alone_three_are_asked_however_short_the_steps_are(
    bed: ShopBed, monkeypatch: pytest.MonkeyPatch
):
    for _ in range(8):
        bed.shop.order(bed.shop.now() - A_DAY, status="rma")
    await bed.sync()
    bed.shop.hidden.add("rma")
    bed.shop.faults.append(Fault("500", "orders/", times=1_000))
    monkeypatch.setattr(sync_run, "STEP_SECONDS", -1)
    bed.shop.calls.clear()
    for _ in range(30):
        with suppress(ToBeContinued):
            await bed.sync(reads_window=True)
            break
    assert sum(call.startswith("orders/") for call in bed.shop.calls) == 3
    assert await bed.flags() == [("orders", "orders_unanswered", '{"orders": 8}')]


async def test_an_order_whose_lists_fail_at_night_is_not_taken_for_hidden(bed: ShopBed):
    order, _ = (bed.shop.order(bed.shop.now() - days * A_DAY) for days in (2, 1))
    await bed.sync()
    moved = gmt(bed.shop.now() - 6 * A_DAY)
    bed.shop.orders[order["id"]] |= {"date_created": moved, "date_created_gmt": moved}
    bed.shop.faults.append(Fault("500", "orders?include", times=3))
    bed.shop.calls.clear()
    await bed.sync(reads_window=True)
    assert [call for call in bed.shop.calls if call.startswith("orders/")], "it is asked for alone"
    bed.shop.delete(order["id"])
    await age(bed, 24)
    await bed.sync(reads_window=True)
    assert (await bed.orders())[str(order["id"])]["status"] == "deleted"
