"""Benchmark of events over HTTP and of file imports, relative to raw COPY of the same rows into the same tables."""

import asyncio
import io
import json
import statistics
import tempfile
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from lead_files import lead_file
from shop_traffic import event

from common.embedded.nats import EmbeddedNats
from common.testing.cluster import MigratedDatabase, postgres_cluster
from common.testing.measure import Measure
from common.testing.people import settings_for_people
from tests.data_service.export_rows import ndjson, params, row
from tests.data_service.harness import EVENT_TABLES, Company, Data
from tests.data_service.service_process import service_process

EVENTS = 40_000
LEADS = 200_000
BATCH = 1_000
AT_ONCE = 4
ROUNDS = 3


def measure() -> list[Measure]:
    """Measure rows per second, relative to COPY."""
    with (
        postgres_cluster() as cluster,
        tempfile.TemporaryDirectory() as home,
        cluster.database(Path(home)) as database,
        _nats() as nats_url,
    ):
        posted, file, copied, leads, leads_copied = asyncio.run(_measure(database, nats_url))
    mix = "seven tables, a shop's mix; COPY one statement a table, same rows"
    note = f"{EVENTS} events, batches of {BATCH}, {AT_ONCE} at once; {mix}"
    return [
        Measure("events over HTTP to durable rows", posted, "rows/s", 0.30, 0.45, copied, "raw COPY", note=note),
        Measure("GA4 export file to rows", file, "rows/s", 0.15, 0.30, copied, "raw COPY", note="upload included"),
        Measure(
            *("CSV of leads to rows", leads, "rows/s", 0.15, 0.30, leads_copied, "raw COPY"),
            note=f"{LEADS} rows of 13 columns, local dates; upload and first pass included",
        ),
    ]


async def _measure(database: MigratedDatabase, nats_url: str) -> tuple[float, float, float, float, float]:
    settings = settings_for_people(database.settings).model_copy(update={"nats_url": nats_url})
    rates: list[tuple[float, float, float, float, float]] = []
    async with service_process(settings) as service, _admin(database) as admin:
        data = Data(service.api, admin, context=None)  # pyright: ignore[reportArgumentType] -- it is in the other process
        await _post_all(data, await data.company(), _bodies()[:4])
        for _ in range(ROUNDS):
            company = await data.company()
            posted = await _post_all(data, company, _bodies())
            copied = await _copy_all(admin, company.tenant_id)
            file = await _import(data, "ga4-export", _file(), EVENTS)
            leads = await _import(data, "leads", lead_file(LEADS), LEADS)
            rates.append((posted, file, copied, leads, await _copy_leads(admin)))
    posted, file, copied, leads, leads_copied = (statistics.median(one) for one in zip(*rates, strict=True))
    return posted, file, copied, leads, leads_copied


def _bodies() -> list[bytes]:
    events = [event(number) for number in range(EVENTS)]
    return [json.dumps({"events": events[start : start + BATCH]}).encode() for start in range(0, EVENTS, BATCH)]


def _file() -> bytes:
    rows: list[dict[str, Any]] = []
    for number in range(EVENTS):
        made = event(number)
        money = {"value": made["value"], "currency": made["currency"]} if "value" in made else {}
        term = {"search_term": made["search_term"]} if "search_term" in made else {}
        page = {name: made[name] for name in ("page_location", "page_title")}
        rows.append(
            row(
                made["event_name"],
                number,
                event_timestamp=str(made["event_timestamp"]),
                event_params=params(ga_session_id=int(made["session_id"]), **page, **made["params"], **money, **term),
                user_pseudo_id=made["user_pseudo_id"],
                user_id=made["user_id"],
                items=made.get("items", []),
                geo={"country": "United States"},
            )
        )
    return ndjson(rows)


async def _post_all(data: Data, company: Company, bodies: list[bytes]) -> float:
    headers = {**company.headers, "Content-Type": "application/json"}
    todo = iter(bodies)

    async def post() -> int:
        accepted = 0
        for body in todo:
            answer = await data.api.post("/data/events", content=body, headers=headers)
            accepted += answer.json()["accepted"]
        return accepted

    began = time.perf_counter()
    accepted = sum(await asyncio.gather(*(post() for _ in range(AT_ONCE))))
    duration = time.perf_counter() - began
    assert accepted == len(bodies) * BATCH
    return accepted / duration


async def _import(data: Data, kind: str, content: bytes, rows: int) -> float:
    company = await data.company()
    began = time.perf_counter()
    await data.upload(company, kind, content)
    while not await data.admin.fetchval("select is_read from data.import_file where tenant_id = $1", company.tenant_id):
        await asyncio.sleep(0.01)
    return rows / (time.perf_counter() - began)


async def _copy_all(admin: Any, tenant_id: UUID) -> float:
    """Insert the rows of a tenant again with COPY, as another tenant's."""
    files: dict[str, bytes] = {}
    for table in EVENT_TABLES:
        out = io.BytesIO()
        await admin.copy_from_query(f"select * from data.{table} where tenant_id = $1", tenant_id, output=out)
        files[table] = out.getvalue().replace(str(tenant_id).encode(), str(uuid4()).encode())
    began = time.perf_counter()
    for table, content in files.items():
        await admin.copy_to_table(table, schema_name="data", source=io.BytesIO(content))
    return EVENTS / (time.perf_counter() - began)


async def _copy_leads(admin: Any) -> float:
    """Insert the leads that a company has just imported again with COPY, as another company's."""
    tenant_id = await admin.fetchval("select tenant_id from data.import_file where kind = 'leads' and is_read limit 1")
    out = io.BytesIO()
    await admin.copy_from_query("select * from data.lead where tenant_id = $1", tenant_id, output=out)
    content = out.getvalue().replace(str(tenant_id).encode(), str(uuid4()).encode())
    began = time.perf_counter()
    await admin.copy_to_table("lead", schema_name="data", source=io.BytesIO(content))
    return LEADS / (time.perf_counter() - began)


@asynccontextmanager
async def _admin(database: MigratedDatabase) -> AsyncGenerator[Any]:
    connection = await asyncpg.connect(database.superuser_dsn)
    try:
        yield connection
    finally:
        await connection.close()


@contextmanager
def _nats() -> Generator[str]:
    with tempfile.TemporaryDirectory(prefix="branchwise-bench-") as home:
        server = EmbeddedNats(Path(home))
        try:
            server.start()
            yield server.url
        finally:
            server.stop()
