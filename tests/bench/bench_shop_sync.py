"""Benchmark of a shop's sync, relative to httpx, which fetches the same pages and discards them.

The stand-in for the shop is a process of its own, so both sides pay for sockets only. It waits a quarter of a second
before each answer. A real shop takes one to several seconds for a page of a hundred orders, which leaves a sync more
time than here.
"""

import asyncio
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import asyncpg
import httpx
from stand_in_process import stand_in_process

from common.clock import now
from common.db import Database
from common.http.context import ServiceContext
from common.jobs import JobContext
from common.testing.cluster import MigratedDatabase, postgres_cluster
from common.testing.measure import Measure
from common.testing.people import add_tenant
from services.data_service.domain.syncs.sync_run import SyncRun, TenantPlace
from services.data_service.domain.woocommerce.sync import sync
from services.data_service.store.events.known_rules import KnownRules
from services.data_service.store.events.months import KnownMonths
from services.data_service.store.syncs.sources import get_source

ORDERS = 2_000
PER_PAGE = 100
ANSWER_DELAY = 0.25
ROUNDS = 3
KEY, SECRET = "ck_stand_in", "cs_stand_in"


def measure() -> list[Measure]:
    """Measure a sync of new orders and one of unchanged orders, relative to the bare fetch."""
    with (
        postgres_cluster() as cluster,
        tempfile.TemporaryDirectory() as home,
        cluster.database(Path(home)) as database,
        stand_in_process("woocommerce", "--orders", str(ORDERS), "--every", "0", "--think", str(ANSWER_DELAY)) as url,
    ):
        fetched, new, again = asyncio.run(_measure(database, url))
    label = f"shop sync, {ORDERS:,} orders"
    baseline = "httpx fetches the same"
    return [
        Measure(f"{label} that are all new", new, "ms", 1.25, 1.1, fetched, baseline, higher_is_better=False),
        Measure(f"{label} that say the same", again, "ms", 1.25, 1.1, fetched, baseline, higher_is_better=False),
    ]


async def _measure(database: MigratedDatabase, url: str) -> tuple[float, float, float]:
    settings = database.settings.model_copy(update={"allow_private_hosts": url.removeprefix("http://")})
    db = await Database.connect(settings.dsn("data"), name="bench")
    extras = {"rules": KnownRules(), "months": KnownMonths()}
    service: Any = SimpleNamespace(
        db=db, settings=settings, name="data", stopping=asyncio.Event(), extras=extras, wake_relay=lambda: None
    )
    times: list[tuple[float, float, float]] = []
    try:
        for _ in range(ROUNDS):
            tenant_id = await add_tenant(database.superuser_dsn)
            source_id = await _source(database, tenant_id, url)
            fetched = await _timed(_fetch(url))
            new = await _timed(_sync(service, tenant_id, source_id))
            times.append((fetched, new, await _timed(_sync(service, tenant_id, source_id))))
    finally:
        await db.close()
    fetched, new, again = (median(one) for one in zip(*times, strict=True))
    return fetched, new, again


async def _timed(work: Any) -> float:
    started = time.perf_counter()
    await work
    return (time.perf_counter() - started) * 1000


async def _fetch(url: str) -> None:
    """Fetch the pages that a sync of these days asks for."""
    since = now() - timedelta(days=31)
    auth = httpx.BasicAuth(KEY, SECRET)
    async with httpx.AsyncClient(base_url=f"{url}/wp-json/wc/v3/", auth=auth, timeout=60) as client:
        for path in ("orders", "products"):
            page, pages = 1, 1
            while page <= pages:
                parameters = {"per_page": PER_PAGE, "page": page, "orderby": "modified", "order": "asc"}
                window = {"modified_after": since.strftime("%Y-%m-%dT%H:%M:%S"), "dates_are_gmt": "true"}
                answer = await client.get(path, params={**parameters, **window})
                assert answer.json()
                page, pages = page + 1, int(answer.headers["x-wp-totalpages"])


async def _sync(service: ServiceContext, tenant_id: UUID, source_id: UUID) -> None:
    async with service.db.tenant(tenant_id) as connection:
        source = await get_source(connection, tenant_id, source_id)
    assert source is not None
    place = TenantPlace(ZoneInfo("America/Chicago"), "USD", "US")
    secrets = {"consumer_key": KEY, "consumer_secret": SECRET}
    job = JobContext(service, tenant_id, uuid4(), "sync", {}, 1)
    today = now().date()
    days = today - timedelta(days=31), today + timedelta(days=1)
    await sync(SyncRun(service, tenant_id, source, place, secrets, job=job, days=days))
    async with service.db.tenant(tenant_id) as connection:
        orders = await connection.fetchval("select count(*) from data.shop_order where tenant_id = $1", tenant_id)
    assert orders == ORDERS


async def _source(database: MigratedDatabase, tenant_id: UUID, url: str) -> UUID:
    admin = await asyncpg.connect(database.superuser_dsn)
    try:
        made = await admin.fetchval(
            "insert into data.source (tenant_id, kind, name, config)"
            " values ($1, 'woocommerce', 'Shop', jsonb_build_object('store_url', $2::text)) returning source_id",
            *(tenant_id, url),
        )
        return cast("UUID", made)
    finally:
        await admin.close()
