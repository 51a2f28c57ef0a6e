from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest

from services.data_service.sources.vendor import VendorAway
from tests.data_service.marketing import Touched, touched
from tests.data_service.woocommerce.shop_bed import ShopBed, add_source
from tests.standins.woocommerce.records import LOCAL_OFFSET, gmt, line_record
from tests.standins.woocommerce.shop import Fault

pytestmark = pytest.mark.asyncio(loop_scope="module")
A_DAY = timedelta(days=1)


def long_ago(bed: ShopBed, days: float = 3) -> datetime:
    return bed.shop.now() - days * A_DAY


async def test_a_paid_order_is_a_purchase_with_its_money_and_lines(bed: ShopBed):
    made = long_ago(bed)
    lines = [line_record(1, "Pump", 22, 2, 112.4), line_record(2, "Valve", 23, 1, 9.5) | {"variation_id": 31}]
    order = bed.shop.order(made, line_items=lines, total="239.30", currency="EUR", customer_id=42)
    counts = await bed.sync()
    assert (counts["orders"], counts["purchase"]) == (1, 1)
    [purchase] = await bed.purchases()
    assert purchase["event_ts"] == made
    assert (purchase["transaction_id"], purchase["user_id"]) == (str(order["id"]), "42")
    assert (purchase["value"], purchase["currency"]) == (Decimal("239.30"), "EUR")
    assert msgspec.json.decode(purchase["items"]) == [
        {"item_id": "22", "item_name": "Pump", "price": 112.4, "quantity": 2},
        {"item_id": "31", "item_name": "Valve", "price": 9.5, "quantity": 1},
    ]


@pytest.mark.parametrize(
    ("status", "purchases"),
    [
        *(("processing", 1), ("completed", 1), ("refunded", 1), ("shipped-by-plugin", 1)),
        *(("on-hold", 0), ("pending", 0), ("cancelled", 0), ("failed", 0), ("trash", 0), ("checkout-draft", 0)),
    ],
)
async def test_what_was_paid_for_is_a_purchase_and_nothing_else(bed: ShopBed, status: str, purchases: int):
    bed.shop.order(long_ago(bed), status=status)
    await bed.sync()
    assert len(await bed.purchases()) == purchases
    assert [order["status"] for order in (await bed.orders()).values()] == [status]


async def test_a_plugins_status_without_a_payment_is_no_purchase(bed: ShopBed):
    bed.shop.order(long_ago(bed), status="quote", date_paid=None, date_paid_gmt=None)
    await bed.sync()
    assert await bed.purchases() == []


async def test_an_edited_order_replaces_its_purchase_and_a_cancelled_one_takes_it_back(bed: ShopBed):
    order = bed.shop.order(long_ago(bed))
    await bed.sync()
    bed.shop.change(order["id"], total="99.99", line_items=[line_record(9, "Hose", 9, 1, 99.99)])
    await bed.sync()
    [purchase] = await bed.purchases()
    assert (purchase["value"], msgspec.json.decode(purchase["items"])[0]["item_name"]) == (Decimal("99.99"), "Hose")
    bed.shop.change(order["id"], status="cancelled")
    await bed.sync()
    assert await bed.purchases() == []


async def test_a_shop_that_is_connected_again_has_its_orders_once(bed: ShopBed):
    kept, cancelled = bed.shop.order(long_ago(bed)), bed.shop.order(long_ago(bed))
    await bed.sync()
    await bed.data.admin.execute("delete from data.source where source_id = $1", bed.source_id)
    bed.shop.change(cancelled["id"], status="cancelled")
    bed.source_id = await add_source(bed.data, bed.company, bed.url)
    await bed.sync()
    assert [purchase["transaction_id"] for purchase in await bed.purchases()] == [str(kept["id"])]


