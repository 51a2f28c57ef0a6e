import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from functools import partial
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.types import Receive

from common.http.workers import Workers
from common.settings import Settings
from common.testing.people import Person
from common.testing.serve import serve
from services.gateway.api import entry
from services.gateway.api.entry import Gateway
from services.gateway.errors import ServiceTooSlow, ServiceUnreachable, UploadStalled
from services.gateway.sources.request_body import RequestBody
from services.gateway.sources.upstream import Exchange, Place, Upstream
from tests.gateway.conftest import System
from tests.gateway.stand_in import StandIn

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_service_that_is_down_is_a_502_that_names_it(alone: Settings):
    async with serve(Gateway(alone)) as url, httpx.AsyncClient(base_url=url, timeout=20) as client:
        for method in ("GET", "POST"):
            answer = await client.request(method, "/mp/collect")
            assert answer.status_code == 502
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert answer.json()["type"] == "urn:branchwise:problem:service-unreachable"
            assert "data" in answer.json()["detail"]
            assert answer.json()["request_id"] == answer.headers["X-Request-Id"]
            assert str(alone.port_of("data")) not in answer.text
        ready = await client.get("/health/ready")
        assert ready.status_code == 503


async def test_what_hears_of_changed_access_is_started_anew(alone: Settings, monkeypatch: pytest.MonkeyPatch):
    starts, hears = list[str](), asyncio.Event()

    async def follow(url: str, *_: object) -> None:
        starts.append(url)
        if len(starts) == 1:
            message = "the bus went in the middle of it"
            raise OSError(message)
        hears.set()
        await asyncio.Event().wait()

    async def at_once(_: float) -> None:
        await asyncio.sleep(0)

    monkeypatch.setattr(entry, "follow", follow)
    monkeypatch.setattr(entry, "Workers", partial(Workers, pause=at_once))
    async with serve(Gateway(alone)), asyncio.timeout(20):
        await hears.wait()

    assert starts == [alone.nats_url] * 2


async def test_without_auth_no_token_is_believed(alone: Settings, person: Person):
    async with (
        serve(StandIn("data"), alone.port_of("data")),
        serve(Gateway(alone)) as url,
        httpx.AsyncClient(base_url=url, timeout=20) as client,
    ):
        answer = await client.get("/data/thing", headers=person.headers)
        assert answer.status_code == 502
        eddsa = alone.model_copy(update={"jwt_algorithm": "EdDSA"})
        async with serve(Gateway(eddsa)) as other, httpx.AsyncClient(base_url=other, timeout=20) as asking:
            token = "eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCIsImtpZCI6IngifQ.e30.eA"  # {alg EdDSA, kid x}.{}
            answer = await asking.get("/data/thing", headers={"Authorization": f"Bearer {token}"})
            assert (answer.status_code, answer.json()["type"]) == (503, "urn:branchwise:problem:signing-keys-away")


async def test_the_document_holds_what_answers(alone: Settings):
    async with (
        serve(StandIn("data"), alone.port_of("data")),
        serve(Gateway(alone)) as url,
        httpx.AsyncClient(base_url=url, timeout=20) as client,
    ):
        assert list((await client.get("/openapi.json")).json()["paths"]) == ["/data/thing/{id}"]


async def test_a_small_answer_that_breaks_off_is_a_502(system: System):
    answer = await system.client.get("/mp/break-small")
    assert (answer.status_code, answer.json()["type"]) == (502, "urn:branchwise:problem:service-unreachable")
    assert "less than that" not in answer.text


async def test_an_answer_that_breaks_off_later_does_not_look_whole(system: System):
    with pytest.raises(httpx.RemoteProtocolError):
        await system.client.get("/mp/break-late")


async def test_a_service_that_does_not_begin_to_answer_is_too_slow(alone: Settings):
    async with serve(StandIn("data"), alone.port_of("data")) as url:
        upstream = Upstream(first_byte_seconds=0.2)
        with pytest.raises(ServiceTooSlow):
            await upstream.ask("data", _place(url), "GET", _head(b"GET", b"/hang"), None).begin()


