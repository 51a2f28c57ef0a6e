"""Syncs of shops, killed wherever they are."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio

from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from common.testing.serve import serve
from tests.data_service.harness import Batches, Company, Data, analytics_answers
from tests.data_service.service_process import ServiceProcess, service_process
from tests.data_service.woocommerce.held_phases import (
    A_DAY,
    PRODUCTS,
    followed,
    held_at_hints,
    held_at_night,
    held_at_products,
    statuses,
    today,
)
from tests.data_service.woocommerce.shop_bed import SECRETS, add_source
from tests.data_service.woocommerce.shop_street import (
    HeldSync,
    Street,
    risen,
    rows,
    started,
    told_of,
)
from tests.standins.woocommerce.webhooks import delivery

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240)]
ORDERS = 1500
PAID, PEOPLE = 4, 220
WAITS_FOR = "select count(*) from pg_stat_activity where $1::int = any(pg_blocking_pids(pid))"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def street() -> AsyncIterator[Street]:
    street = Street()
    async with serve(street.app, tells_time=False) as url:
        street.url = url
        yield street


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def process(settings: Settings, street: Street) -> AsyncIterator[ServiceProcess]:
    environment = {"ALLOW_PRIVATE_HOSTS": street.url.removeprefix("http://")}
    async with (
        analytics_answers(settings, Batches()),
        service_process(settings, environment=environment) as service,
    ):
        yield service


@pytest_asyncio.fixture(loop_scope="module")
async def remote(process: ServiceProcess, database: MigratedDatabase, settings: Settings) -> AsyncIterator[Data]:
    """What tests need of a service in another process: its API and its database."""
    admin = await asyncpg.connect(database.superuser_dsn)
    context: Any = type("Elsewhere", (), {"settings": settings})()
    yield Data(process.api, admin, context)
    await admin.close()


async def until_more(remote: Data, company: Company, than: int) -> None:
    async with asyncio.timeout(60):
        while await rows(remote, company, "shop_order") <= than:
            await asyncio.sleep(0.005)


class Reading(HeldSync):
    """A shop of a few orders that were given back and three pages of customers, and the sync that reads it."""

    async def is_in_once(self, remote: Data) -> bool:
        """Whether everything is in, counted and told of exactly once."""
        ended = await remote.ended(self.company, self.job, within=120)
        counts = [ended["counts"][name] for name in ("orders", "purchase", "refunds", "users")]
        stored = [
            await rows(remote, self.company, table) for table in ("shop_order", "purchase", "shop_refund", "users")
        ]
        told = await told_of(remote, self.company)
        every = [PAID, PAID, PAID, PAID + PEOPLE]
        return ended["status"] == "completed" and counts == stored == every and told == (PAID, PAID + PEOPLE)


async def reading(remote: Data, street: Street, holds: Callable[[str], bool]) -> Reading:
    """A new one."""
    shop, url, held = street.shop(holds)
    for number in range(PAID):
        order = shop.order(shop.now() - timedelta(days=2), id=number + 1, email=f"{number}@shop.example")
        shop.refund(order["id"], "1.50")
    for _ in range(PEOPLE):
        shop.customer()
    company = await remote.company()
    return Reading(shop, held, company, *await started(remote, company, url))


async def test_syncs_killed_at_refunds_at_customers_and_before_they_are_settled_take_nothing_twice(
    process: ServiceProcess, remote: Data, street: Street, database: MigratedDatabase
):
    keeper = await asyncpg.connect(database.superuser_dsn)
    unsettled = await reading(remote, street, lambda asked: "/products" in asked)
    at_refunds = await reading(remote, street, lambda asked: f"/orders/{PAID}/refunds" in asked)
    # (of which the first page is in)
    at_customers = await reading(remote, street, lambda asked: "/customers" in asked and "offset=99" in asked)
    ours = (unsettled, at_refunds, at_customers)
    async with asyncio.timeout(60), keeper.transaction():
        for one in ours:
            await one.held.is_asked.wait()
        # Who settles it waits for the source; its last page does not.
        await keeper.execute("select from data.source where source_id = $1 for no key update", unsettled.source_id)
        unsettled.held.let_go.set()
        while not await remote.admin.fetchval(WAITS_FOR, keeper.get_server_pid()):
            await asyncio.sleep(0.01)
        assert await rows(remote, unsettled.company, "users") == PAID + PEOPLE
        process.kill()
    await keeper.close()
    assert await rows(remote, at_refunds.company, "shop_order") == 0
    for one in ours:
        one.shop.calls.clear()
        one.held.let_go.set()
    await risen(remote, process)
    for one in ours:
        assert await one.is_in_once(remote)
    # What was in was not asked for again, and what was not was.
    assert not unsettled.asked_for("/refunds")
    assert len(set(at_refunds.asked_for("/refunds"))) == PAID
    assert not at_customers.asked_for("offset=0&")
    read_at = "select last_sync_at from data.source where source_id = $1"
    assert await remote.admin.fetchval(read_at, unsettled.source_id) is not None


async def test_syncs_killed_at_products_at_night_and_at_hints_read_all_the_rest_and_nothing_twice(
    process: ServiceProcess, remote: Data, street: Street
):
    at_night = await held_at_night(remote, street)
    at_products, at_hints = await held_at_products(remote, street), await held_at_hints(remote, street)
    ours = (at_night, at_products, at_hints)
    async with asyncio.timeout(60):
        for one in ours:
            await one.held.is_asked.wait()
        # (The second page is asked for before the first is in.)
        while await rows(remote, at_products.company, "product") < 100:
            await asyncio.sleep(0.01)
    process.kill()
    assert await rows(remote, at_products.company, "product") == 100
    assert await statuses(remote, at_night.company) == "cccppp"
    assert await followed(remote, at_hints.company) == ["order", "order"]
    assert [await one.standing(remote) for one in ours] == [("running", False, False)] * 3
    at_hints.shop.customers[7]["email"] = "moved@shop.example"
    at_hints.shop.products[22]["name"] = "Sump pump"
    for one in ours:
        one.shop.calls.clear()
        one.held.let_go.set()
    await risen(remote, process)
    for one in ours:
        await remote.ended(one.company, one.job, within=120)
    assert [await one.standing(remote) for one in ours] == [("completed", True, True)] * 3
    assert await rows(remote, at_products.company, "product") == PRODUCTS
    assert await statuses(remote, at_night.company) == "cccccd"
    assert await rows(remote, at_night.company, "purchase") == 5
    assert await followed(remote, at_hints.company) == ["customer", "order", "order", "product"]
    assert (await rows(remote, at_hints.company, "purchase"), (await told_of(remote, at_hints.company))[0]) == (2, 2)
    known = await remote.admin.fetchrow(
        "select u.email, p.product_name from data.users u join data.product p using (tenant_id)"
        " where tenant_id = $1 and u.user_id = '7' and p.product_id = '22'",
        at_hints.company.tenant_id,
    )
    assert known is not None
    assert tuple(known) == ("moved@shop.example", "Sump pump")
    # What was in was not asked for again.
    assert not at_products.asked_for("modified_after=1999-")
    assert not at_night.asked_for(f"before={today() - A_DAY}T")
    assert not [call for call in at_hints.asked_for("include=") if call.startswith("orders")]


async def test_a_sync_killed_in_the_middle_goes_on_at_its_cursor_and_tells_of_each_order_once(
    process: ServiceProcess, remote: Data, street: Street
):
    sold, url, _ = street.shop()
    for number in range(ORDERS):
        sold.order(sold.now() - timedelta(days=5) + timedelta(minutes=number), email=f"{number}@shop.example")
    company = await remote.company()
    _, job = await started(remote, company, url)
    reached = 0
    for _ in range(2):
        await until_more(remote, company, reached)
        process.kill()
        reached = await rows(remote, company, "shop_order")
        assert reached < ORDERS, "it was over before the kill"
        assert await rows(remote, company, "purchase") == reached
        sold.calls.clear()
        await risen(remote, process)
    ended = await remote.ended(company, job, within=120)
    assert (ended["status"], ended["counts"]["orders"], ended["counts"]["purchase"]) == ("completed", ORDERS, ORDERS)
    assert await rows(remote, company, "purchase") == ORDERS
    assert (await told_of(remote, company))[0] == ORDERS
    [asked, *_] = [call for call in sold.calls if "status=any" in call]
    since = httpx.URL(asked).params["modified_after"]
    assert since > sold.orders[min(sold.orders)]["date_modified_gmt"], "it began at the beginning"


async def test_a_delivery_that_was_acknowledged_outlives_the_service(
    process: ServiceProcess, remote: Data, street: Street
):
    sold, url, _ = street.shop()
    company = await remote.company()
    source_id = await add_source(remote, company, url)
    signed = delivery("order.created", sold.order(), SECRETS["webhook_secret"])
    path = f"/data/webhooks/woocommerce/{source_id}"
    answer = await process.api.post(path, content=signed.body, headers=signed.headers)
    process.kill()
    assert answer.status_code == httpx.codes.OK
    assert await rows(remote, company, "webhook_delivery") == 1
    await risen(remote, process)
    async with asyncio.timeout(60):
        while not await rows(remote, company, "purchase"):
            await asyncio.sleep(0.1)
