import asyncio
from collections.abc import AsyncGenerator

import httpx
import pytest

from tests.gateway.conftest import System
from tests.gateway.stand_in import MEGABYTE

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def pieces(count: int, size: int = MEGABYTE) -> AsyncGenerator[bytes]:
    for _ in range(count):
        yield bytes(size)


@pytest.mark.parametrize("count", [1, 64])
async def test_a_body_arrives_whole_whatever_its_size(system: System, count: int):
    sized = await system.client.post("/data/import/x", content=bytes(count * MEGABYTE), headers=system.person.headers)
    assert sized.json()["size"] == count * MEGABYTE
    assert dict(sized.json()["headers"])["content-length"] == str(count * MEGABYTE)
    chunked = await system.client.post("/data/import/x", content=pieces(count), headers=system.person.headers)
    assert chunked.json()["size"] == count * MEGABYTE
    assert "content-length" not in dict(chunked.json()["headers"])


async def test_a_body_is_passed_on_while_it_still_comes(system: System):
    behind = system.behind["data"]

    async def body() -> AsyncGenerator[bytes]:
        yield bytes(100_000)
        async with asyncio.timeout(30):
            await behind.first_piece.wait()
        yield bytes(100_000)

    answer = await system.client.post("/data/import/x", content=body(), headers=system.person.headers)
    assert answer.json()["size"] == 200_000


async def test_an_answer_comes_whole_whatever_its_size(system: System):
    for megabytes in (1, 64):
        answer = await system.client.get(f"/data/big?{megabytes}", headers=system.person.headers)
        assert len(answer.content) == megabytes * MEGABYTE


async def test_events_of_a_stream_come_one_by_one(system: System):
    async with system.client.stream("GET", "/data/drip", headers=system.person.headers) as answer:
        events = answer.aiter_text()
        assert await anext(events) == "data: 1\n\n"
        system.behind["data"].released.set()
        assert await anext(events) == "data: 2\n\n"


async def test_a_caller_who_leaves_a_stream_is_noticed_behind(system: System):
    async with system.client.stream("GET", "/data/drip", headers=system.person.headers) as answer:
        await anext(answer.aiter_text())
    async with asyncio.timeout(30):
        await system.behind["data"].caller_left.wait()


async def test_a_caller_who_leaves_an_upload_is_noticed_behind(system: System):
    async def body() -> AsyncGenerator[bytes]:
        yield bytes(100_000)
        async with asyncio.timeout(30):
            await system.behind["data"].first_piece.wait()
        raise ConnectionError

    with pytest.raises((httpx.HTTPError, ConnectionError)):
        await system.client.post("/data/import/x", content=body(), headers=system.person.headers)
    async with asyncio.timeout(30):
        await system.behind["data"].caller_left.wait()
    assert system.behind["data"].seen == []


async def test_a_caller_who_leaves_before_the_answer_to_an_upload_is_noticed_behind(system: System):
    behind = system.behind["data"]
    asking = asyncio.ensure_future(
        system.client.post("/data/import/x/ponder", content=pieces(1), headers=system.person.headers)
    )
    async with asyncio.timeout(30):
        await behind.body_read.wait()
        asking.cancel()
        await behind.caller_left.wait()


async def test_a_refusal_is_read_even_where_the_body_comes_after_it(system: System):
    place = httpx.URL(system.url)
    reader, writer = await asyncio.open_connection(place.host, place.port)
    head = b"POST /data/events HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Type: application/json\r\n\r\n"
    for _ in range(3):
        writer.write(head)
        await writer.drain()
        async with asyncio.timeout(20):
            answer = await reader.readuntil(b"\r\n\r\n")
            length = int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
        assert answer.startswith(b"HTTP/1.1 401")
        writer.write(b"null")
        await writer.drain()
    writer.close()


async def test_a_services_refusal_in_the_middle_of_an_upload_is_passed_back(system: System):
    for _ in range(5):
        for content in (bytes(20 * MEGABYTE), pieces(20)):
            answer = await system.client.post("/mp/refuse", content=content)
            assert (answer.status_code, answer.json()["title"]) == (403, "not allowed")