async def test_an_upload_may_take_longer_than_the_first_byte(alone: Settings):
    async with serve(StandIn("data"), alone.port_of("data")) as url:
        upstream = Upstream(first_byte_seconds=2)
        body = _body_of(_slowly(8, seconds=0.3))
        exchange = upstream.ask("data", _place(url), "POST", _head(b"POST", b"/data/x", _CHUNKED), body)
        assert json.loads((await exchange.begin()).taken())["size"] == 8_000


async def test_a_caller_who_stops_sending_is_told_so(alone: Settings):
    async with serve(StandIn("data"), alone.port_of("data")) as url:
        upstream = Upstream(first_byte_seconds=0.2)
        with pytest.raises(UploadStalled):
            body = _body_of(_slowly(2, seconds=5))
            await upstream.ask("data", _place(url), "POST", _head(b"POST", b"/data/x", _CHUNKED), body).begin()


@pytest.mark.parametrize("method", [b"GET", b"HEAD", b"PUT", b"DELETE"])
async def test_what_may_come_twice_is_sent_once_more_when_its_connection_dies_unanswered(method: bytes):
    body = b"" if method in (b"GET", b"HEAD") else b"the body"
    async with _drops(1) as (place, seen):
        answer = await _asked(Upstream(), place, method, body).begin()
    assert answer.status == 200
    assert seen == [(method, body)] * 2


@pytest.mark.parametrize("method", [b"POST", b"PATCH"])
async def test_what_may_have_been_done_is_not_sent_again(method: bytes):
    async with _drops(1) as (place, seen):
        with pytest.raises(ServiceUnreachable):
            await _asked(Upstream(), place, method, b"the body").begin()
    assert seen == [(method, b"the body")]


async def test_a_service_that_hangs_up_twice_is_unreachable():
    async with _drops(2) as (place, seen):
        with pytest.raises(ServiceUnreachable):
            await _asked(Upstream(), place, b"GET", b"").begin()
    assert len(seen) == 2


async def test_nothing_is_written_to_a_connection_that_the_service_has_just_closed():
    async with _drops(0) as (place, seen):
        upstream = Upstream()
        first = _asked(upstream, place, b"POST", b"1")
        connection = await first.begin()
        assert connection.taken() == b"ok"
        first.end()
        # As the loop does when it reads the service's end, before it tells the connection in its next turn.
        connection._transport.close()
        second = await _asked(upstream, place, b"POST", b"2").begin()
    assert second.status == 200
    assert seen == [(b"POST", b"1"), (b"POST", b"2")]


@asynccontextmanager
async def _drops(count: int) -> AsyncGenerator[tuple[Place, list[tuple[bytes, bytes]]]]:
    """A service that hangs up on so many requests once it has read them, and answers the others; what it has read."""
    seen: list[tuple[bytes, bytes]] = []

    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
                seen.append((head.split(b" ")[0], await reader.readexactly(int(length))))
                if len(seen) <= count:
                    break
                is_head = seen[-1][0] == b"HEAD"
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + (b"" if is_head else b"ok"))
        writer.close()

    server = await asyncio.start_server(serve_one, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[:2], seen


def _asked(upstream: Upstream, place: Place, method: bytes, content: bytes) -> Exchange:
    async def pieces() -> AsyncGenerator[bytes]:
        yield content

    body = RequestBody(_receive(pieces()), len(content), is_chunked=False, max_bytes=100) if content else None
    head = _head(method, b"/", b"content-length: %d" % len(content))
    return upstream.ask("data", place, method.decode(), head, body)


_CHUNKED = b"transfer-encoding: chunked"


def _place(url: str) -> tuple[str, int]:
    return "127.0.0.1", urlsplit(url).port or 0


def _head(method: bytes, target: bytes, *lines: bytes) -> bytes:
    return b"\r\n".join([method + b" " + target + b" HTTP/1.1", b"host: x", *lines, b"", b""])


def _body_of(pieces: AsyncGenerator[bytes]) -> RequestBody:
    return RequestBody(_receive(pieces), 0, is_chunked=True, max_bytes=1 << 30)


def _receive(pieces: AsyncGenerator[bytes]) -> Receive:
    async def receive() -> dict[str, object]:
        piece = await anext(pieces, None)
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    return receive


async def _slowly(count: int, *, seconds: float) -> AsyncGenerator[bytes]:
    for _ in range(count):
        yield bytes(1000)
        await asyncio.sleep(seconds)