async def test_what_was_read_twice_changes_nothing_and_tells_nobody(bed: ShopBed):
    bed.shop.order(long_ago(bed))
    await bed.sync()
    batches = await bed.data.admin.fetchval("select count(*) from data.batch where tenant_id = $1", bed.tenant_id)
    before = await bed.purchases()
    assert await bed.sync(reads_window=True) == {}
    assert await bed.purchases() == before
    told = await bed.data.admin.fetchval("select count(*) from data.batch where tenant_id = $1", bed.tenant_id)
    assert told == batches


async def test_an_older_telling_that_arrives_later_changes_nothing(bed: ShopBed):
    order = bed.shop.order(long_ago(bed))
    older = dict(order)
    bed.shop.change(order["id"], status="completed", total="77.00")
    await bed.sync()
    bed.shop.orders[order["id"]] = older
    assert await bed.sync(days=(long_ago(bed, 4).date(), bed.shop.now().date())) == {}
    assert [purchase["value"] for purchase in await bed.purchases()] == [Decimal("77.00")]


async def test_of_two_changes_in_one_second_the_one_read_last_stands(bed: ShopBed):
    order, at = bed.shop.order(long_ago(bed)), long_ago(bed, 1)
    bed.shop.change(order["id"], total="1.00", at=at)
    await bed.sync()
    bed.shop.change(order["id"], total="2.00", at=at)
    await bed.sync()
    assert [purchase["value"] for purchase in await bed.purchases()] == [Decimal("2.00")]


async def test_orders_that_change_while_they_are_read_are_not_passed_over(bed: ShopBed):
    begin = long_ago(bed, 2)
    orders = [bed.shop.order(begin + number * timedelta(seconds=1)) for number in range(250)]
    served = bed.shop.fault_of

    def change_one_more(path: str) -> Fault | None:
        # What was in front moves to the end, and everything behind it to the page before.
        bed.shop.change(orders[len(bed.shop.calls)]["id"], status="completed")
        return served(path)

    bed.shop.fault_of = change_one_more
    await bed.sync()
    assert len(await bed.orders()) == len(orders)


async def test_more_orders_of_one_second_than_a_page_holds_are_all_read(bed: ShopBed):
    at = long_ago(bed, 1)
    for _ in range(230):
        bed.shop.order(at)
    await bed.sync()
    assert len(await bed.purchases()) == 230


async def test_orders_that_leave_a_second_while_it_is_read_push_none_of_it_aside(bed: ShopBed):
    at = long_ago(bed, 20)
    orders = [bed.shop.order(at) for _ in range(330)]
    served = bed.shop.fault_of

    def change_one_more(path: str) -> Fault | None:
        if len(bed.shop.calls) > 1:
            bed.shop.change(orders[len(bed.shop.calls)]["id"], status="completed")
        return served(path)

    bed.shop.fault_of = change_one_more
    await bed.sync()
    assert len(await bed.orders()) == len(orders)


async def test_an_hour_that_the_shop_s_own_clock_has_twice_is_read_wholly(bed: ShopBed):
    put_back = long_ago(bed, 2)
    bed.shop.sorts_by = ""
    for number in range(-140, 140):
        made = put_back + number * timedelta(seconds=30)
        order = bed.shop.order(made)
        if number < 0:
            summer = gmt(made + LOCAL_OFFSET + timedelta(hours=1))
            order |= {"date_created": summer, "date_modified": summer}
    for _ in range(2):
        await bed.sync()
        assert len(await bed.orders()) == 280
    late = bed.shop.order()
    await bed.sync()
    assert str(late["id"]) in await bed.orders()


async def test_a_shop_that_goes_away_in_the_middle_is_read_on_from_there(bed: ShopBed):
    begin = long_ago(bed, 2)
    for number in range(250):
        bed.shop.order(begin + number * timedelta(seconds=1))
    bed.shop.faults.append(Fault("500", "orders", after=2))
    with pytest.raises(VendorAway):
        await bed.sync()
    assert len(await bed.orders()) == 199
    bed.shop.calls.clear()
    await bed.sync()
    assert len(await bed.orders()) == 250
    read_on = gmt(begin + timedelta(seconds=198) - timedelta(seconds=1))
    assert f"modified_after={read_on.replace(':', '%3A')}" in bed.shop.calls[0]


