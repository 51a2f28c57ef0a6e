"""Benchmark of webhooks: how long a shop waits for the acknowledgement, which is sent once the delivery is durable.

Deliveries come at a steady pace that does not depend on the answers, and a late one counts from when it was due. Rounds
of deliveries alternate with rounds of calls that do nothing, which show the share of the machine and the HTTP server;
the figure is that of the median round. The baseline is the time of Postgres alone to commit the same row, one at a
time, on the same disk. The note gives the figure of a storm: a thousand deliveries at once, for about fifty orders.
"""

import asyncio
import statistics
import tempfile
import time
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from common.db import Connection
from common.embedded.postgres import DURABLE
from common.settings import Settings
from common.testing.cluster import MigratedDatabase, postgres_cluster
from common.testing.measure import Measure
from common.testing.people import settings_for_people
from common.testing.servers import nats_server
from tests.data_service.harness import Data
from tests.data_service.service_process import service_process
from tests.data_service.woocommerce.shop_bed import SECRETS, add_source
from tests.standins.woocommerce.records import order_record
from tests.standins.woocommerce.shop import Shop
from tests.standins.woocommerce.webhooks import Delivery, delivery

PACE, SECONDS, ROUNDS = 50, 5, 5
STORM = 1_000
CONNECTIONS = 32
_MILLISECONDS = 1000
_Lines = asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]]


class Times(NamedTuple):
    """Milliseconds of deliveries and of calls that do nothing, by round, of a storm, and of Postgres' own commits."""

    rounds: list[list[float]]
    empty: list[list[float]]
    storm: list[float]
    commits: list[float]


def measure() -> list[Measure]:
    """Measure the 99th percentile of the acknowledgement, in milliseconds."""
    with (
        postgres_cluster(DURABLE) as cluster,
        nats_server() as nats,
        tempfile.TemporaryDirectory() as home,
        cluster.database(Path(home)) as database,
    ):
        settings = settings_for_people(database.settings).model_copy(update={"nats_url": nats})
        taken = asyncio.run(_measure(settings, database))
    p99, empty_p99 = ([_p(one, 99) for one in rounds] for rounds in (taken.rounds, taken.empty))
    note = (
        f"median {statistics.median(chain(*taken.rounds)):.1f} ms, {PACE} a second, {ROUNDS} rounds of {SECONDS} s, the"
        f" worst {max(p99):.0f} ms; calls that do nothing in between: {statistics.median(empty_p99):.0f} ms, the worst"
        f" {max(empty_p99):.0f}; Postgres alone commits such a row in {statistics.median(taken.commits):.1f} ms; of a"
        f" storm of {STORM:,} at once the last was answered after {max(taken.storm) / _MILLISECONDS:.1f} s"
    )
    label = "webhook acknowledged once durable, p99"
    return [Measure(label, statistics.median(p99), "ms", 100, 20, higher_is_better=False, note=note)]


async def _measure(settings: Settings, database: MigratedDatabase) -> Times:
    admin = await asyncpg.connect(database.superuser_dsn)
    try:
        async with service_process(settings) as service:
            context: Any = type("Elsewhere", (), {"settings": settings})()
            data = Data(service.api, admin, context)
            source_id = await add_source(data, await data.company(), "https://shop.example")
            now = Shop().now()
            orders = [order_record(number, now) for number in range(PACE * SECONDS)]
            requests = [
                _request(delivery("order.updated", order, SECRETS["webhook_secret"]), source_id) for order in orders
            ]
            lines = await _opened(service.port)
            empty = [b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"] * len(requests)
            await _paced(lines, requests)
            rounds = [(await _paced(lines, requests), await _paced(lines, empty)) for _ in range(ROUNDS)]
            storm = await asyncio.gather(*(_send(lines, requests[number % 50]) for number in range(STORM)))
            kept = await admin.fetchval("select sum(deliveries) from data.webhook_delivery")
            assert kept == (ROUNDS + 1) * len(requests) + STORM
            commits = [await _commit(admin, source_id) for _ in range(200)]
            return Times([ours for ours, _ in rounds], [nothing for _, nothing in rounds], storm, commits)
    finally:
        await admin.close()


def _request(one: Delivery, source_id: UUID) -> bytes:
    """Return a request as bytes, because an HTTP client would cost this machine more than the service."""
    lines = [f"POST /data/webhooks/woocommerce/{source_id} HTTP/1.1", "Host: x", f"Content-Length: {len(one.body)}"]
    lines += [f"{name}: {value}" for name, value in one.headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + one.body


async def _opened(port: int) -> _Lines:
    lines: _Lines = asyncio.Queue()
    for _ in range(CONNECTIONS):
        lines.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    return lines


async def _paced(lines: _Lines, requests: list[bytes]) -> list[float]:
    began = time.perf_counter()
    deliveries: list[asyncio.Task[float]] = []
    for number, request in enumerate(requests):
        due = began + number / PACE
        await asyncio.sleep(due - time.perf_counter())
        deliveries.append(asyncio.create_task(_send(lines, request, due)))
    return await asyncio.gather(*deliveries)


async def _send(lines: _Lines, request: bytes, due: float | None = None) -> float:
    """Send a request and return the milliseconds from when it was due to its answer."""
    due = due or time.perf_counter()
    reader, writer = await lines.get()
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head[:200]
    await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]))
    lines.put_nowait((reader, writer))
    return (time.perf_counter() - due) * _MILLISECONDS


async def _commit(admin: Connection, source_id: UUID) -> float:
    began = time.perf_counter()
    await admin.execute(
        "update data.webhook_delivery set deliveries = deliveries where source_id = $1 and resource_id = '1'", source_id
    )
    return (time.perf_counter() - began) * _MILLISECONDS


def _p(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]
