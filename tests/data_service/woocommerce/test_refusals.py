"""What a shop may answer instead of its orders, and what is said of it."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from common.testing.serve import serve
from services.data_service.domain.woocommerce.check import check
from services.data_service.domain.woocommerce.plan import plan
from services.data_service.sources.vendor import NeedsAttention, VendorAway, VendorError
from services.data_service.sources.woocommerce import shop as calls
from tests.data_service.woocommerce.shop_bed import SECRETS, ShopBed
from tests.standins.woocommerce.app import shop_app
from tests.standins.woocommerce.shop import Fault, Shop
from tests.standins.woocommerce.webhooks import delivery

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(
    ("kind", "error", "said"),
    [
        ("401", NeedsAttention, "refuses the key, or it may not read: Sorry, you cannot list resources."),
        ("403", NeedsAttention, "refuses the key, or it may not read"),
        ("forbidden", VendorAway, "refuses the call: Sorry, you are not allowed to do that. (rest_forbidden)"),
        ("403-page", VendorAway, "a web page, not its API: is the address right, are permalinks on? (403)"),
        ("no-route", VendorAway, "is WooCommerce active at this address?"),
        ("page", VendorAway, "a web page, not its API: is the address right, are permalinks on?"),
        ("503-page", VendorAway, "closed for maintenance"),
        ("500", VendorAway, "an error of its own: There has been a critical error on this website."),
        ("429", VendorAway, "asks for fewer calls"),
        ("cut", VendorAway, "broke off"),
        ("half", VendorAway, "JSON is broken off"),
        ("nonsense", VendorAway, "orders is not a list of objects"),
    ],
)
async def test_what_a_shop_answers_instead_is_said_plainly_and_loses_nothing(
    bed: ShopBed, kind: str, error: type[VendorError], said: str
):
    bed.shop.order()
    bed.shop.faults.append(Fault(kind, "orders"))
    with pytest.raises(error, match=re.escape(said)) as raised:
        await bed.sync()
    for secret in SECRETS.values():
        assert secret not in raised.value.reason
    if isinstance(raised.value, VendorAway):
        assert raised.value.retry_after == (7 if kind == "429" else None)
    await bed.sync()
    assert len(await bed.orders()) == 1


async def test_a_shop_that_does_not_answer_is_not_waited_for(bed: ShopBed, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(calls, "SECONDS", 0.2)
    bed.shop.faults.append(Fault("slow", "orders", seconds=2))
    with pytest.raises(VendorAway, match="did not answer in time"):
        await bed.sync()


async def test_a_shop_that_leads_inside_is_not_called(bed: ShopBed):
    own = bed.data.context.settings
    closed = replace(bed.data.context, settings=own.model_copy(update={"allow_private_hosts": ""}))
    bed.data = replace(bed.data, context=closed)
    for url in (bed.url.replace("http://", "https://"), "https://localhost", "https://169.254.169.254/latest"):
        await bed.data.admin.execute(
            "update data.source set config = jsonb_build_object('store_url', $2::text) where source_id = $1",
            *(bed.source_id, url),
        )
        # (For a moment a name may lead anywhere: it is asked for again, and called only where it leads outside.)
        with pytest.raises(VendorAway, match="the shop's address is not connected to"):
            await bed.sync()
    assert bed.shop.calls == []


async def test_a_shop_that_sends_on_to_a_place_inside_is_not_followed(bed: ShopBed):
    inside = Shop()
    async with serve(shop_app(inside), tells_time=False) as url:
        bed.shop.faults.append(Fault("redirect", "orders", location=f"{url}/wp-json/wc/v3/orders"))
        with pytest.raises(VendorAway, match=f"sends on to {url}: if that stays so, connect it at that address"):
            await bed.sync()
    assert inside.calls == []


async def test_a_list_that_ignores_the_order_asked_for_is_not_taken_for_whole(bed: ShopBed):
    for day in range(3):
        bed.shop.order(bed.shop.now() - timedelta(days=day))
    bed.shop.ignored.add("order")
    with pytest.raises(VendorAway, match="not in the order of date_modified_gmt"):
        await bed.sync()


async def test_an_old_woocommerce_is_told_apart(bed: ShopBed):
    bed.shop.unknown_orders.add("modified")
    with pytest.raises(NeedsAttention, match=r"WooCommerce 5\.8 does"):
        await bed.sync()


async def test_the_test_of_a_shop_says_what_is_right_and_what_to_know(bed: ShopBed):
    bed.shop.order()
    bed.shop.customer()
    findings = await check(await bed.run())
    assert all(finding.ok for finding in findings)
    said = " ".join(finding.text for finding in findings)
    for sentence in (
        *("The shop answers and takes the key.", "Its clock is right.", "It has 1 order outside the trash."),
        *("It has 1 customer with an account.", "No webhook has come yet"),
    ):
        assert sentence in said
    bed.shop.skew = timedelta(minutes=-17)
    await bed.deliver(delivery("order.updated", bed.shop.order(), SECRETS["webhook_secret"]))
    said = " ".join(finding.text for finding in await check(await bed.run()))
    assert "Its clock is 17 minutes slow." in said
    assert "The last webhook came at " in said


async def test_the_test_of_a_shop_says_what_is_wrong(bed: ShopBed):
    bed.shop.secret = "cs_another"
    [refused, _] = await check(await bed.run())
    assert (refused.ok, refused.text[:27]) == (False, "The shop refuses the key, o")
    bed.shop.faults.append(Fault("403-page", "orders"))
    [page, _] = await check(await bed.run())
    assert (page.ok, page.text[:50]) == (False, "The shop answered a web page, not its API: is the ")


async def test_a_plan_counts_the_shops_own_orders_of_these_days(bed: ShopBed):
    today = bed.shop.now()
    for number in range(250):
        bed.shop.order(today - timedelta(days=3, seconds=number))
    bed.shop.order(today - timedelta(days=30))
    reckoned = await plan(await bed.run(), (today - timedelta(days=7)).date(), today.date())
    assert (reckoned.requests, reckoned.days_per_piece) == (3 + 2, 7)
    assert reckoned.seconds > 0
