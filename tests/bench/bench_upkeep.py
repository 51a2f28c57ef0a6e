"""Benchmark of the summaries of events: the cost that keeping them up to date adds to the data service's insert."""

import asyncio
import tempfile
from pathlib import Path
from statistics import median
from uuid import UUID

import asyncpg
import msgspec
from made_company import MADE, ensure_months, in_tenant, make_company

from common.db import Connection
from common.events.contracts.data_batch_recorded import BatchRecorded
from common.testing.cluster import MigratedDatabase, postgres_cluster
from common.testing.measure import Measure
from common.testing.people import add_tenant
from services.analytics_service.store.dirty_keys import mark_batch
from services.analytics_service.store.refresh import refresh_tenant
from services.data_service.store.events.record_events import POSTED_ROAD, record_events
from services.data_service.store.events.staged_batch import StagedBatch, batch_of
from services.data_service.store.events.staged_event import StagedEvent

BATCH = 5_000
COALESCED = 10
HOURS = (6, 9, 12, 15)  # Hours of the day whose events arrive live; the first is a warm-up.
STAGED = Path(__file__).with_name("staged_made_events.sql").read_text(encoding="utf-8")


def measure() -> list[Measure]:
    """Measure insert and upkeep relative to the insert alone, in a company with its history."""
    with postgres_cluster() as cluster, tempfile.TemporaryDirectory() as home, cluster.database(Path(home)) as database:
        rounds = asyncio.run(_measure(database))
    inserted, kept = (median(column) for column in zip(*rounds, strict=True))
    label = f"insert with upkeep, {COALESCED} batches of {BATCH} coalesced"
    baseline = "COPY staging and insert alone"
    return [Measure(label, inserted + kept, "ms", 5, 2.5, inserted, baseline, higher_is_better=False)]


async def _measure(database: MigratedDatabase) -> list[tuple[float, float]]:
    writer = await asyncpg.connect(database.superuser_dsn)
    recorder, reader = [
        await asyncpg.connect(database.settings.dsn(service), server_settings={"jit": "off"})
        for service in ("data", "analytics")
    ]
    tenant_id = await add_tenant(database.superuser_dsn, time_zone="America/Chicago")
    await ensure_months(writer)
    await make_company(writer, reader, tenant_id)
    rounds: list[tuple[float, float]] = []
    for hour in HOURS:
        batches = await _batches(writer, f"2024-07-12 {hour:02}:00")
        inserted = sum([await _record(recorder, tenant_id, batch) for batch in batches])
        marked = sum([await _mark(reader, tenant_id, batch) for batch in await _events(writer, tenant_id)])
        refreshed = await in_tenant(reader, tenant_id, lambda: refresh_tenant(reader, tenant_id))
        rounds.append((inserted, marked + refreshed))
    for connection in (writer, recorder, reader):
        await connection.close()
    return rounds[1:]


async def _batches(writer: Connection, begin: str) -> list[StagedBatch]:
    """Return simulated events of the 2.4 hours from `begin` (UTC), in the order of time."""
    async with writer.transaction():
        await writer.execute(MADE.format(events=COALESCED * BATCH, begin=begin, days=0.1))
        rows = await writer.fetch(STAGED)
    events = [StagedEvent(*row) for row in rows[: COALESCED * BATCH]]
    return [batch_of(events[start : start + BATCH]) for start in range(0, len(events), BATCH)]


async def _record(recorder: Connection, tenant_id: UUID, batch: StagedBatch) -> float:
    return await in_tenant(
        recorder, tenant_id, lambda: record_events(recorder, tenant_id, batch, resolved_by=None, road=POSTED_ROAD)
    )


async def _events(writer: Connection, tenant_id: UUID) -> list[BatchRecorded]:
    """Take the batches' events out of the outbox and return them."""
    rows = await writer.fetch("delete from data.outbox where tenant_id = $1 returning payload", tenant_id)
    return [msgspec.json.decode(row["payload"], type=BatchRecorded) for row in rows]


async def _mark(reader: Connection, tenant_id: UUID, batch: BatchRecorded) -> float:
    return await in_tenant(reader, tenant_id, lambda: mark_batch(reader, tenant_id, batch.batch_id, batch.keys))
