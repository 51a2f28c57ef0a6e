"""Benchmark of marketing's summaries: the cost that keeping them up to date adds to an insert of leads or ads.

The insert is the data service's transaction: the rows of a file's chunk, the progress of its import, and its event. The
figures are CPU time of the service and the database, which is steadier than wall time. The service's part is encoding
the rows as text or arrays. Leads come by files only, so a second figure for leads also counts reading the file, and is
relative to the whole import.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import asyncpg
import msgspec
from imported_chunks import add_file, job_context, read_leads, record_chunk, take_leads
from made_company import in_tenant
from made_marketing_rows import CAMPAIGNS, ad_batches, days_from, lead_files

from common.db import Connection
from common.events.contracts.data_marketing_recorded import MarketingRecorded
from common.files import FileStore, files_of
from common.testing.cluster import MigratedDatabase, postgres_cluster
from common.testing.measure import Measure
from common.testing.people import add_tenant
from services.analytics_service.store.dirty_keys import mark_marketing
from services.analytics_service.store.refresh import refresh_tenant
from services.data_service.store.ads.ad_performance import record_ad_performance

BATCH, COALESCED = 5_000, 10
LEADS = 200  # A day's leads.
ROUNDS = 3  # Measured rounds, after a warm-up round.
FIRST = date(2022, 1, 1)
LEAD_DAYS, AD_DAYS = 800, 1_830  # The company's history. Ads of a day are stored before its leads.
LEAD_FILE, AD_FILE = COALESCED * BATCH // LEADS, COALESCED * BATCH // CAMPAIGNS  # Days of a file.
MADE = Path(__file__).with_name("made_leads_and_ads.sql").read_text(encoding="utf-8")

Write = Callable[[], Awaitable[Any]]


class Writes(NamedTuple):
    """The transactions of a round, and the CPU milliseconds for encoding their rows and for the rest of the reading."""

    writes: list[Write]
    text: float = 0.0
    reading: float = 0.0


class CpuTime(NamedTuple):
    """CPU milliseconds of some work: of the database's process, and of this one, which acts as the service."""

    database: float
    service: float

    def plus(self, other: "CpuTime") -> "CpuTime":
        """Return the sum with another."""
        return CpuTime(self.database + other.database, self.service + other.service)

    @property
    def all(self) -> float:
        """The sum of both processes."""
        return self.database + self.service


class Bed(NamedTuple):
    """A company with its history, and the connections of the writer of its rows and of the refresher."""

    tenant_id: UUID
    writer: Connection
    recorder: Connection
    reader: Connection
    files: FileStore

    async def close(self) -> None:
        """Close the connections."""
        for connection in (self.writer, self.recorder, self.reader):
            await connection.close()


def measure() -> list[Measure]:
    """Measure insert and upkeep relative to the insert alone, for rows in order of time by file and by day."""
    with postgres_cluster() as cluster, tempfile.TemporaryDirectory() as home, cluster.database(Path(home)) as database:
        return asyncio.run(_measure(database))


async def _measure(database: MigratedDatabase) -> list[Measure]:
    bed = await _bed(database)
    tenant_id, source_id = bed.tenant_id, await _a_source(bed)
    days = days_from(FIRST, AD_DAYS + (ROUNDS + 1) * AD_FILE)

    async def leads(first: int, count: int, size: int, files: int) -> Writes:
        made: list[Write] = []
        text, reading = 0.0, 0.0
        for content in lead_files(days[first : first + count], files, size, uuid4().hex[:8]):
            job = job_context(tenant_id, await add_file(bed.writer, tenant_id, "leads"))
            read = await read_leads(bed.files, content)
            made += [partial(take_leads, bed.recorder, job, chunk) for chunk in read.chunks]
            text, reading = text + read.text, reading + read.reading
        return Writes(made, text, reading)

    def ads(first: int, count: int, batches: int, source_id: UUID | None) -> list[Write]:
        made = ad_batches(days[first : first + count], batches)
        return [partial(record_ad_performance, bed.recorder, tenant_id, rows, source_id) for rows in made]

    async def ad_file(first: int) -> Writes:
        job = job_context(tenant_id, await add_file(bed.writer, tenant_id, "campaign-performance"))
        return Writes([partial(record_chunk, bed.recorder, job, one) for one in ads(first, AD_FILE, COALESCED, None)])

    async def restated() -> Writes:
        return Writes(ads(AD_DAYS - 28, 28, 4, source_id))

    measures = [
        *await _compared(
            bed,
            f"leads, a file of {LEAD_FILE} days, {COALESCED} batches of {BATCH:,}",
            lambda n: leads(LEAD_DAYS + n * LEAD_FILE, LEAD_FILE, COALESCED * BATCH, 1),
        ),
        # Each round uses two other days, so that each has a day's leads.
        *await _compared(
            bed,
            f"leads of today and yesterday, {COALESCED} files of 20",
            lambda n: leads(LEAD_DAYS - 2 * (n + 1), 2, 20, COALESCED),
        ),
        *await _compared(
            bed,
            f"ads, a file of {AD_FILE} days, {COALESCED} batches of {BATCH:,}",
            lambda n: ad_file(AD_DAYS + n * AD_FILE),
        ),
        *await _compared(
            bed,
            f"ads of {CAMPAIGNS} campaigns, 28 days told again, 4 batches",
            lambda _: restated(),
        ),
    ]
    await bed.close()
    return measures


