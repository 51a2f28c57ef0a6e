"""Orders that no list of the shop holds, or that it cannot answer."""

from contextlib import suppress
from datetime import timedelta

import pytest

from services.data_service.domain.syncs import sync_run
from services.data_service.domain.syncs.sync_run import ToBeContinued
from tests.data_service.woocommerce.shop_bed import SECRETS, ShopBed
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
        "delete from data.source_cursor where tenant_id = $1 and stream in ('window', 'deleted', 'made')", bed.tenant_id
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
    await bed.sync(days=(made.date(), made.date() + A_DAY))
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
    assert await bed.flags() == [("orders", "orders_unanswered", '{"orders": 3}')]
    await age(bed, 24)
    await bed.sync(reads_window=True)
    assert await bed.flags() == [("orders", "orders_unanswered", '{"orders": 2}')]
    await age(bed, 24)
    await bed.sync(reads_window=True)
    assert {order["status"] for order in (await bed.orders()).values()} == {"rma"}
    assert await bed.flags() == []
