import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio

from common.jobs.runner import HEARTBEAT_TIMEOUT
from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from common.testing.serve import serve
from tests.data_service.harness import Batches, Company, Data, analytics_answers
from tests.data_service.service_process import ServiceProcess, service_process
from tests.data_service.woocommerce.shop_bed import SECRETS, add_source
from tests.standins.woocommerce.app import shop_app
from tests.standins.woocommerce.shop import Shop
from tests.standins.woocommerce.webhooks import delivery

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240)]
ORDERS = 1500


@pytest_asyncio.fixture(loop_scope="module")
async def shop() -> AsyncIterator[tuple[Shop, str]]:
    shop = Shop()
    async with serve(shop_app(shop), tells_time=False) as url:
        yield shop, url


@pytest_asyncio.fixture(loop_scope="module")
async def process(settings: Settings, shop: tuple[Shop, str]) -> AsyncIterator[ServiceProcess]:
    environment = {"ALLOW_PRIVATE_HOSTS": shop[1].removeprefix("http://")}
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


async def rows(remote: Data, company: Company, table: str) -> int:
    counted: Any = await remote.admin.fetchval(
        f"select count(*) from data.{table} where tenant_id = $1", company.tenant_id
    )
    return int(counted)


async def until_more(remote: Data, company: Company, than: int) -> None:
    async with asyncio.timeout(60):
        while await rows(remote, company, "shop_order") <= than:
            await asyncio.sleep(0.005)


async def test_a_sync_killed_in_the_middle_goes_on_at_its_cursor_and_tells_of_each_order_once(
    process: ServiceProcess, remote: Data, shop: tuple[Shop, str]
):
    sold, url = shop
    for number in range(ORDERS):
        sold.order(sold.now() - timedelta(days=5) + timedelta(minutes=number), email=f"{number}@shop.example")
    company = await remote.company()
    await add_source(remote, company, url)
    job = (await process.api.post("/api/sync/woocommerce", headers=company.headers)).json()
    reached = 0
    for _ in range(2):
        await until_more(remote, company, reached)
        process.kill()
        reached = await rows(remote, company, "shop_order")
        assert reached < ORDERS, "it was over before the kill"
        assert await rows(remote, company, "purchase") == reached
        # Until who is silent counts as dead, no time needs to pass here.
        await remote.admin.execute("update data.pgqueuer set heartbeat = heartbeat - $1::interval", HEARTBEAT_TIMEOUT)
        sold.calls.clear()
        await process.start()
    ended = await remote.ended(company, job, within=120)
    assert (ended["status"], ended["counts"]["orders"], ended["counts"]["purchase"]) == ("completed", ORDERS, ORDERS)
    assert await rows(remote, company, "purchase") == ORDERS
    told = await remote.admin.fetchval(
        "select sum((payload->'counts'->>'purchase')::int) from data.outbox where tenant_id = $1", company.tenant_id
    )
    assert told == ORDERS
    [asked, *_] = [call for call in sold.calls if "status=any" in call]
    since = httpx.URL(asked).params["modified_after"]
    assert since > sold.orders[min(sold.orders)]["date_modified_gmt"], "it began at the beginning"


async def test_a_delivery_that_was_acknowledged_outlives_the_service(
    process: ServiceProcess, remote: Data, shop: tuple[Shop, str]
):
    sold, url = shop
    company = await remote.company()
    source_id = await add_source(remote, company, url)
    signed = delivery("order.created", sold.order(), SECRETS["webhook_secret"])
    path = f"/data/webhooks/woocommerce/{source_id}"
    answer = await process.api.post(path, content=signed.body, headers=signed.headers)
    process.kill()
    assert answer.status_code == httpx.codes.OK
    assert await rows(remote, company, "webhook_delivery") == 1
    await process.start()
    async with asyncio.timeout(60):
        while not await rows(remote, company, "purchase"):
            await asyncio.sleep(0.1)
