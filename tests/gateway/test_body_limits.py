import asyncio
from collections.abc import AsyncGenerator

import pytest

from services.gateway.domain import body_limits
from tests.gateway.conftest import System
from tests.gateway.raw_http import raw_request
from tests.gateway.stand_in import MEGABYTE

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def pieces(megabytes: int) -> AsyncGenerator[bytes]:
    for _ in range(megabytes):
        yield bytes(MEGABYTE)


async def test_a_length_past_the_bound_is_refused_before_a_byte_is_read(system: System):
    length = b"Content-Length: %d" % (33 * MEGABYTE)
    status, answer = await asyncio.wait_for(raw_request(system.url, b"/mp/collect", length, method=b"POST"), 20)
    assert status == 413
    assert b"urn:branchwise:problem:payload-too-large" in answer
    assert b"at most 32 MB" in answer
    assert system.behind["data"].seen == []


async def test_a_length_that_nobody_believes_is_refused(system: System):
    for path in (b"/mp/collect", b"/data/import/users"):
        lines = [b"Content-Length: 99999999999999999999"]
        lines += [f"{name}: {value}".encode() for name, value in system.person.headers.items()]
        assert (await raw_request(system.url, path, *lines, method=b"POST"))[0] in (400, 413)
    assert system.behind["data"].seen == []


async def test_a_body_without_a_length_is_refused_once_it_is_too_long(system: System):
    answer = await system.client.post("/mp/collect", content=pieces(40))
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:branchwise:problem:payload-too-large")
    assert system.behind["data"].seen == []


async def test_a_file_may_be_larger_than_json(system: System):
    answer = await system.client.post("/data/import/users", content=pieces(40), headers=system.person.headers)
    assert answer.json()["size"] == 40 * MEGABYTE
    answer = await system.client.post("/data/import/users", content=bytes(40 * MEGABYTE), headers=system.person.headers)
    assert answer.json()["size"] == 40 * MEGABYTE


async def test_files_of_several_gigabytes_are_taken_where_files_are_taken():
    assert body_limits.largest_body("/data/import/ga4-export") == body_limits.largest_body("/files") == 8 << 30
    assert body_limits.largest_body("/data/events") == body_limits.largest_body("/data/importer") == 32 << 20
