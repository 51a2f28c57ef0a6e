"""How long a shop waits for its webhook to be acknowledged, which it is once it is durable.

Deliveries come at a steady pace, whatever the answers do: who would have sent one while an answer was late has waited
for it too. Beside it stands what Postgres alone takes to commit the same row, one at a time, on the same disk. A storm
(a thousand at once, about fifty orders) is told of in the note.
"""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from common.settings import Settings
from common.testing.cluster import MigratedDatabase, postgres_cluster
from common.testing.measure import Measure
from common.testing.people import settings_for_people
from common.testing.servers import nats_server
from tests.data_service.harness import Data
from tests.data_service.service_process import ServiceProcess, service_process
from tests.data_service.woocommerce.shop_bed import SECRETS, add_source
from tests.standins.woocommerce.records import order_record
from tests.standins.woocommerce.shop import Shop
from tests.standins.woocommerce.webhooks import Delivery, delivery

PACE, SECONDS = 50, 20
STORM = 1_000
_MILLISECONDS = 1000


def measure() -> list[Measure]:
    """The 99th percentile of the acknowledgement, in milliseconds."""
    with (
        postgres_cluster() as cluster,
        nats_server() as nats,
        tempfile.TemporaryDirectory() as home,
        cluster.database(Path(home)) as database,
    ):
        settings = settings_for_people(database.settings).model_copy(update={"nats_url": nats})
        paced, storm, commits = asyncio.run(_measure(settings, database))
    note = (
        f"median {_p(paced, 50):.1f} ms, {PACE} a second for {SECONDS} s; Postgres alone commits such a row in"
        f" {statistics.median(commits):.1f} ms; of a storm of {STORM:,} at once the last was answered after"
        f" {max(storm) / _MILLISECONDS:.1f} s"
    )
    return [
        Measure(
            "webhook acknowledged once durable, p99", _p(paced, 99), "ms", 100, 20, higher_is_better=False, note=note
        )
    ]


async def _measure(settings: Settings, database: MigratedDatabase) -> tuple[list[float], list[float], list[float]]:
    admin = await asyncpg.connect(database.superuser_dsn)
    try:
        async with service_process(settings) as service:
            context: Any = type("Elsewhere", (), {"settings": settings})()
            data = Data(service.api, admin, context)
            company = await data.company()
            source_id = await add_source(data, company, "https://shop.example")
            path = f"/data/webhooks/woocommerce/{source_id}"
            now = Shop().now()
            sent = [
                delivery("order.updated", order_record(number, now), SECRETS["webhook_secret"])
                for number in range(PACE * SECONDS)
            ]
            await _paced(service, path, sent[: PACE * 2])
            paced = await _paced(service, path, sent)
            storm = await asyncio.gather(*(_send(service, path, sent[number % 50]) for number in range(STORM)))
            kept = await admin.fetchval("select sum(deliveries) from data.webhook_delivery")
            assert kept == PACE * 2 + len(sent) + STORM
            return paced, storm, [await _commit(admin, source_id) for _ in range(200)]
    finally:
        await admin.close()


async def _paced(service: ServiceProcess, path: str, deliveries: list[Delivery]) -> list[float]:
    began = time.perf_counter()
    asked: list[asyncio.Task[float]] = []
    for number, one in enumerate(deliveries):
        due = began + number / PACE
        await asyncio.sleep(due - time.perf_counter())
        asked.append(asyncio.create_task(_send(service, path, one, due)))
    return await asyncio.gather(*asked)


async def _send(service: ServiceProcess, path: str, one: Delivery, due: float | None = None) -> float:
    """Milliseconds from when it was due to its answer."""
    due = due or time.perf_counter()
    answer = await service.api.post(path, content=one.body, headers=one.headers)
    assert answer.status_code == httpx.codes.OK, answer.text
    return (time.perf_counter() - due) * _MILLISECONDS


async def _commit(admin: asyncpg.Connection, source_id: Any) -> float:
    began = time.perf_counter()
    await admin.execute(
        "update data.webhook_delivery set deliveries = deliveries where source_id = $1 and resource_id = '1'", source_id
    )
    return (time.perf_counter() - began) * _MILLISECONDS


def _p(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]
