"""A gateway of a test's own, with the real auth service and one stand-in behind it."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import asyncpg
import httpx
import nats
from starlette.types import Receive, Scope, Send

from common.auth.access_changes import AccessChange, announce
from common.http.app import create_app
from common.settings import Settings
from common.testing.serve import serve
from services.auth_service import SPEC as AUTH
from services.gateway.api.entry import Gateway
from tests.gateway.stand_in import StandIn


@dataclass(frozen=True)
class SystemOfOne:
    """Its address, a client of it, the data service's stand-in and the paths that auth was asked for."""

    url: str
    client: httpx.AsyncClient
    data: StandIn
    asked_of_auth: list[str]


@asynccontextmanager
async def system_of_one(settings: Settings) -> AsyncGenerator[SystemOfOne]:
    """Run it at the ports of these settings."""
    auth, asked, data = create_app(AUTH, settings), list[str](), StandIn("data")

    async def noting(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            asked.append(scope["path"])
        await auth(scope, receive, send)

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(serve(noting, settings.port_of("auth")))
        await stack.enter_async_context(serve(data, settings.port_of("data")))
        url = await stack.enter_async_context(serve(Gateway(settings), settings.port_of("gateway")))
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=20))
        yield SystemOfOne(url, client, data, asked)


async def tell(settings: Settings, change: AccessChange) -> None:
    """Announce a change, as whoever makes it does after the commit."""
    client = await nats.connect(settings.nats_url)
    await announce(client, change)
    await client.close()


async def execute(dsn: str, statement: str, *values: object) -> None:
    """Change the database behind the services' backs."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement, *values)
    finally:
        await connection.close()
