"""Benchmark of a Meta sync, relative to the client library, which fetches the same data and discards it.

The account is large: 250 campaigns, 250 ad sets and 500 ads, and the 28 days that are read again every night. The
stand-in for Meta is a process of its own, so both sides pay for sockets only.
"""

import asyncio
import json
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
from stand_in_process import stand_in_process

from common.clock import now
from common.db import Database
from common.http.context import ServiceContext
from common.jobs import JobContext
from common.testing.cluster import MigratedDatabase, postgres_cluster
from common.testing.measure import Measure
from common.testing.people import add_tenant
from services.data_service.domain.meta_ads.sync import sync
from services.data_service.domain.syncs.sync_run import SyncRun, TenantPlace
from services.data_service.sources.meta_ads.account_reader import OBJECTS_PER_PAGE, ROWS_PER_PAGE
from services.data_service.sources.meta_ads.fields import CHILD_STATUSES, INSIGHT_FIELDS, OBJECT_FIELDS, STATUSES
from services.data_service.sources.meta_ads.graph import AdAccount, AdReportRun, GraphApi
from services.data_service.store.syncs.sources import get_source

CAMPAIGNS = 250
DAYS = 28
ROUNDS = 5
# The window is read once a night. Without the cursor, every sync here reads it.
FORGET_NIGHT = "delete from data.source_cursor where tenant_id = $1 and stream = 'insights.night'"
ACCOUNT, TOKEN = "1001", "token-of-1001"


def measure() -> list[Measure]:
    """Measure a nightly sync of unchanged days and one of new days, relative to the bare fetch."""
    with (
        postgres_cluster() as cluster,
        tempfile.TemporaryDirectory() as home,
        cluster.database(Path(home)) as database,
        stand_in_process("meta_ads", "--campaigns", str(CAMPAIGNS)) as url,
    ):
        fetched, unchanged, new = asyncio.run(_measure(database, url))
    label = f"Meta sync, {CAMPAIGNS} campaigns × {DAYS} days"
    baseline = "facebook-business fetches the same"
    return [
        Measure(f"{label} that say the same", unchanged, "ms", 1.25, 1.1, fetched, baseline, higher_is_better=False),
        Measure(f"{label} that are all new", new, "ms", 1.25, 1.1, fetched, baseline, higher_is_better=False),
    ]


async def _measure(database: MigratedDatabase, url: str) -> tuple[float, float, float]:
    admin = await asyncpg.connect(database.superuser_dsn)
    tenant_id = await add_tenant(database.superuser_dsn, time_zone="America/Los_Angeles")
    db = await Database.connect(database.settings.dsn("data"), name="bench", max_size=4)
    settings = database.settings.model_copy(update={"meta_graph_url": url})
    service = cast("ServiceContext", SimpleNamespace(db=db, settings=settings, name="data", stopping=asyncio.Event()))
    source_id: Any = await admin.fetchval(
        "insert into data.source (tenant_id, kind, name, config) values ($1, 'meta_ads', 'Ads', $2)"
        " returning source_id",
        *(tenant_id, json.dumps({"account_id": ACCOUNT})),
    )
    times: list[tuple[float, float, float]] = []
    for _ in range(ROUNDS + 1):
        fetched = await _timed(asyncio.to_thread(_fetch, url))
        await admin.execute(FORGET_NIGHT, tenant_id)
        unchanged = await _timed(_sync(service, tenant_id, source_id))
        await admin.execute(FORGET_NIGHT, tenant_id)
        await admin.execute("delete from data.ad_performance where tenant_id = $1", tenant_id)
        new = await _timed(_sync(service, tenant_id, source_id))
        times.append((fetched, unchanged, new))
    await db.close()
    await admin.close()
    # The first round is a warm-up.
    fetched, unchanged, new = (median(column) for column in zip(*times[1:], strict=True))
    return fetched, unchanged, new


async def _timed(work: Any) -> float:
    started = time.perf_counter()
    await work
    return 1_000 * (time.perf_counter() - started)


async def _sync(service: ServiceContext, tenant_id: UUID, source_id: UUID) -> None:
    async with service.db.tenant(tenant_id) as connection:
        source = await get_source(connection, tenant_id, source_id)
    assert source is not None
    place = TenantPlace(ZoneInfo("America/Los_Angeles"), "USD", "US")
    job = JobContext(service, tenant_id, uuid4(), "sync", {}, 1)
    await sync(SyncRun(service, tenant_id, source, place, {"access_token": TOKEN}, job=job, reads_window=True))
    # Yesterday and today are read first, and again with the rest.
    assert sum(job.counts.get(outcome, 0) for outcome in ("new", "restated", "unchanged")) == CAMPAIGNS * (DAYS + 2)


def _fetch(url: str) -> None:
    """Fetch every object and row with the library alone, at the same page sizes."""
    api = GraphApi(url, TOKEN)
    account: Any = AdAccount(f"act_{ACCOUNT}", api=api)
    account.api_get(fields=["name", "currency", "timezone_name", "account_status", "account_id"])
    for level, read in (("campaign", account.get_campaigns), ("adset", account.get_ad_sets), ("ad", account.get_ads)):
        params = {"effective_status": list(CHILD_STATUSES[level]), "limit": OBJECTS_PER_PAGE[0]}
        list(read(fields=list(OBJECT_FIELDS[level]), params=params))
    today = now().astimezone(ZoneInfo("America/Los_Angeles")).date()
    run = account.get_insights_async(
        fields=list(INSIGHT_FIELDS),
        params={
            "level": "campaign",
            "time_increment": "1",
            "time_range": {"since": str(today - timedelta(days=DAYS - 1)), "until": str(today)},
            "filtering": [{"field": "campaign.effective_status", "operator": "IN", "value": list(STATUSES)}],
        },
    )
    report: Any = AdReportRun(run["report_run_id"], api=api)
    while report.api_get(fields=["async_status", "async_percent_completion"])["async_percent_completion"] < 100:
        time.sleep(0.01)
    rows = list(report.get_insights(fields=list(INSIGHT_FIELDS), params={"limit": ROWS_PER_PAGE}))
    assert len(rows) == CAMPAIGNS * DAYS
    api.close()
