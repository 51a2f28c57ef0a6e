"""Benchmark of alert budgets: alerts reported in half a year, relative to those wanted. `make bench-insights` runs it.

Simulated companies are stored as a whole. Then time is moved on from look to look, and each look does everything that
the service does: reading, remembering former findings, setting the threshold, and publishing events. A function `now`
that shadows the one of Postgres gives the simulated time to its statements. `BENCH_SIZE=full` looks every six hours,
otherwise once a day. A company is looked at with several budgets, which share the findings of detection.
"""

import os

# The run uses one core, so this is set before numpy is loaded.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast
from unittest import mock
from uuid import UUID

import asyncpg
from rich.console import Console
from rich.table import Table

from common.db import Database
from common.db.wait import connect_when_ready
from common.http.context import ServiceContext
from common.testing.cluster import MigratedDatabase, postgres_cluster
from common.testing.people import add_tenant
from services.insights_service.domain import generate as generating
from services.insights_service.domain.anomalies.look_for_anomalies import find_in_series
from services.insights_service.start import prepare
from services.insights_service.store.candidates import SERIES
from tests.bench.made_half_year import HOURLY_DAYS, World, make, store

WEEKS: Final = 26
BUDGETS: Final = (3, 7, 15)
BEGIN: Final = datetime(2025, 9, 1, 1, tzinfo=UTC)
WORLDS: Final = (
    World("eventful", visits=300, leads_a_day=120, campaigns=12, branches=8, channels=8, incidents_a_week=12),
    World("busy", visits=300, leads_a_day=120, campaigns=12, branches=8),
    World("young: of ten days", history_days=10),
    World(
        "quiet: 3 visits an hour", visits=3, incidents_a_week=0.5, leads_a_day=3, campaigns=2, branches=2, channels=3
    ),
)
MORE_WORLDS: Final = (
    World("growing by 150 % a year", growth=1.5),
    World("seasonal: the year swings by 40 %", swing=0.4, differ=0.1),
    World("restless: days differ by 20 %", differ=0.2, incidents_a_week=2),
    World("calm: nothing is ever the matter", incidents_a_week=0),
)
_FINDERS: Final = (generating.Finder(SERIES, find_in_series),)
_CLOCK: Final = "services.insights_service.domain.look.now"
_SHOWN_CLOCK: Final = """
create schema simulated;
create table simulated.clock (moment timestamptz);
insert into simulated.clock values (now());
create function simulated.now() returns timestamptz language sql stable as 'select moment from simulated.clock';
grant usage on schema simulated to public;
grant select on simulated.clock to public;
"""


class Time:
    """The simulated time, for the service and for its statements."""

    def __init__(self, writer: asyncpg.Connection) -> None:
        self._writer = writer
        self.moment = BEGIN

    def now(self) -> datetime:
        """Return the simulated time, in place of the service's clock."""
        return self.moment

    async def move(self, moment: datetime) -> None:
        """Set the simulated time."""
        self.moment = moment
        await self._writer.execute("update simulated.clock set moment = $1", moment)


@asynccontextmanager
async def simulated(database: MigratedDatabase) -> AsyncGenerator[tuple[ServiceContext, asyncpg.Connection, Time]]:
    """Provide what a look needs of the service, a connection that may write its input, and the simulated time."""
    writer = await asyncpg.connect(database.superuser_dsn)
    await writer.execute(_SHOWN_CLOCK)
    await writer.execute(f'alter database "{database.name}" set search_path = simulated, pg_catalog, public')
    pool = await connect_when_ready(database.settings.dsn("insights"), service="insights", max_size=3)
    context = _context(pool, database)
    await prepare(context)
    time = Time(writer)
    with mock.patch(_CLOCK, time.now), mock.patch.object(generating, "FINDERS", _FINDERS):
        yield context, writer, time
    await pool.close()
    await writer.execute(f'alter database "{database.name}" reset search_path; drop schema simulated cascade')
    await writer.close()


def _context(database: Database, made: MigratedDatabase) -> ServiceContext:
    parts = {"name": "insights", "db": database, "extras": {}, "settings": made.settings, "wake_relay": lambda: None}
    return cast("ServiceContext", SimpleNamespace(**parts))


async def add_company(
    database: MigratedDatabase, writer: asyncpg.Connection, world: World, weeks: int, budget: int
) -> UUID:
    """Add a company of this world that wants `budget` alerts a week. All companies of a world have the same figures."""
    tenant_id = await add_tenant(database.superuser_dsn)
    seed = sum(world.name.encode())
    hourly_from = BEGIN.date() - timedelta(HOURLY_DAYS) if world.has_hours else None
    await store(writer, tenant_id, make(world, BEGIN.date(), 7 * weeks, seed), hourly_from, seed)
    await writer.execute(
        "insert into insights.alert_setting (tenant_id, alerts_per_week, least_impact_pct) values ($1, $2, 1)",
        tenant_id,
        budget,
    )
    return tenant_id


async def live(context: ServiceContext, time: Time, tenants: Sequence[UUID], hours: int, weeks: int) -> None:
    """Look every `hours` hours for `weeks` weeks."""

    async def goes_on(*_: Any) -> None: ...

    for look in range(weeks * 7 * 24 // hours):
        await time.move(BEGIN + timedelta(hours=look * hours))
        for tenant_id in tenants:
            failed = await generating.generate(context, tenant_id, goes_on)
            assert not failed, failed


async def told(writer: asyncpg.Connection, tenant_id: UUID) -> tuple[int, int]:
    """Return how many alerts were announced by events, and how many causes were found in all."""
    events = await writer.fetchval(
        "select count(*) from insights.outbox where tenant_id = $1 and event_type = 'insights.insight.found.v1'",
        tenant_id,
    )
    found = await writer.fetchval("select count(*) from insights.candidate where tenant_id = $1", tenant_id)
    return events or 0, found or 0


async def measure(database: MigratedDatabase, worlds: Sequence[World], hours: int) -> Table:
    """Simulate half a year of every world at every budget."""
    table = Table(title=f"Alerts in half a year, a look every {hours} hours, of as many as were wanted (1.00)")
    for column in ("company", "found a week", *(f"{budget} a week" for budget in BUDGETS)):
        table.add_column(column, justify="left" if column == "company" else "right")
    async with simulated(database) as (context, writer, time):
        for world in worlds:
            tenants = [await add_company(database, writer, world, WEEKS, budget) for budget in BUDGETS]
            await writer.execute("analyze")
            await live(context, time, tenants, hours, WEEKS)
            counts = [await told(writer, tenant_id) for tenant_id in tenants]
            shares = [f"{events / budget / WEEKS:.2f}" for (events, _), budget in zip(counts, BUDGETS, strict=True)]
            table.add_row(world.name, f"{counts[0][1] / WEEKS:.1f}", *shares)
            print(world.name, counts, flush=True)
    return table


if __name__ == "__main__":
    everything = os.environ.get("BENCH_SIZE") == "full"
    asked = ((*WORLDS, *MORE_WORLDS), 6) if everything else (WORLDS, 24)
    with postgres_cluster() as cluster, tempfile.TemporaryDirectory() as home, cluster.database(Path(home)) as made:
        Console(width=140).print(asyncio.run(measure(made, *asked)))
