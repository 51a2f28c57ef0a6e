"""The gateway on a real socket, under both servers it runs on, before the real auth service and stand-ins."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass

import httpx
import pytest
import pytest_asyncio
import uvicorn
from granian.constants import Interfaces
from granian.server.embed import Server
from starlette.types import Receive, Scope, Send

from common.settings import SERVICES, Settings, port_setting
from common.testing.apps import app_of
from common.testing.cluster import MigratedDatabase, PostgresCluster
from common.testing.held_ports import held_ports
from common.testing.people import Person, add_person, add_tenant, settings_for_people
from common.testing.serve import PromptServer, serve
from services.auth_service import SPEC as AUTH
from services.gateway.api.entry import Gateway
from tests.gateway.stand_in import StandIn

STAND_INS = ("analytics", "data", "insights", "email", "realtime")


@dataclass(frozen=True)
class Servers:
    """What the services of one file's tests stand on."""

    database: MigratedDatabase
    nats_url: str


@dataclass(frozen=True)
class System:
    """A running gateway: its address, a client of it, what stands behind it and a person who may pass."""

    url: str
    client: httpx.AsyncClient
    settings: Settings
    behind: dict[str, StandIn]
    person: Person
    server: str


@asynccontextmanager
async def serve_stand_ins(behind: dict[str, StandIn], settings: Settings) -> AsyncGenerator[None]:
    """All stand-ins under one server that listens on each one's port."""
    by_port = {settings.port_of(name): stand_in for name, stand_in in behind.items()}
    sockets = [socket.create_server(("127.0.0.1", port)) for port in by_port]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        # The server's own life is any one's business.
        port = scope["server"][1] if scope["type"] == "http" else next(iter(by_port))
        await by_port[port](scope, receive, send)

    server = PromptServer(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
    running = asyncio.create_task(server.serve(sockets=sockets))
    async with asyncio.timeout(20):
        while not server.started:
            await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.end()
        await running


@asynccontextmanager
async def serve_by_granian(app: Gateway, port: int) -> AsyncGenerator[str]:
    """Run the gateway under granian on 127.0.0.1."""
    server = Server(app, port=port, interface=Interfaces.ASGI, log_enabled=False)
    running = asyncio.create_task(server.serve())
    url = f"http://127.0.0.1:{port}"
    async with asyncio.timeout(20), httpx.AsyncClient() as client:
        while True:
            try:
                await client.get(url + "/health/live")
                break
            except httpx.TransportError:
                await asyncio.sleep(0.02)
    try:
        yield url
    finally:
        server.stop()
        await running


@pytest.fixture(scope="module")
def servers(
    postgres: PostgresCluster, nats_url_of_file: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Servers]:
    """A database and a NATS server for the tests of one file."""
    with postgres.database(tmp_path_factory.mktemp("gateway") / "home") as database:
        yield Servers(database, nats_url_of_file)


@pytest.fixture(scope="module")
def settings(servers: Servers) -> Iterator[Settings]:
    more = {"nats_url": servers.nats_url, "cors_origins": "https://app.example.com", "environment": "development"}
    with at_held_ports(settings_for_people(servers.database.settings).model_copy(update=more)) as settings:
        yield settings


@pytest.fixture
def alone(settings: Settings) -> Iterator[Settings]:
    """The same settings at ports where nothing runs yet, for a test that starts its own."""
    with at_held_ports(settings) as elsewhere:
        yield elsewhere


@contextmanager
def at_held_ports(settings: Settings) -> Generator[Settings]:
    """The same settings at ports of the caller's own, until the block ends."""
    with held_ports((*map(port_setting, SERVICES), "gateway_metrics_port")) as ports:
        yield settings.model_copy(update=ports)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def person(servers: Servers) -> Person:
    dsn = servers.database.superuser_dsn
    return await add_person(dsn, await add_tenant(dsn))


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["uvicorn", "granian"])
async def running(request: pytest.FixtureRequest, settings: Settings, person: Person) -> AsyncGenerator[System]:
    """The gateway under each server, everything behind it up, for the tests of one file."""
    behind = {name: StandIn(name) for name in STAND_INS}
    async with AsyncExitStack() as stack:
        auth = stack.enter_context(app_of(AUTH, settings))
        await stack.enter_async_context(serve(auth, settings.port_of("auth")))
        await stack.enter_async_context(serve_stand_ins(behind, settings))
        run = serve_by_granian if request.param == "granian" else serve
        url = await stack.enter_async_context(run(Gateway(settings), settings.port_of("gateway")))
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=20))
        yield System(url, client, settings, behind, person, request.param)


@pytest.fixture
def system(running: System) -> System:
    """The running system, as if nothing had been asked of it yet."""
    for stand_in in running.behind.values():
        stand_in.forget()
    running.client.cookies.clear()
    return running
