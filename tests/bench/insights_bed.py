"""Servers for a run of insights, and the CPU time of each: Postgres, the event bus, analytics, and the service."""

import multiprocessing
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil
import uvicorn

from common.embedded.process import free_port
from common.http.app import create_app
from common.settings import Settings
from common.testing.cluster import MigratedDatabase, postgres_cluster
from common.testing.people import settings_for_people
from common.testing.servers import nats_server
from services.analytics_service import SPEC as ANALYTICS


@dataclass
class Spent:
    """CPU seconds of each part."""

    parts: dict[str, float] = field(default_factory=dict[str, float])

    def since(self, before: "Spent") -> "Spent":
        """Return the difference to an earlier value."""
        return Spent({name: value - before.parts[name] for name, value in self.parts.items()})

    @property
    def whole(self) -> float:
        """The sum of all parts."""
        return sum(self.parts.values())


@dataclass(frozen=True)
class Bed:
    """The servers, and the processes whose CPU time is counted."""

    database: MigratedDatabase
    settings: Settings
    processes: dict[str, psutil.Process]

    def spent(self) -> Spent:
        """Return the CPU seconds so far."""
        return Spent(
            {name: _at_work(process, with_children=name != "service") for name, process in self.processes.items()}
        )


def _at_work(process: psutil.Process, *, with_children: bool) -> float:
    own = process.cpu_times()
    if not with_children:
        return own.user + own.system
    children = [child.cpu_times() for child in process.children(recursive=True)]
    return own.children_user + own.children_system + sum(one.user + one.system for one in [own, *children])


@contextmanager
def bed() -> Generator[Bed]:
    """Run Postgres, the event bus and the analytics service."""
    with postgres_cluster() as cluster, nats_server() as nats_url, tempfile.TemporaryDirectory() as home:
        servers = {_kind(one): one for one in psutil.Process().children()}
        with cluster.database(Path(home)) as database:
            ports = {"nats_url": nats_url, "analytics_service_port": free_port(), "log_level": "WARNING"}
            settings = settings_for_people(database.settings).model_copy(update=ports)
            analytics = multiprocessing.get_context("spawn").Process(target=serve_analytics, args=(settings,))
            analytics.start()
            try:
                parts = {"service": psutil.Process(), "analytics": psutil.Process(analytics.pid), **servers}
                yield Bed(database, settings, parts)
            finally:
                analytics.terminate()
                analytics.join()


def _kind(process: psutil.Process) -> str:
    return "nats" if "nats" in process.name() else "postgres"


def serve_analytics(settings: Settings) -> None:
    """Serve the analytics service without background work."""
    app = create_app(replace(ANALYTICS, consumers=(), jobs=(), background=()), settings)
    uvicorn.run(app, port=settings.analytics_service_port, log_level="warning")
