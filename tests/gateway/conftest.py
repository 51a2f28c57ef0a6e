"""The gateway on a real socket, under both servers it runs on, before the real auth service and stand-ins."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
from granian.constants import Interfaces
from granian.server.embed import Server

from common.embedded.process import free_port
from common.http.app import create_app
from common.settings import SERVICES, Settings
from common.testing.cluster import MigratedDatabase
from common.testing.people import Person, add_person, add_tenant, settings_for_people
from common.testing.serve import serve
from services.auth_service import SPEC as AUTH
from services.gateway.api.entry import Gateway
from tests.gateway.stand_in import StandIn

STAND_INS = ("analytics", "data", "insights", "email", "realtime")


@dataclass
class System:
    """A running gateway: its address, a client of it, what stands behind it and a person who may pass."""

    url: str
    client: httpx.AsyncClient
    settings: Settings
    behind: dict[str, StandIn]
    person: Person


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


@pytest.fixture
def settings(database: MigratedDatabase, nats_url: str) -> Settings:
    ports = {("gateway_port" if name == "gateway" else f"{name}_service_port"): free_port() for name in SERVICES}
    more = {"nats_url": nats_url, "cors_origins": "https://app.example.com"}
    return settings_for_people(database.settings).model_copy(update={**ports, **more})


@pytest.fixture
async def person(database: MigratedDatabase) -> Person:
    return await add_person(database.superuser_dsn, await add_tenant(database.superuser_dsn))


@pytest.fixture(params=["uvicorn", "granian"])
async def system(request: pytest.FixtureRequest, settings: Settings, person: Person) -> AsyncGenerator[System]:
    """The gateway under each server, everything behind it up."""
    behind = {name: StandIn(name) for name in STAND_INS}
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(serve(create_app(AUTH, settings), settings.port_of("auth")))
        for name, stand_in in behind.items():
            await stack.enter_async_context(serve(stand_in, settings.port_of(name)))
        run = serve_by_granian if request.param == "granian" else serve
        url = await stack.enter_async_context(run(Gateway(settings), settings.port_of("gateway")))
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=20))
        yield System(url, client, settings, behind, person)