async def test_a_clock_that_is_wrong_loses_no_order(bed: ShopBed):
    for hours in (2, -2):
        bed.shop.skew = timedelta(hours=hours)
        bed.shop.order()
        await bed.sync()
        bed.shop.order()
        await bed.sync()
    assert len(await bed.orders()) == 4


async def test_an_order_stamped_ahead_hides_none_that_comes_after(bed: ShopBed):
    ahead = bed.shop.order(long_ago(bed))
    bed.shop.change(ahead["id"], at=bed.shop.now() + A_DAY)
    await bed.sync()
    bed.shop.order()
    await bed.sync()
    assert len(await bed.orders()) == 2


async def test_the_nightly_window_finds_what_the_cursor_missed(bed: ShopBed):
    bed.shop.order(long_ago(bed, 1))
    await bed.sync()
    late = bed.shop.order(long_ago(bed, 2))
    assert late["date_modified_gmt"] == gmt(long_ago(bed, 2))
    await bed.sync()
    assert len(await bed.orders()) == 1
    await bed.sync(reads_window=True)
    assert len(await bed.orders()) == 2


async def test_an_order_deleted_for_good_takes_its_purchase_back_at_night(bed: ShopBed):
    order, other = bed.shop.order(long_ago(bed, 1)), bed.shop.order(long_ago(bed, 1))
    await bed.sync()
    bed.shop.delete(order["id"])
    await bed.sync()
    assert len(await bed.purchases()) == 2
    await bed.sync(reads_window=True)
    assert [purchase["transaction_id"] for purchase in await bed.purchases()] == [str(other["id"])]
    assert (await bed.orders())[str(order["id"])]["status"] == "deleted"


async def test_an_order_put_into_the_trash_is_noticed_at_once_and_taken_out_again(bed: ShopBed):
    order = bed.shop.order(long_ago(bed))
    await bed.sync()
    bed.shop.change(order["id"], status="trash")
    await bed.sync()
    assert await bed.purchases() == []
    bed.shop.change(order["id"], status="processing")
    await bed.sync()
    assert len(await bed.purchases()) == 1


async def test_days_asked_for_are_read_by_when_orders_were_made(bed: ShopBed):
    noon = datetime(2026, 3, 10, 12, tzinfo=UTC)
    for day in range(-2, 3):
        bed.shop.order(noon + day * A_DAY)
    await bed.sync(days=(noon.date(), (noon + A_DAY).date()))
    assert [row["event_ts"] for row in await bed.purchases()] == [noon, noon + A_DAY]


async def test_a_refund_is_kept_beside_the_order_which_stays_a_purchase(bed: ShopBed):
    order = bed.shop.order(long_ago(bed))
    await bed.sync()
    bed.shop.refund(order["id"], "3.50")
    assert (await bed.sync())["refunds"] == 1
    rows = await bed.data.admin.fetch("select amount from data.shop_refund where tenant_id = $1", bed.tenant_id)
    assert [row["amount"] for row in rows] == [Decimal("3.50")]
    assert len(await bed.purchases()) == 1
    assert await touched(bed.data, bed.company) == Touched(transaction_ids=(str(order["id"]),))
    await bed.sync()
    assert await touched(bed.data, bed.company) == Touched()


async def test_an_order_of_a_time_that_cannot_be_is_kept_and_no_purchase(bed: ShopBed):
    for year in (1970, 2200):
        bed.shop.order(datetime(year, 1, 1, tzinfo=UTC), date_modified_gmt=gmt(long_ago(bed)))
    await bed.sync()
    assert (len(await bed.orders()), await bed.purchases()) == (2, [])


async def test_an_order_that_cannot_be_read_holds_up_none_of_the_others(bed: ShopBed):
    for _ in range(7):
        bed.shop.order(long_ago(bed), total="not a number")
    bed.shop.order(long_ago(bed), customer_note="a \0 within", payment_method_title="\0")
    counts = await bed.sync()
    assert (counts["orders"], counts["rejected"]) == (1, 7)
