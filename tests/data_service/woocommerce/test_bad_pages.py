"""A page of a list that fails for good, as one thing on it breaks every answer that holds it."""

from datetime import timedelta

import pytest

from common.jobs import JobCancelled
from services.data_service.domain.woocommerce.sync import sync
from services.data_service.sources.vendor import VendorAway
from services.data_service.sources.woocommerce import page_apart
from services.data_service.sources.woocommerce import shop as calls
from tests.data_service.woocommerce.shop_bed import SECRETS, ShopBed
from tests.standins.woocommerce.records import gmt
from tests.standins.woocommerce.shop import Fault
from tests.standins.woocommerce.webhooks import delivery

pytestmark = pytest.mark.asyncio(loop_scope="module")
SOLD = 130
FLAGGED = [("webhooks", "unanswered", '{"things": 1}')]


async def fail_once(bed: ShopBed) -> None:
    """A sync that is not answered, and what its end leaves with the source."""
    with pytest.raises(VendorAway):
        await bed.sync()
    await bed.data.admin.execute("update data.source set failures = 1 where source_id = $1", bed.source_id)


def sell(bed: ShopBed) -> None:
    for number in range(1, SOLD + 1):
        bed.shop.order(bed.shop.now() - timedelta(days=9) + timedelta(minutes=number), id=number)


@pytest.mark.parametrize(("number", "how"), [(1, "500"), (67, "half"), (SOLD, "500")])
async def test_what_breaks_a_page_is_left_aside_and_all_the_rest_is_read(bed: ShopBed, number: int, how: str):
    sell(bed)
    bed.shop.broken[number] = how
    await fail_once(bed)
    bed.shop.calls.clear()
    await bed.sync()
    assert set(await bed.orders()) == {str(one) for one in range(1, SOLD + 1)} - {str(number)}
    assert await bed.flags() == FLAGGED
    assert len(bed.shop.calls) < 60
    # It is on the list's last page for good, maybe: that fails no sync any more.
    await bed.data.admin.execute("update data.source set failures = 0 where source_id = $1", bed.source_id)
    bed.shop.order(bed.shop.now() - timedelta(minutes=30), id=900)
    await bed.sync()
    assert "900" in await bed.orders()
    bed.shop.broken.clear()
    await bed.sync(reads_window=True)
    assert (str(number) in await bed.orders(), await bed.flags()) == (True, [])


