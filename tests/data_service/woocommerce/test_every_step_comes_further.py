"""However short the steps are: each gets past something for good, and what cannot be got past is left aside."""

from contextlib import suppress
from datetime import timedelta

import pytest

from common.jobs import JobCancelled
from services.data_service.domain.syncs import sync_run
from services.data_service.domain.syncs.sync_run import SyncRun, ToBeContinued
from services.data_service.domain.woocommerce.sync import sync
from tests.data_service.woocommerce.shop_bed import ShopBed
from tests.standins.woocommerce.records import LOCAL_OFFSET, gmt
from tests.standins.woocommerce.shop import Fault

pytestmark = pytest.mark.asyncio(loop_scope="module")
A_DAY = timedelta(days=1)


async def steps_of(run: SyncRun, monkeypatch: pytest.MonkeyPatch, *, most: int = 20) -> int:
    """Read in the shortest of steps; gives how many it took."""
    monkeypatch.setattr(sync_run, "STEP_SECONDS", -1)
    for number in range(1, most):
        with suppress(ToBeContinued):
            await sync(run)
            return number
    return most


async def test_a_night_ends_though_an_orders_refunds_never_come(bed: ShopBed, monkeypatch: pytest.MonkeyPatch):
    made = bed.shop.now() - 40 * A_DAY
    order = bed.shop.order(made)
    bed.shop.refund(order["id"], "3.50")
    bed.shop.faults.append(Fault("500", f"orders/{order['id']}/refunds", times=1_000))
    await bed.sync()

    assert await steps_of(await bed.run(reads_window=True), monkeypatch) < 20
    assert await bed.flags() == [("orders", "refunds_missing", '{"orders": 1}')]


async def test_a_page_of_refunds_is_left_where_somebody_cancels(bed: ShopBed):
    for _ in range(5):
        bed.shop.refund(bed.shop.order()["id"], "3.50")
    run = await bed.run()
    await bed.data.admin.execute("update data.job set cancel_requested_at = now() where job_id = $1", run.job.job_id)
    with pytest.raises(JobCancelled):
        await sync(run)
    assert not [call for call in bed.shop.calls if "refunds" in call]


async def test_a_backfill_gets_past_what_lies_in_the_trash(bed: ShopBed, monkeypatch: pytest.MonkeyPatch):
    made = bed.shop.now() - 50 * A_DAY
    for number in range(1, 7):
        bed.shop.order(made + number * timedelta(minutes=1), id=number, status="trash" if number == 2 else "completed")
    run = await bed.run(days=(made.date() - A_DAY, made.date() + A_DAY))

    assert await steps_of(run, monkeypatch) < 5
    assert set(await bed.orders()) >= {"1", "3", "4", "5", "6"}


async def test_what_is_known_to_lie_in_the_trash_is_not_looked_for_every_night(bed: ShopBed):
    made = bed.shop.now() - A_DAY
    for number in range(1, 251):
        bed.shop.order(made + number * timedelta(seconds=1), id=number)
    await bed.sync()
    for number in range(1, 251, 2):
        bed.shop.change(number, status="trash")
    await bed.sync()
    bed.shop.calls.clear()

    await bed.sync(reads_window=True)

    assert not [call for call in bed.shop.calls if "include=" in call or call.startswith("orders/")]
    assert sum(order["status"] == "trash" for order in (await bed.orders()).values()) == 125


async def test_what_was_put_into_the_trash_unnoticed_is_found_at_night(bed: ShopBed):
    made = bed.shop.now() - A_DAY
    orders = [bed.shop.order(made + number * timedelta(seconds=1)) for number in range(3)]
    bed.shop.order(bed.shop.now() - 6 * A_DAY, status="trash")
    bed.shop.change(orders[2]["id"], at=made + timedelta(hours=1))
    bed.shop.order(bed.shop.now() - timedelta(minutes=10), status="trash")
    await bed.sync()
    bed.shop.change(orders[1]["id"], status="trash", at=made + timedelta(seconds=1))

    await bed.sync(reads_window=True)

    assert (await bed.orders())[str(orders[1]["id"])]["status"] == "trash"
    assert len(await bed.purchases()) == 2


async def test_of_an_hour_that_a_clock_has_twice_nothing_is_passed_over_though_it_changes_between_steps(
    bed: ShopBed, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sync_run, "STEP_SECONDS", -1)
    bed.shop.sorts_by = ""
    at = bed.shop.now() - 9 * A_DAY
    for number in range(1, 451):
        moment = at + (number - 225) * timedelta(seconds=15)
        shown = gmt(moment + LOCAL_OFFSET + timedelta(hours=number < 225))
        bed.shop.order(at, id=number).update(date_modified=shown, date_modified_gmt=gmt(moment))
    steps = 0
    while steps < 20:
        steps += 1
        with suppress(ToBeContinued):
            await bed.sync()
            break
        # Of what is read already some is modified: the rest of the hour moves up.
        for number in [int(one) for one in await bed.orders()][:4]:
            bed.shop.change(number, status="completed")
    assert steps < 20
    assert len(await bed.orders()) == 450


async def test_a_clock_that_was_put_back_is_noticed_though_nothing_is_new_by_it(bed: ShopBed):
    older = bed.shop.order(bed.shop.now() - A_DAY, status="pending")
    await bed.sync()
    bed.shop.skew = timedelta(hours=3)
    last = bed.shop.order(bed.shop.now() - timedelta(minutes=6))
    await bed.sync()
    bed.shop.skew = timedelta()
    for number in (older["id"], last["id"]):
        bed.shop.change(number, status="completed", at=bed.shop.now() - timedelta(minutes=5))

    await bed.sync()

    orders = await bed.orders()
    assert [orders[str(one["id"])]["status"] for one in (older, last)] == ["completed"] * 2