async def _compared(bed: Bed, label: str, writes_of: Callable[[int], Awaitable[Writes]]) -> list[Measure]:
    rounds: list[tuple[CpuTime, CpuTime]] = []
    reading: list[float] = []
    for number in range(ROUNDS + 1):
        made = await writes_of(number)
        inserted, kept = CpuTime(0, made.text), CpuTime(0, 0)
        for write in made.writes:
            inserted = inserted.plus(await _measured_work(bed.recorder, bed.tenant_id, write))
        for event in await _events_of(bed):
            kept = kept.plus(await _marked(bed, event))
        kept = kept.plus(
            await _measured_work(bed.reader, bed.tenant_id, lambda: refresh_tenant(bed.reader, bed.tenant_id))
        )
        rounds.append((inserted, inserted.plus(kept)))
        reading.append(made.reading)
        if number == 0:
            await bed.writer.execute("vacuum analyze", timeout=3600)
    alone, both = (median(times.all for times in column) for column in zip(*rounds[1:], strict=True))
    in_database = median(both.database / inserted.database for inserted, both in rounds[1:])
    note = f"of what the database does for the insert, {in_database:.2f}"
    measures = [_measured(f"{label}, with upkeep", both, alone, "insert alone", note)]
    if read := median(reading[1:]):
        measures.append(
            _measured("the same, with the reading of the file", both + read, alone + read, "import alone", "")
        )
    return measures


def _measured(label: str, ours: float, baseline: float, baseline_what: str, note: str) -> Measure:
    return Measure(label, ours, "ms", 1.7, 1.5, baseline, baseline_what, higher_is_better=False, note=note)


async def _bed(database: MigratedDatabase) -> Bed:
    writer = await asyncpg.connect(database.superuser_dsn)
    recorder, reader = [await asyncpg.connect(database.settings.dsn(service)) for service in ("data", "analytics")]
    tenant_id = await add_tenant(database.superuser_dsn, time_zone="America/Chicago")
    bed = Bed(tenant_id, writer, recorder, reader, files_of(database.settings, "imports"))
    size = {"campaigns": CAMPAIGNS, "leads": LEADS, "lead_days": LEAD_DAYS, "ad_days": AD_DAYS}
    await writer.execute(MADE.format(tenant=tenant_id, first=FIRST, **size), timeout=3600)
    await writer.execute("vacuum analyze", timeout=3600)
    await in_tenant(reader, tenant_id, lambda: refresh_tenant(reader, tenant_id))
    await writer.execute("vacuum analyze", timeout=3600)
    # From here on, the write-ahead log has segments to recycle, as that of a server that has been running for a while.
    # Otherwise whoever fills a segment would have to create the next one, 16 MB of zeros.
    await writer.execute("checkpoint", timeout=600)
    return bed


async def _a_source(bed: Bed) -> UUID:
    source_id = uuid4()
    await bed.writer.execute(
        "insert into data.source (tenant_id, source_id, kind, name, config, status)"
        " values ($1, $2, 'meta_ads', 'ads', '{}', 'active')",
        bed.tenant_id,
        source_id,
    )
    return source_id


async def _events_of(bed: Bed) -> list[MarketingRecorded]:
    """Take the batches' events out of the outbox and return them."""
    rows = await bed.writer.fetch("delete from data.outbox where tenant_id = $1 returning payload", bed.tenant_id)
    return [msgspec.json.decode(row["payload"], type=MarketingRecorded) for row in rows]


async def _marked(bed: Bed, event: MarketingRecorded) -> CpuTime:
    return await _measured_work(bed.reader, bed.tenant_id, lambda: mark_marketing(bed.reader, bed.tenant_id, event))


async def _measured_work(connection: Connection, tenant_id: UUID, work: Write) -> CpuTime:
    """Measure work in a transaction of the tenant, with its commit. Outside of Linux, the database has wall time."""
    before, began = _busy(connection), time.process_time()
    elapsed = await in_tenant(connection, tenant_id, work)
    database = elapsed if before is None else (_busy(connection) or before) - before
    return CpuTime(database, (time.process_time() - began) * 1000)


def _busy(connection: Connection) -> float | None:
    """Return the CPU milliseconds of a connection's process so far; None outside of Linux."""
    schedule = Path(f"/proc/{connection.get_server_pid()}/schedstat")
    return int(schedule.read_text(encoding="ascii").split()[0]) / 1e6 if schedule.exists() else None
