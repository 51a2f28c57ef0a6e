"""Benchmark of planning and dispatching the syncs of a thousand tenants: CPU time of the data service and of Postgres.

The schedule runs fifteen times as fast as in production: each source every minute instead of every quarter of an hour.
The CPU time above that of the idle service is divided by the number of syncs, and multiplied by the 3.3 syncs a second
of production. So neither the speed of the schedule matters nor whether this machine keeps up with it.
"""

import asyncio
import random
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import asyncpg
import psutil

from common.db import Connection
from common.settings import Settings
from common.testing.cluster import MigratedDatabase, postgres_cluster
from common.testing.measure import Measure
from common.testing.people import settings_for_people
from common.testing.servers import nats_server
from services.data_service.domain.syncs.source_kinds import SYNC_JOBS
from services.data_service.domain.syncs.source_secrets import sealed
from tests.data_service.service_process import service_process

TENANTS = 1_000
EARNEST_SECONDS = 15 * 60
EVERY_SECONDS = EARNEST_SECONDS / 15
WARM_UP_SECONDS, SECONDS = 15, 60
_APP = "tests.bench.simulated_vendors:app"


@dataclass
class Spent:
    """CPU seconds of the service and of Postgres, and the wall seconds in which they were spent."""

    service: float
    postgres: float
    clock: float

    @property
    def share(self) -> float:
        """Return the CPU time as a percentage of one core."""
        return 100 * (self.service + self.postgres) / self.clock


def measure() -> list[Measure]:
    """Measure the percentage of one core for three sources of each tenant every quarter of an hour."""
    with (
        postgres_cluster() as cluster,
        nats_server() as nats,
        tempfile.TemporaryDirectory() as home,
        cluster.database(Path(home)) as database,
    ):
        settings = settings_for_people(database.settings).model_copy(update={"nats_url": nats})
        idle, busy, syncs = asyncio.run(_measure(settings, database))
    per_second = syncs / busy.clock
    of_service = 1000 * (busy.service / busy.clock - idle.service / idle.clock) / per_second
    of_postgres = 1000 * (busy.postgres / busy.clock - idle.postgres / idle.clock) / per_second
    in_earnest = TENANTS * len(SYNC_JOBS) / EARNEST_SECONDS
    cost = (of_service + of_postgres) * in_earnest / 10
    note = (
        f"each costs the service {of_service:.1f} ms and Postgres {of_postgres:.1f} ms, at {per_second:.0f} a second;"
        f" idling they cost {idle.share:.1f} % together"
    )
    label = f"planning and dispatching {TENANTS:,} tenants' {len(SYNC_JOBS)} sources every 15 minutes"
    return [Measure(label, cost, "% of a core", 5, 3, higher_is_better=False, note=note)]


async def _measure(settings: Settings, database: MigratedDatabase) -> tuple[Spent, Spent, int]:
    admin = await asyncpg.connect(database.superuser_dsn)
    environment = {"SOURCE_EVERY_SECONDS": str(EVERY_SECONDS)}
    try:
        async with service_process(settings, _APP, environment, is_quiet=True) as service:
            postmaster = psutil.Process(await admin.fetchval("select pg_backend_pid()")).parent()
            assert postmaster is not None
            await asyncio.sleep(WARM_UP_SECONDS)
            idle = await _spent(psutil.Process(service.pid), postmaster)
            await _connect_sources(admin, settings)
            await asyncio.sleep(WARM_UP_SECONDS)
            before = await _syncs(admin)
            busy = await _spent(psutil.Process(service.pid), postmaster)
            return idle, busy, await _syncs(admin) - before
    finally:
        await admin.close()


async def _spent(service: psutil.Process, postmaster: psutil.Process) -> Spent:
    began, service_before, postgres_before = time.perf_counter(), _cpu(service), _cpu(postmaster)
    await asyncio.sleep(SECONDS)
    return Spent(_cpu(service) - service_before, _cpu(postmaster) - postgres_before, time.perf_counter() - began)


def _cpu(process: psutil.Process) -> float:
    """Return the CPU seconds of a process and its children, also of those that have ended."""
    own = process.cpu_times()
    living = 0.0
    for child in process.children(recursive=True):
        try:
            living += sum(child.cpu_times()[:2])
        except psutil.NoSuchProcess:
            continue
    return sum(own[:4]) + living


async def _syncs(admin: Connection) -> int:
    return int(await admin.fetchval("select count(*) from data.job where status = 'completed'") or 0)


async def _connect_sources(admin: Connection, settings: Settings) -> None:
    """Add a source of each kind for each tenant, with times spread over the interval."""
    tenants = [uuid4() for _ in range(TENANTS)]
    await admin.executemany(
        "insert into auth.tenant (tenant_id, name, time_zone, currency)"
        " values ($1, 'Somewhere', 'America/Chicago', 'USD')",
        [(tenant,) for tenant in tenants],
    )
    sources = [(tenant, uuid4(), kind) for tenant in tenants for kind in SYNC_JOBS]
    await admin.executemany(
        "insert into data.source (tenant_id, source_id, kind, name, secrets_sealed, next_sync_at)"
        " values ($1, $2, $3, $3, $4, now() + make_interval(secs => $5))",
        [
            (tenant, source, kind, sealed(settings, source, {"token": "x"}), random.uniform(0, EVERY_SECONDS))
            for tenant, source, kind in sources
        ],
    )
    await admin.execute("analyze data.source, auth.tenant")
