"""What analytics' answers take in the database, at one and at five times the events, and what upkeep adds to an insert.

Times are the median of several calls; upkeep is compared with the same insert alone.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from common.db import Connection
from common.testing.cluster import MigratedDatabase, postgres_cluster
from common.testing.measure import Measure
from common.testing.people import add_tenant

EVENTS = 1_000_000
OTHER_TENANTS = 4
CALLS = 15
BATCH = 5_000
COALESCED = 10
MADE = Path(__file__).with_name("made_events.sql").read_text(encoding="utf-8")
STORE = Path(__file__).with_name("store_made_events.sql").read_text(encoding="utf-8")
MONTHS = [date(2024, month, 1) for month in range(1, 9)]
RANGES = {"30 days": (date(2024, 5, 1), date(2024, 5, 30)), "180 days": (date(2024, 1, 3), date(2024, 6, 30))}
LISTS = ("get_purchase_tasks", "get_cart_abandonment_tasks", "get_search_analysis_tasks", "get_repeat_visit_tasks")


def measure() -> list[Measure]:
    """Lists and statistics at 1M and at 5M events in all, upkeep and freshness."""
    with postgres_cluster() as cluster, tempfile.TemporaryDirectory() as home, cluster.database(Path(home)) as database:
        return asyncio.run(_measure(database))


async def _measure(database: MigratedDatabase) -> list[Measure]:
    writer = await asyncpg.connect(database.superuser_dsn)
    reader = await asyncpg.connect(database.settings.dsn("analytics"), server_settings={"jit": "off"})
    for month in MONTHS:
        await writer.execute("select data.ensure_month($1)", month)
    tenant_id = await _company(database, writer, reader)
    measures = await _answers(reader, tenant_id, "1M events")
    measures += await _upkeep(writer, reader, tenant_id)
    for _ in range(OTHER_TENANTS):
        await _company(database, writer, reader)
    measures += await _answers(reader, tenant_id, "5M events in all")
    await reader.close()
    await writer.close()
    return measures


async def _company(database: MigratedDatabase, writer: Connection, reader: Connection) -> UUID:
    """A tenant of 1M events over 180 days, with its summaries built."""
    tenant_id = await add_tenant(database.superuser_dsn, time_zone="America/Chicago")
    await _make(writer, tenant_id, EVENTS, "2024-01-03", 180)
    await writer.execute("vacuum analyze")
    await _in_tenant(reader, tenant_id, lambda: _refresh(reader, tenant_id, rebuild=True))
    await writer.execute("vacuum analyze")
    return tenant_id


async def _make(writer: Connection, tenant_id: UUID, events: int, begin: str, days: float) -> float:
    """Store made events; returns the milliseconds of the insert, with its commit, without the making."""
    transaction = writer.transaction()
    await transaction.start()
    await writer.execute(MADE.format(events=events, begin=begin, days=days), timeout=3600)
    began = time.perf_counter()
    await writer.execute(STORE.format(tenant=tenant_id, batch=uuid4()), timeout=3600)
    await transaction.commit()
    return (time.perf_counter() - began) * 1000


async def _refresh(reader: Connection, tenant_id: UUID, *, rebuild: bool = False) -> None:
    await reader.execute("select analytics.refresh_tenant($1, $2)", tenant_id, rebuild, timeout=3600)


async def _in_tenant(reader: Connection, tenant_id: UUID, work: Callable[[], Awaitable[Any]]) -> float:
    """Milliseconds of some work in a transaction of the tenant, as the service's role."""
    async with reader.transaction():
        await reader.execute(f"set local app.tenant_id = '{tenant_id}'")
        began = time.perf_counter()
        await work()
        return (time.perf_counter() - began) * 1000


async def _answers(reader: Connection, tenant_id: UUID, size: str) -> list[Measure]:
    measures: list[Measure] = []
    for days, (start, end) in RANGES.items():
        hold, aim = (25, 10) if days == "30 days" else (60, 25)
        for function in LISTS:
            took = await _median(reader, tenant_id, f"analytics.{function}($1, $2, $3)", tenant_id, start, end)
            measures.append(_milliseconds(f"{function}, {days}, {size}", took, hold, aim))
    start, end = RANGES["30 days"]
    dashboard = "analytics.get_complete_dashboard_data($1, $2, $3, $4)"
    for what, place, hold, aim in (("tenant", None, 2.0, 0.5), ("one location", "L05", 12.0, 4.0)):
        took = await _median(reader, tenant_id, dashboard, tenant_id, start, end, place)
        measures.append(_milliseconds(f"dashboard, 30 days, {what}, {size}", took, hold, aim))
    return measures


async def _median(reader: Connection, tenant_id: UUID, call: str, *values: Any) -> float:
    async def call_it() -> None:
        await reader.fetch(f"select * from {call}", *values)

    return median([await _in_tenant(reader, tenant_id, call_it) for _ in range(CALLS)])


def _milliseconds(what: str, took: float, hold: float, aim: float) -> Measure:
    return Measure(what, took, "ms", hold=hold, aim=aim, higher_is_better=False)


async def _upkeep(writer: Connection, reader: Connection, tenant_id: UUID) -> list[Measure]:
    """Live batches: how much longer an insert is with its upkeep, and when one batch is in the answers."""
    single = await _live(writer, reader, tenant_id, BATCH, "2024-07-10")
    many = await _live(writer, reader, tenant_id, BATCH * COALESCED, "2024-07-12")
    inserted, refreshed = many
    return [
        Measure(
            f"insert with upkeep, {COALESCED} batches of {BATCH} coalesced",
            inserted + refreshed,
            "ms",
            hold=5,
            aim=2.5,
            baseline=inserted,
            baseline_what="insert alone",
            higher_is_better=False,
        ),
        _milliseconds(f"a batch of {BATCH}: insert to fresh answers", sum(single), 1000, 300),
    ]


async def _live(
    writer: Connection, reader: Connection, tenant_id: UUID, events: int, begin: str
) -> tuple[float, float]:
    """Milliseconds of the insert, and of the refresh after it; the second of two runs, the first being to warm up."""
    took = (0.0, 0.0)
    for hour in (9, 15):
        inserted = await _make(writer, tenant_id, events, f"{begin} {hour}:00", 0.1)
        await writer.execute(
            "insert into analytics.dirty_key (tenant_id, batch_id, user_pseudo_id, user_id, min_ts, max_ts)"
            " select $1, $1, e.user_pseudo_id, e.user_id, min(e.event_ts), max(e.event_ts)"
            " from analytics.event_rows($1, $2::text::timestamptz, 'infinity') e group by 3, 4",
            tenant_id,
            f"{begin} {hour}:00+00",
        )
        took = (inserted, await _in_tenant(reader, tenant_id, lambda: _refresh(reader, tenant_id)))
    return took