async def test_a_night_and_a_backfill_read_around_it_too(bed: ShopBed, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(calls, "PAUSE", 0)
    sell(bed)
    made = bed.shop.now() - timedelta(days=9)
    bed.shop.broken[100] = "half"
    await bed.sync(days=(made.date() - timedelta(days=1), made.date() + timedelta(days=1)))
    assert len(await bed.orders()) == SOLD - 1
    # (Its month is counted too, in which it is the last.)
    del bed.shop.orders[SOLD]
    for number in range(101, SOLD):
        del bed.shop.orders[number]
    await bed.sync(reads_window=True)
    kept = [order["status"] for order in (await bed.orders()).values()]
    assert (kept.count("processing"), kept.count("deleted")) == (99, SOLD - 100)
    assert await bed.flags() == FLAGGED


async def test_a_product_that_breaks_its_list_holds_up_no_other(bed: ShopBed):
    for number in (1, 2, 3):
        bed.shop.product(number)["date_modified_gmt"] = gmt(bed.shop.now() - timedelta(days=number))
    bed.shop.broken[2] = "500"
    await fail_once(bed)
    await bed.sync()
    known = await bed.data.admin.fetch("select product_id from data.product where tenant_id = $1", bed.tenant_id)
    assert {row["product_id"] for row in known} == {"1", "3"}
    assert await bed.flags() == FLAGGED


# (Newest first: on the first page, its last one, on which the next page begins, and the very last.)
@pytest.mark.parametrize("number", [SOLD, SOLD - 50, SOLD - 99, 1])
async def test_a_customer_who_breaks_their_list_holds_up_no_other(bed: ShopBed, number: int):
    for one in range(1, SOLD + 1):
        bed.shop.customer(number=one)
    bed.shop.broken[number] = "500"
    await fail_once(bed)
    bed.shop.calls.clear()
    await bed.sync()
    assert await people(bed) == {str(one) for one in range(1, SOLD + 1)} - {str(number)}
    assert await bed.flags() == FLAGGED
    assert len(bed.shop.calls) < 60
    await bed.data.admin.execute("update data.source set failures = 0 where source_id = $1", bed.source_id)
    bed.shop.customer(number=900)
    bed.shop.calls.clear()
    await bed.sync()
    assert "900" in await people(bed)
    assert not [call for call in bed.shop.calls if call.startswith("customers/")], "it is left to the night"
    bed.shop.broken.clear()
    await bed.sync(reads_window=True)
    assert (str(number) in await people(bed), await bed.flags()) == (True, [])


async def people(bed: ShopBed) -> set[str]:
    found = await bed.data.admin.fetch("select user_id from data.users where tenant_id = $1", bed.tenant_id)
    return {row["user_id"] for row in found}


@pytest.mark.parametrize("what", ["an outage", "four of them", "no ids"])
async def test_where_a_page_cannot_be_read_around_the_sync_ends_there(bed: ShopBed, what: str):
    sell(bed)
    broken = {3: "500", 30: "500", 60: "500", 90: "500"} if what == "four of them" else {50: "500"}
    bed.shop.broken = {50: "ids"} if what == "no ids" else broken
    await fail_once(bed)
    bed.shop.calls.clear()
    if what == "an outage":
        bed.shop.faults.append(Fault("500", "orders", times=99))
    with pytest.raises(VendorAway):
        await bed.sync()
    assert await bed.orders() == {}
    if what == "an outage":
        assert len(bed.shop.calls) == 2


async def test_a_shop_that_hangs_while_a_page_is_taken_apart_is_waited_for_once(
    bed: ShopBed, monkeypatch: pytest.MonkeyPatch
):
    sell(bed)
    bed.shop.broken[50] = "500"
    await fail_once(bed)
    monkeypatch.setattr(calls, "AT_ONCE", 1.3)
    monkeypatch.setattr(calls, "SECONDS", 1.5)
    bed.shop.faults += [Fault("500", "orders"), Fault("slow", "orders", after=1, times=99, seconds=3)]
    bed.shop.calls.clear()
    with pytest.raises(VendorAway):
        await bed.sync()
    # The page, its newest id, and a half.
    assert len(bed.shop.calls) == 3


async def test_taking_a_page_apart_has_an_end(bed: ShopBed, monkeypatch: pytest.MonkeyPatch):
    sell(bed)
    bed.shop.broken[50] = "500"
    await fail_once(bed)
    monkeypatch.setattr(page_apart, "_SECONDS", 0.3)
    bed.shop.thinks = 0.1
    bed.shop.calls.clear()
    with pytest.raises(VendorAway):
        await bed.sync()
    assert len(bed.shop.calls) < 6


async def test_whoever_cancels_is_heard_while_a_page_is_taken_apart(bed: ShopBed):
    sell(bed)
    bed.shop.broken[50] = "500"
    await fail_once(bed)
    run = await bed.run()
    await bed.data.admin.execute("update data.job set cancel_requested_at = now() where job_id = $1", run.job.job_id)
    bed.shop.calls.clear()
    with pytest.raises(JobCancelled):
        await sync(run)
    assert len(bed.shop.calls) == 1


async def test_a_backfill_reads_around_a_page_whose_two_tries_together_take_long(
    bed: ShopBed, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(calls, "AT_ONCE", 0.3)
    monkeypatch.setattr(calls, "PAUSE", 0.35)
    sell(bed)
    made = bed.shop.now() - timedelta(days=9)
    bed.shop.broken[SOLD] = "500"
    await bed.sync(days=(made.date() - timedelta(days=1), made.date() + timedelta(days=1)))
    assert len(await bed.orders()) == SOLD - 1


async def test_what_breaks_a_list_long_after_its_webhook_is_flagged_today(bed: ShopBed):
    order = bed.shop.order()
    await bed.deliver(delivery("order.updated", order, SECRETS["webhook_secret"]))
    await bed.sync()
    await bed.data.admin.execute(
        "update data.webhook_delivery set last_at = last_at - interval '60 days' where tenant_id = $1", bed.tenant_id
    )
    bed.shop.broken[order["id"]] = "500"
    await fail_once(bed)
    await bed.sync()
    days = await bed.data.admin.fetch(
        "select day from data.quality_flag where tenant_id = $1 and stream = 'webhooks'", bed.tenant_id
    )
    assert [(bed.shop.now().date() - row["day"]).days <= 1 for row in days] == [True]
