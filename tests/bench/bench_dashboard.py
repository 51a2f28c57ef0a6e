"""Benchmark of every read of the dashboard: the database's time for the statements of a call, without a cache.

The figure is the CPU time of Postgres if the system tells it. The note gives the time that the service waited, which
includes the work of the service itself and of others on the machine.

Growth is the time of the largest company's calls beside all other companies, relative to a database with that company
alone, which has a fifth of the rows; made_history.py describes the sizes.
"""

import asyncio
import tempfile
from collections.abc import Generator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median, quantiles
from uuid import UUID

from call_times import Spent, calls_of
from dashboard_calls import Call, dashboard_calls
from made_history import make_companies, sizes

from common.testing.cluster import MigratedDatabase, PostgresCluster, postgres_cluster
from common.testing.measure import Measure
from common.testing.people import Person, add_person, add_tenant
from common.testing.servers import nats_server
from common.testing.superuser import let_go

CALLS = 40
_WARM_UP = 3


@dataclass(frozen=True)
class _Bed:
    alone: MigratedDatabase
    among_all: MigratedDatabase
    person: Person


def measure() -> list[Measure]:
    """Measure the 95th percentile of every call, and the growth of its median."""
    with nats_server() as nats_url, _bed() as bed:
        return asyncio.run(_measure(bed, nats_url))


@contextmanager
def _bed() -> Generator[_Bed]:
    with (
        postgres_cluster() as cluster,
        tempfile.TemporaryDirectory() as home,
        cluster.database(Path(home)) as alone,
    ):
        largest, *others = sizes()
        person = asyncio.run(_person(alone))
        asyncio.run(make_companies(alone.superuser_dsn, [(person.tenant_id, largest)]))
        among_all = _copy(cluster, alone)
        tenants = asyncio.run(_tenants(among_all, len(others)))
        asyncio.run(make_companies(among_all.superuser_dsn, list(zip(tenants, others, strict=True))))
        yield _Bed(alone, among_all, person)
        cluster.drop(among_all.name)


def _copy(cluster: PostgresCluster, database: MigratedDatabase) -> MigratedDatabase:
    name = f"{database.name}_all"
    let_go(database.superuser_dsn)
    cluster.run(f"create database {name} template {database.name} strategy file_copy")
    settings = cluster.settings(name, database.settings.branchwise_home)
    return replace(database, name=name, settings=settings, superuser_dsn=cluster.superuser_dsn(name))


async def _person(database: MigratedDatabase) -> Person:
    return await add_person(database.superuser_dsn, await add_tenant(database.superuser_dsn))


async def _tenants(database: MigratedDatabase, count: int) -> list[UUID]:
    return [await add_tenant(database.superuser_dsn) for _ in range(count)]


async def _measure(bed: _Bed, nats_url: str) -> list[Measure]:
    measures: list[Measure] = []
    async with AsyncExitStack() as running:
        services = [
            await running.enter_async_context(calls_of(database.settings, nats_url))
            for database in (bed.alone, bed.among_all)
        ]
        for call in dashboard_calls(bed.person.tenant_id):
            # The databases take turns, so that anything that slows the machine down slows both.
            took: tuple[list[Spent], list[Spent]] = ([], [])
            for _ in range(_WARM_UP + CALLS):
                for service, times in zip(services, took, strict=True):
                    times.append(await service.spent(call.path, call.parameters, bed.person.headers, call.only))
            measures += _rows(call, *(times[_WARM_UP:] for times in took))
    return measures


def _rows(call: Call, alone: list[Spent], among_all: list[Spent]) -> list[Measure]:
    label = f"{call.route}, {call.asked}"
    ours, theirs = ([spent.in_database for spent in took] for took in (among_all, alone))
    waited = quantiles([spent.elapsed for spent in among_all], n=20)[-1]
    return [
        Measure(
            f"{label}, p95",
            quantiles(ours, n=20)[-1],
            "ms",
            call.hold,
            call.aim,
            higher_is_better=False,
            note=f"waited for: {waited:.1f} ms",
        ),
        Measure(f"{label}, growth", median(ours), "ms", 1.2, 1.0, median(theirs), "at a fifth", higher_is_better=False),
    ]
