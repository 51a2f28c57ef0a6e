import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import asyncpg
import nats
import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin, Subprotocol

from common.auth.access_changes import AccessChange, announce
from common.http.app import create_app
from common.settings import Settings
from common.testing.people import Person, add_person, add_tenant
from common.testing.serve import serve
from services.auth_service import SPEC as AUTH
from services.gateway.api import sockets
from services.gateway.api.entry import Gateway
from services.gateway.sources.service_socket import MAX_MESSAGE_BYTES
from tests.gateway.conftest import Servers, at_held_ports, serve_by_granian
from tests.gateway.socket_service import SocketService, serve_sockets

pytestmark = pytest.mark.asyncio(loop_scope="module")

APP = Origin("https://app.example.com")


@dataclass(frozen=True)
class Sockets:
    url: str
    service: SocketService
    settings: Settings
    person: Person
    servers: Servers

    def open(self, path: str = "/chat/socket", person: Person | None = None, **options: object) -> connect:
        headers = (person or self.person).headers
        return connect(self.url + path, additional_headers=headers, proxy=None, compression=None, **options)  # type: ignore[arg-type]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["uvicorn", "granian"])
async def behind(
    request: pytest.FixtureRequest, settings: Settings, person: Person, servers: Servers
) -> AsyncGenerator[Sockets]:
    async with AsyncExitStack() as stack:
        alone = stack.enter_context(at_held_ports(settings))
        await stack.enter_async_context(serve(create_app(AUTH, alone), alone.port_of("auth")))
        service = await stack.enter_async_context(serve_sockets(alone.port_of("realtime")))
        run = serve_by_granian if request.param == "granian" else serve
        url = await stack.enter_async_context(run(Gateway(alone), alone.port_of("gateway")))
        yield Sockets(url.replace("http:", "ws:"), service, alone, person, servers)


@pytest_asyncio.fixture(loop_scope="module")
async def system(behind: Sockets) -> Sockets:
    while not behind.service.closes.empty():
        behind.service.closes.get_nowait()
    behind.service.sent = 0
    return behind


async def closed(socket: ClientConnection, within: float = 30) -> tuple[int | None, str | None]:
    async with asyncio.timeout(within):
        with pytest.raises(ConnectionClosed):
            while True:
                await socket.recv()
    return socket.close_code, socket.close_reason


async def test_messages_pass_both_ways_as_they_are(system: Sockets):
    async with system.open() as socket:
        for message in ("", "grüezi", b"", b"\x00\xff", "x" * 70_000, os.urandom(1 << 20)):
            await socket.send(message)
            assert await socket.recv() == message
        async with asyncio.timeout(20):
            await (await socket.ping())


async def test_the_service_hears_who_calls_and_no_lies(system: Sockets):
    lies = {"X-Forwarded-For": "10.0.0.1", "X-User-Id": "1", "X-Request-Id": "mine"}
    async with connect(
        system.url + "/chat/socket?a=b%20c", additional_headers={**system.person.headers, **lies}, proxy=None
    ) as socket:
        await socket.send("hello")
        told = str(await socket.recv()).split("\n")
    assert told[0] == "/chat/socket?a=b%20c"
    names = [line.split(": ")[0] for line in told[1:]]
    assert {"authorization", "x-tenant-id", "traceparent"} <= set(names)
    assert "x-request-id: mine" in told
    assert "x-forwarded-for: 127.0.0.1" in told
    assert "x-user-id" not in names
    assert len(names) == len(set(names))


async def test_the_subprotocol_is_the_services_choice(system: Sockets):
    offered = [Subprotocol("unknown"), Subprotocol("branchwise.v1")]
    async with system.open(subprotocols=offered) as socket:
        assert socket.subprotocol == "branchwise.v1"
    async with system.open() as socket:
        assert socket.subprotocol is None


async def test_close_codes_pass_both_ways(system: Sockets):
    async with system.open() as socket:
        await socket.send("close 4007 because")
        assert await closed(socket) == (4007, "because")
    async with system.open() as socket:
        await socket.close(4009, "bye")
    async with asyncio.timeout(20):
        while (await system.service.closes.get())[0] != 4009:
            pass


async def test_the_service_hears_of_a_caller_who_vanished(system: Sockets):
    async with system.open() as socket:
        await socket.send("x")
        await socket.recv()
        socket.transport.abort()
        code, _ = await asyncio.wait_for(system.service.closes.get(), 20)
        assert code in (1000, 1001)


async def test_a_message_past_the_bound_ends_the_socket_either_way(system: Sockets):
    async with system.open() as socket:
        await socket.send(bytes(MAX_MESSAGE_BYTES + 1))
        assert (await closed(socket))[0] == 1009
    async with system.open(max_size=None) as socket:
        await socket.send("large")
        assert (await closed(socket))[0] == 1009


