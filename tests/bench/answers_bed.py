"""Servers of the benchmark of answers: analytics with and without its cache, and a company of 50 branches."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import asyncpg
import httpx
import psutil
import uvloop

from branchwise.stack.child import command_of
from common.embedded.postgres_binaries import postgres_bin_dir
from common.embedded.process import free_port, listens
from common.settings import Settings, get_settings
from common.testing.cluster import MigratedDatabase, postgres_cluster
from common.testing.people import SECRET, Person, add_person, add_tenant
from common.testing.servers import nats_server

LOAD = Path(__file__).with_name("http_load.py")
BRANCHES, DAYS = 50, 7
_CLIENTS = 8
_OF_THE_SERVER = ("date", "server")


class Server(NamedTuple):
    """The address and the process of a server."""

    url: str
    process: psutil.Process

    def seconds_at_work(self) -> float:
        """Return the CPU seconds that its process has spent since it started."""
        times = self.process.cpu_times()
        return times.user + times.system


class Answered(NamedTuple):
    """The rate of answers a second, and a CPU second of the server."""

    a_second: float
    a_second_of_work: float


@dataclass(frozen=True)
class Bed:
    """The two services, the server that answers from memory, the headers of a caller, and the database."""

    keeping: Server
    computing: Server
    from_memory: Server
    person: Person
    database: MigratedDatabase

    def answers(self, server: Server, seconds: float) -> Answered:
        """Measure how often a server returns the list of the 50 branches, on 64 connections."""
        headers = [f"{name}: {value}" for name, value in self.person.headers.items()]
        command = [sys.executable, str(LOAD), f"{server.url}/analytics/locations", str(seconds), *headers]
        before = server.seconds_at_work()
        a_second = float(subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout)
        return Answered(a_second, a_second * seconds / (server.seconds_at_work() - before))

    def statements(self, seconds: float) -> float:
        """Measure how often a second clients of PostgreSQL run the list's prepared statement."""
        chosen = get_settings().branchwise_pg_bin
        pgbench = postgres_bin_dir(Path(chosen) if chosen else None, None) / "pgbench"
        tenant_id = self.person.tenant_id
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
            script.write(f"select * from analytics.get_locations_with_activity_table('{tenant_id}');\n")
            script.flush()
            command = [str(pgbench), "--no-vacuum", "--protocol=prepared", f"--client={_CLIENTS}"]
            command += [f"--time={seconds:.0f}", f"--file={script.name}", self.database.superuser_dsn]
            options = f"-c role=branchwise_analytics -c jit=off -c app.tenant_id={tenant_id}"
            environment = os.environ | {"PGOPTIONS": options}
            output = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True).stdout
        return float(next(line for line in output.splitlines() if line.startswith("tps = ")).split()[2])


@contextmanager
def answers_bed() -> Generator[Bed]:
    """Run the servers."""
    with ExitStack() as running:
        home = Path(running.enter_context(tempfile.TemporaryDirectory()))
        database = running.enter_context(running.enter_context(postgres_cluster()).database(home))
        nats_url = running.enter_context(nats_server())
        person = uvloop.run(_company(database))
        keeping, computing = (
            running.enter_context(_service(database.settings, nats_url, megabytes)) for megabytes in (64, 0)
        )
        answer = httpx.Response(0)
        for server in (keeping, computing):
            answer = httpx.get(
                f"{server.url}/analytics/locations", headers=person.headers, timeout=30
            ).raise_for_status()
            assert answer.json()["total"] == BRANCHES
        from_memory = running.enter_context(_from_memory(answer))
        yield Bed(keeping, computing, from_memory, person, database)


async def _company(database: MigratedDatabase) -> Person:
    tenant_id = await add_tenant(database.superuser_dsn)
    await _branches(database.superuser_dsn, tenant_id)
    return await add_person(database.superuser_dsn, tenant_id)


async def _branches(dsn: str, tenant_id: UUID) -> None:
    writer = await asyncpg.connect(dsn)
    await writer.execute(
        "insert into data.locations (tenant_id, location_id, location_name, city)"
        " select $1, 'L' || n, 'Branch number ' || n, 'Springfield' from generate_series(1, $2::int) n",
        tenant_id,
        BRANCHES,
    )
    await writer.execute(
        "insert into analytics.day_total (tenant_id, location_id, day, events, page_views, add_to_carts, searches,"
        " failed_searches, sessions, bought_sessions, purchases, revenue, abandoned_carts, abandoned_value,"
        " foreign_rows, last_ts)"
        " select $1, 'L' || n, date '2024-05-01' + d, 900, 500, 40, 30, 5, 80, 9, 9, 1234.56, 20, 345.67, 0, now()"
        " from generate_series(1, $2::int) n, generate_series(1, $3::int) d",
        tenant_id,
        BRANCHES,
        DAYS,
    )
    await writer.execute("vacuum analyze analytics.day_total, data.locations")
    await writer.close()


@contextmanager
def _service(settings: Settings, nats_url: str, megabytes: int) -> Generator[Server]:
    """Start the service as the stack does, and wait until it listens."""
    port = free_port()
    environment = {
        "BRANCHWISE_HOME": str(settings.home / f"keeping {megabytes}"),
        "POSTGRES_HOST": settings.postgres_host,
        "POSTGRES_PORT": str(settings.postgres_port),
        "POSTGRES_DATABASE": settings.postgres_database,
        "DATABASE_ROLE_SECRET": settings.database_role_secret.get_secret_value(),
        "NATS_URL": nats_url,
        "JWT_ALGORITHM": "HS256",
        "JWT_SECRET_KEY": SECRET,
        "ANSWER_CACHE_MB": str(megabytes),
    }
    command = command_of("analytics", Settings(analytics_service_port=port))
    with _process(command, port, environment) as server:
        yield server


@contextmanager
def _from_memory(answer: httpx.Response) -> Generator[Server]:
    """Start an application in the same kind of server that has the same answer in memory."""
    port = free_port()
    *server, _ = command_of("analytics", Settings(analytics_service_port=port))
    command = [*server, "--app-dir", str(LOAD.parent), "from_memory_app:app"]
    headers = [f"{name}: {value}" for name, value in answer.headers.items() if name not in _OF_THE_SERVER]
    environment = {"BENCH_BODY_BYTES": str(len(answer.content)), "BENCH_HEADERS": "\n".join(headers)}
    with _process(command, port, environment) as server:
        yield server


@contextmanager
def _process(command: list[str], port: int, environment: dict[str, str]) -> Generator[Server]:
    running = subprocess.Popen(
        command, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 60
        while not listens(port):
            if running.poll() is not None or time.monotonic() > deadline:
                message = f"{command[-1]} does not listen"
                raise RuntimeError(message)
            time.sleep(0.05)
        yield Server(f"http://127.0.0.1:{port}", psutil.Process(running.pid))
    finally:
        running.terminate()
        running.wait(30)
