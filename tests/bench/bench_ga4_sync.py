"""Benchmark of a GA4 sync, relative to Google's client, which fetches and reads the same reports but stores nothing.

The property is a shop with about 1,900 events a day, and the sync reads the days that are read again every night. The
stand-in for Google is a process of its own that computes each answer once, so both sides pay for sockets only.
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
import grpc
from google.analytics.data_v1beta import BetaAnalyticsDataClient
from google.analytics.data_v1beta.services.beta_analytics_data.transports import BetaAnalyticsDataGrpcTransport
from google.analytics.data_v1beta.types import BatchRunReportsRequest
from stand_in_process import stand_in_process

from common.clock import now
from common.db import Database
from common.http.context import ServiceContext
from common.jobs import JobContext
from common.testing.cluster import MigratedDatabase, postgres_cluster
from common.testing.measure import Measure
from common.testing.people import add_tenant
from services.data_service.domain.ga4.due_days import RESTATED_DAYS
from services.data_service.domain.ga4.event_reports import event_reports
from services.data_service.domain.ga4.sync import sync
from services.data_service.domain.syncs.sync_run import SyncRun, TenantPlace
from services.data_service.sources.ga4.google_client import request_of
from services.data_service.sources.ga4.report import Report
from services.data_service.store.events.known_rules import KnownRules
from services.data_service.store.events.months import KnownMonths
from services.data_service.store.syncs.sources import get_source

ZONE = ZoneInfo("America/Chicago")
PROPERTY, DAYS, VISITS, ROUNDS = "123456789", RESTATED_DAYS, 500, 5
DIMENSIONS = {
    "user_pseudo_id": "customUser:client_id",
    "user_id": "customUser:crm_id",
    "ga_session_id": "customEvent:ga_session_id",
    "branch": "customEvent:branch",
}


def measure() -> list[Measure]:
    """Measure a nightly sync of unchanged days and one of new days, relative to the bare fetch."""
    with (
        postgres_cluster() as cluster,
        tempfile.TemporaryDirectory() as home,
        cluster.database(Path(home)) as database,
        stand_in_process(
            "ga4", "--days", "6", "--visits", str(VISITS), "--repeat", says=r"GA4_ENDPOINT=(\S+)"
        ) as endpoint,
    ):
        fetched, unchanged, new, events = asyncio.run(_measure(database, endpoint))
    label = f"GA4 sync, {DAYS} days of {events // DAYS} events"
    baseline = "google-analytics-data fetches the same"
    return [
        Measure(f"{label} that say the same", unchanged, "ms", 1.25, 1.1, fetched, baseline, higher_is_better=False),
        Measure(f"{label} that are all new", new, "ms", 1.25, 1.1, fetched, baseline, higher_is_better=False),
    ]


async def _measure(database: MigratedDatabase, endpoint: str) -> tuple[float, float, float, int]:
    admin = await asyncpg.connect(database.superuser_dsn)
    tenant_id = await add_tenant(database.superuser_dsn, time_zone=ZONE.key)
    db = await Database.connect(database.settings.dsn("data"), name="bench", max_size=4)
    service = cast(
        "ServiceContext",
        SimpleNamespace(
            db=db,
            settings=database.settings.model_copy(update={"ga4_endpoint": endpoint}),
            name="data",
            stopping=asyncio.Event(),
            extras={"rules": KnownRules(), "months": KnownMonths()},
            wake_relay=lambda: None,
        ),
    )
    source_id: Any = await admin.fetchval(
        "insert into data.source (tenant_id, kind, name, config) values ($1, 'ga4', 'Shop', $2) returning source_id",
        *(tenant_id, json.dumps({"property_id": PROPERTY, "custom_dimensions": DIMENSIONS})),
    )
    times: list[tuple[float, float, float]] = []
    events = 0
    for _ in range(ROUNDS + 1):
        fetched = await _timed(asyncio.to_thread(_fetch, endpoint))
        unchanged = await _timed(_sync(service, tenant_id, source_id))
        events = await _forget(admin, tenant_id)
        assert events >= DAYS * VISITS, "the sync before has left days out"
        new = await _timed(_sync(service, tenant_id, source_id))
        times.append((fetched, unchanged, new))
    await db.close()
    await admin.close()
    # The first round is a warm-up.
    fetched, unchanged, new = (median(column) for column in zip(*times[1:], strict=True))
    return fetched, unchanged, new, events


async def _forget(admin: Any, tenant_id: UUID) -> int:
    """Delete the tenant's events and channels, and return how many events there were."""
    tables = ("page_view", "view_item", "add_to_cart", "purchase", "no_search_results", "other_event")
    deleted = [await admin.execute(f"delete from data.{table} where tenant_id = $1", tenant_id) for table in tables]
    channels = await admin.execute("delete from data.channel_day where tenant_id = $1", tenant_id)
    assert channels != "DELETE 0", "the sync before has not read the channels"
    return sum(int(status.split()[1]) for status in deleted)


async def _timed(work: Any) -> float:
    started = time.perf_counter()
    await work
    return 1_000 * (time.perf_counter() - started)


async def _sync(service: ServiceContext, tenant_id: UUID, source_id: UUID) -> None:
    async with service.db.tenant(tenant_id) as connection:
        source = await get_source(connection, tenant_id, source_id)
    assert source is not None
    place = TenantPlace(ZONE, "USD", "US")
    job = JobContext(service, tenant_id, uuid4(), "sync", {}, 1)
    run = SyncRun(service, tenant_id, source, place, {"credentials": "{}"}, job=job, reads_window=True)
    await sync(run)


def _fetch(endpoint: str) -> None:
    """Fetch every report of the same days with the library alone, and read each cell."""
    transport = BetaAnalyticsDataGrpcTransport(channel=grpc.insecure_channel(endpoint))
    client = BetaAnalyticsDataClient(transport=transport)
    today = now().astimezone(ZONE).date()
    first = today - timedelta(days=DAYS - 1)
    batches = [[one.report for one in event_reports(DIMENSIONS, first + timedelta(days=n))] for n in range(DAYS)]
    ads = ("date", "sessionGoogleAdsCustomerId", "sessionGoogleAdsCampaignId", "sessionGoogleAdsCampaignName")
    costs = ("advertiserAdCost", "advertiserAdClicks", "advertiserAdImpressions", "keyEvents", "totalRevenue")
    counted = ("sessions", "engagedSessions", "keyEvents", "totalRevenue")
    batches.append(
        [
            Report("ads", ads, costs, first, today),
            Report("channels", ("date", "sessionDefaultChannelGroup"), counted, first, today),
            Report("users", ("customUser:crm_id",), ("eventCount",), first, today),
        ]
    )
    for batch in batches:
        request = BatchRunReportsRequest(
            property=f"properties/{PROPERTY}", requests=[request_of(report, 0) for report in batch]
        )
        answer = client.batch_run_reports(request)
        for report in answer.reports:
            for row in report.rows:
                cells = [cell.value for cell in row.dimension_values] + [cell.value for cell in row.metric_values]
                assert cells
    transport.close()