async def test_a_caller_who_does_not_read_makes_the_service_wait(system: Sockets):
    async with system.open() as socket:
        await socket.send("flood 2000")
        last = 0
        while last == 0 or last != system.service.sent:
            last = system.service.sent
            await asyncio.sleep(0.3)
        # 64 kB each: what is on its way is what the operating system and a few short queues hold.
        assert 0 < last < 1000
        for _ in range(2000):
            await socket.recv()


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/chat/socket", {}, 401),
        ("/chat/socket", {"Authorization": "Bearer nonsense"}, 401),
        ("/chat/socket", {"X-API-Key": "nonsense"}, 401),
        ("/ws", {"Authorization": "Bearer nonsense"}, 401),
        ("/chat//socket", {}, 400),
        ("/auth/operator/x", {}, 401),
    ],
)
async def test_who_may_not_does_not_get_a_socket(system: Sockets, path: str, headers: dict[str, str], status: int):
    with pytest.raises(InvalidStatus) as refused:
        await connect(system.url + path, additional_headers=headers, proxy=None)
    assert refused.value.response.status_code == status


async def test_another_tenant_is_refused(system: Sockets):
    dsn = system.servers.database.superuser_dsn
    headers = {**system.person.headers, "X-Tenant-Id": str(await add_tenant(dsn))}
    with pytest.raises(InvalidStatus) as refused:
        await connect(system.url + "/chat/socket", additional_headers=headers, proxy=None)
    assert refused.value.response.status_code == 403


async def test_a_socket_with_a_ticket_needs_no_token(system: Sockets):
    async with connect(system.url + "/ws?ticket=x", proxy=None) as socket:
        await socket.send("x")
        assert await socket.recv() == "x"


async def test_a_services_refusal_reaches_the_caller(system: Sockets):
    with pytest.raises(InvalidStatus) as refused:
        await system.open("/chat/refuse")
    assert refused.value.response.status_code == 403


async def test_only_pages_of_known_origins_open_sockets(system: Sockets):
    async with system.open(origin=APP) as socket:
        await socket.send("x")
        assert await socket.recv() == "x"
    for origin in ("https://evil.example.com", "null", "https://app.example.com.evil.com"):
        with pytest.raises(InvalidStatus) as refused:
            await system.open(origin=Origin(origin))
        assert refused.value.response.status_code == 403


async def test_an_ended_session_closes_its_socket_at_once_and_no_other(system: Sockets):
    dsn = system.servers.database.superuser_dsn
    leaving = await add_person(dsn, await add_tenant(dsn))
    async with system.open(person=leaving) as ends, system.open() as stays:
        await ends.send("x")
        assert await ends.recv() == "x"
        await execute(dsn, "update auth.session set revoked_at = now() where session_id = $1", leaving.account_id)
        await tell(system.settings, AccessChange(sessions=[leaving.account_id]))
        assert (await closed(ends, within=20))[0] == 4401
        await stays.send("still here")
        assert await stays.recv() == "still here"
    with pytest.raises(InvalidStatus):
        await system.open(person=leaving)


async def test_who_left_the_tenant_loses_the_socket_in_it(system: Sockets):
    dsn = system.servers.database.superuser_dsn
    leaving = await add_person(dsn, await add_tenant(dsn))
    async with system.open(person=leaving) as socket:
        await execute(dsn, "delete from auth.membership where account_id = $1", leaving.account_id)
        await tell(system.settings, AccessChange(accounts=[leaving.account_id]))
        assert (await closed(socket, within=20))[0] == 4401


async def test_a_change_that_takes_nothing_away_leaves_the_socket_open(system: Sockets):
    async with system.open() as socket:
        await tell(system.settings, AccessChange(tenants=[system.person.tenant_id]))
        await socket.send("x")
        assert await socket.recv() == "x"


async def test_without_word_of_it_an_ended_session_is_out_by_the_next_look(
    system: Sockets, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sockets, "_CHECK_AGAIN_SECONDS", 1)
    monkeypatch.setattr(sockets, "_RETRY_SECONDS", 0.1)
    dsn = system.servers.database.superuser_dsn
    leaving = await add_person(dsn, await add_tenant(dsn))
    async with system.open(person=leaving) as socket:
        await execute(dsn, "update auth.session set revoked_at = now() where session_id = $1", leaving.account_id)
        assert (await closed(socket, within=20))[0] == 4401


async def test_a_silent_socket_ends(system: Sockets, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sockets, "_IDLE_SECONDS", 0.3)
    async with system.open() as socket:
        assert (await closed(socket, within=20))[0] == 1001


async def tell(settings: Settings, change: AccessChange) -> None:
    client = await nats.connect(settings.nats_url)
    await announce(client, change)
    await client.close()


async def execute(dsn: str, statement: str, value: object) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(statement, value)
    await connection.close()
