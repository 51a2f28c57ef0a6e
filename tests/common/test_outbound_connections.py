"""Connections to places that a tenant names: every way inside is closed, and the way to a server of its own is open."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from common.outbound import guard as guarding
from common.outbound.guard import Guard, HostRefused
from common.outbound.http_client import outbound_client
from common.outbound.judge import PlaceNotAllowed, refuse_host, refuse_url
from common.outbound.resolver import Resolver
from common.settings import Settings
from common.testing.tls_smtp import Authority

PUBLIC = "192.0.43.8"


def redirect_to(url: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {url}\r\nContent-Length: 0\r\n\r\n".encode()


class Dns:
    """Stands where the system's resolver is asked: each name answers in turn from its list, then the last again."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers: dict[str, list[list[str]]] = {}
        self.asked: list[str] = []
        self._real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self._resolve)
        monkeypatch.setattr(guarding, "RESOLVER", Resolver(cache_seconds=0))

    def _resolve(self, host: str, port: int | None, *more: Any, **named: Any) -> list[Any]:
        if host not in self.answers:
            return self._real(host, port, *more, **named)
        self.asked.append(host)
        turns = self.answers[host]
        found = turns.pop(0) if len(turns) > 1 else turns[0]
        return [entry for text in found for entry in self._real(text, port, type=socket.SOCK_STREAM)]


class Door:
    """A server inside, at `port` of 127.0.0.1: `callers` counts who got in, `heard` what they said."""

    def __init__(self) -> None:
        self.port = 0
        self.callers = 0
        self.heard = b""
        self.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ninside"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.callers += 1
        self.heard += await reader.read(65_536)
        writer.write(self.answer)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def open_door(**options: Any) -> AsyncGenerator[Door]:
    door = Door()
    server = await asyncio.start_server(door.serve, "127.0.0.1", 0, **options)
    door.port = server.sockets[0].getsockname()[1]
    async with server:
        yield door


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> Dns:
    return Dns(monkeypatch)


@pytest.fixture
async def door() -> AsyncGenerator[Door]:
    async with open_door() as opened:
        yield opened


def guard_allowing(*places: str) -> Guard:
    return Guard(Settings(allow_private_hosts=",".join(places)))


@pytest.fixture
def sent_out(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses that a connection was begun to, without one leaving this machine."""
    begun: list[str] = []

    async def refused(_self: object, _opened: object, place: tuple[str, int]) -> None:
        begun.append(place[0])
        raise ConnectionRefusedError(111, "nobody there")

    monkeypatch.setattr(asyncio.SelectorEventLoop, "sock_connect", refused)
    return begun


Attempt = Callable[[Guard, str, int], Awaitable[object]]


async def by_http(guard: Guard, host: str, port: int) -> object:
    async with outbound_client(guard, allow_http=True) as client:
        return await client.get(f"http://{host}:{port}/")


async def by_socket(guard: Guard, host: str, port: int) -> object:
    opened = await guard.open_socket(host, port, 5)
    opened.close()
    return opened


@pytest.fixture(params=[by_http, by_socket])
def attempt(request: pytest.FixtureRequest) -> Attempt:
    """The two ways out."""
    return request.param


REFUSED = (HostRefused, httpx.ConnectError)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.1.", "0.0.0.0"])  # noqa: S104 -- attacks
async def test_nothing_of_this_machine_is_reached(attempt: Attempt, door: Door, host: str) -> None:
    with pytest.raises(REFUSED):
        await attempt(guard_allowing(), host, door.port)
    assert door.callers == 0


async def test_a_name_is_asked_once_and_another_answer_the_next_time_gains_nothing(
    attempt: Attempt, dns: Dns, door: Door, sent_out: list[str]
) -> None:
    dns.answers["rebinding.example"] = [[PUBLIC], ["127.0.0.1"]]
    with pytest.raises((OSError, httpx.ConnectError)):
        await attempt(guard_allowing(), "rebinding.example", door.port)
    assert dns.asked == ["rebinding.example"]
    assert set(sent_out) == {PUBLIC}
    with pytest.raises(REFUSED):
        await attempt(guard_allowing(), "rebinding.example", door.port)
    assert set(sent_out) == {PUBLIC}
    assert door.callers == 0


@pytest.mark.parametrize("answers", [[PUBLIC, "127.0.0.1"], ["127.0.0.1", PUBLIC], [PUBLIC, "::1"]])
async def test_a_name_with_one_address_inside_is_refused_whole(
    attempt: Attempt, dns: Dns, door: Door, sent_out: list[str], answers: list[str]
) -> None:
    dns.answers["mixed.example"] = [answers]
    with pytest.raises(REFUSED, match="internal networks"):
        await attempt(guard_allowing(), "mixed.example", door.port)
    assert sent_out == []


async def test_a_redirect_inside_is_not_followed_by_itself_and_refused_where_it_is(door: Door) -> None:
    async with open_door() as outside:
        outside.answer = redirect_to(f"http://localhost:{door.port}/")
        async with outbound_client(guard_allowing(f"127.0.0.1:{outside.port}"), allow_http=True) as client:
            answer = await client.get(f"http://127.0.0.1:{outside.port}/")
            assert answer.status_code == 302
            with pytest.raises(httpx.ConnectError, match="internal networks"):
                await client.get(f"http://127.0.0.1:{outside.port}/", follow_redirects=True)
    assert door.callers == 0


async def test_a_redirect_out_of_tls_is_refused(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, door: Door
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    async with open_door(ssl=authority.context_for("127.0.0.1")) as outside:
        outside.answer = redirect_to(f"http://127.0.0.1:{door.port}/")
        guard = guard_allowing(f"127.0.0.1:{outside.port}", f"127.0.0.1:{door.port}")
        async with outbound_client(guard) as client:
            with pytest.raises(httpx.ConnectError, match="must begin with https"):
                await client.get(f"https://127.0.0.1:{outside.port}/", follow_redirects=True)
    assert door.callers == 0


async def test_no_proxy_of_the_environment_connects_in_our_place(
    door: Door, monkeypatch: pytest.MonkeyPatch, dns: Dns
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{door.port}")
    dns.answers["inside.example"] = [["10.0.0.1"]]
    async with outbound_client(guard_allowing(), allow_http=True) as client:
        for scheme in ("http", "https"):
            with pytest.raises(httpx.ConnectError, match="internal networks"):
                await client.get(f"{scheme}://inside.example/")
    assert door.callers == 0


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


async def test_the_certificate_must_be_of_the_name_not_of_the_address(
    authority: Authority, dns: Dns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    dns.answers["shop.example"] = dns.answers["other.example"] = [["127.0.0.1"]]
    async with open_door(ssl=authority.context_for("shop.example")) as shop:
        guard = guard_allowing(f"shop.example:{shop.port}", f"other.example:{shop.port}", f"127.0.0.1:{shop.port}")
        async with outbound_client(guard) as client:
            assert (await client.get(f"https://shop.example:{shop.port}/")).text == "inside"
            for host in ("other.example", "127.0.0.1"):
                with pytest.raises(httpx.ConnectError, match="certificate verify failed"):
                    await client.get(f"https://{host}:{shop.port}/")
    assert b"Host: shop.example" in shop.heard


async def test_an_allowed_place_opens_exactly_itself(attempt: Attempt, dns: Dns, door: Door) -> None:
    dns.answers["mail.internal"] = dns.answers["evil.example"] = [["127.0.0.1"]]
    by_name, by_address = guard_allowing(f"mail.internal:{door.port}"), guard_allowing(f"127.0.0.1:{door.port}")
    await attempt(by_name, "Mail.Internal.", door.port)
    await attempt(by_address, "127.0.0.1", door.port)
    for guard, host in ((by_name, "127.0.0.1"), (by_address, "evil.example"), (by_address, "mail.internal")):
        with pytest.raises(REFUSED):
            await attempt(guard, host, door.port)
    with pytest.raises(REFUSED):
        await attempt(by_address, "127.0.0.1", door.port + 1)


async def test_a_connection_that_never_left_this_machine_is_closed_before_a_byte_is_sent(
    attempt: Attempt, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    def as_if_public(_address: object) -> bool:
        return True

    monkeypatch.setattr(guarding, "is_public", as_if_public)
    with pytest.raises(REFUSED, match="this machine itself"):
        await attempt(guard_allowing(), "127.0.0.1", door.port)
    assert door.heard == b""


async def test_what_is_saved_is_judged_too_and_the_field_named(dns: Dns) -> None:
    dns.answers["inside.example"] = [["192.168.1.1"]]
    for url in ("https://inside.example/", "https://127.0.0.1/", "https://[::1]/", "http://shop.example/", "nonsense"):
        with pytest.raises(PlaceNotAllowed) as refused:
            await refuse_url(guard_allowing(), "shop_url", url)
        assert [error.field for error in refused.value.errors] == ["shop_url"]
    with pytest.raises(PlaceNotAllowed):
        await refuse_host(guard_allowing(), "server", "inside.example", 25)


async def test_a_name_that_nobody_has_yet_may_be_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    await refuse_url(guard_allowing(), "shop_url", "https://later.example/")
    await refuse_host(guard_allowing(), "server", "later.example", 25)
