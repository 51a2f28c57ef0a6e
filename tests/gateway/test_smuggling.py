"""Requests that two servers might take apart in two ways: none may put a second request behind the gateway."""

import asyncio
from urllib.parse import urlsplit

import pytest

from tests.gateway.conftest import System
from tests.gateway.raw_http import raw_request

pytestmark = pytest.mark.asyncio(loop_scope="module")

SMUGGLED = b"GET /data/smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked"
END = b"0\r\n\r\n"
_ITS_LENGTH = b"Content-Length: %d" % len(SMUGGLED)

# Header lines and a body that hides a second request from whoever reads the first one's length in another way.
SHAPES = {
    "length and chunks": ([b"Content-Length: 5", CHUNKED], END + SMUGGLED),
    "chunks and length": ([CHUNKED, b"Content-Length: 5"], END + SMUGGLED),
    "two lengths": ([b"Content-Length: 3", _ITS_LENGTH], b"abc" + SMUGGLED),
    "two equal lengths": ([b"Content-Length: 3", b"Content-Length: 3"], b"abc"),
    "a list of lengths": ([b"Content-Length: 3, 45"], b"abc" + SMUGGLED),
    "a signed length": ([b"Content-Length: +3"], b"abc" + SMUGGLED),
    "a length in hexadecimal": ([b"Content-Length: 0x3"], b"abc" + SMUGGLED),
    "a negative length": ([b"Content-Length: -1"], SMUGGLED),
    "a length with a blank in it": ([b"Content-Length: 3 5"], b"abc" + SMUGGLED),
    "a blank before the colon": ([b"Content-Length : %d" % len(SMUGGLED)], SMUGGLED),
    "chunks under another name": ([b"Transfer-Encoding: xchunked"], END + SMUGGLED),
    "chunks twice": ([CHUNKED, CHUNKED], END + SMUGGLED),
    "chunks, then identity": ([b"Transfer-Encoding: chunked, identity"], END + SMUGGLED),
    "gzip, then chunks": ([b"Transfer-Encoding: gzip, chunked"], END + SMUGGLED),
    "chunks behind a vertical tab": ([b"Transfer-Encoding: \x0bchunked"], END + SMUGGLED),
    "chunks named with an underscore": ([b"Transfer_Encoding: chunked", _ITS_LENGTH], END + SMUGGLED),
    "a folded header": ([b"X-A: 1", b" " + _ITS_LENGTH], SMUGGLED),
    "a folded encoding": ([b"Transfer-Encoding:", b" chunked", b"Content-Length: 5"], END + SMUGGLED),
    "a bare line feed in a header": ([b"X-A: 1\n" + _ITS_LENGTH], SMUGGLED),
    "a bare carriage return in a header": ([b"X-A: 1\r" + _ITS_LENGTH], SMUGGLED),
    "a zero byte in a header": ([b"X-A: 1\0b"], b""),
    "a chunk of odd size": ([CHUNKED], b"3z\r\nabc\r\n" + END + SMUGGLED),
    "a chunk that is longer than it says": ([CHUNKED], b"1\r\nabc\r\n" + END + SMUGGLED),
    "a chunk's size that overflows": ([CHUNKED], b"fffffffffffffffff\r\nabc\r\n" + SMUGGLED),
    "two hosts": ([b"Host: other"], b""),
}


# Where the server in front of the gateway decides for one reading before the gateway sees the request.
TAKEN = {
    ("granian", "length and chunks"): "granian goes by the chunks and drops the length (RFC 9112, 6.3)",
    ("granian", "chunks and length"): "granian goes by the chunks and drops the length (RFC 9112, 6.3)",
    ("granian", "a bare line feed in a header"): "granian takes it for the end of the line (RFC 9112, 2.2)",
}


@pytest.mark.parametrize("shape", SHAPES)
async def test_no_shape_of_a_body_hides_a_second_request(system: System, shape: str):
    lines, body = SHAPES[shape]
    _, answer = await raw_request(system.url, b"/mp/collect", *lines, method=b"POST", body=body)
    # The connection is closed after the one request, however its length was read: a server that goes on reading
    # has a second answer here, or the data service a second request.
    assert answer.count(b"HTTP/1.1 ") == 1, answer
    assert [told["path"] for told in system.behind["data"].seen] in ([], ["/mp/collect"])


@pytest.mark.parametrize(
    "shape",
    [
        "length and chunks",
        "chunks and length",
        "two lengths",
        "a signed length",
        "a negative length",
        "a blank before the colon",
        "a folded header",
        "a bare line feed in a header",
        "two hosts",
    ],
)
async def test_what_cannot_be_read_in_one_way_is_refused(system: System, shape: str):
    if (system.server, shape) in TAKEN:
        pytest.skip(TAKEN[system.server, shape])
    lines, body = SHAPES[shape]
    status, _ = await raw_request(system.url, b"/mp/collect", *lines, method=b"POST", body=body)
    assert status == 400
    assert system.behind["data"].seen == []


async def test_trailers_do_not_become_headers(system: System):
    if system.server == "uvicorn":
        pytest.skip("uvicorn itself reads them as headers: of the same caller, who could have sent them as such")
    body = b"3\r\nabc\r\n0\r\nX-Tenant-Id: 1\r\nAuthorization: Bearer x\r\n\r\n"
    status, _ = await raw_request(
        system.url, b"/mp/collect", CHUNKED, b"Trailer: X-Tenant-Id", method=b"POST", body=body
    )
    assert status == 200
    (told,) = system.behind["data"].seen
    assert not {"x-tenant-id", "authorization", "trailer"} & {name for name, _ in told["headers"]}
    assert told["size"] == 3


async def test_requests_in_one_connection_are_answered_in_their_order(system: System):
    place = urlsplit(system.url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    for number in range(3):
        writer.write(b"POST /mp/%d HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" % number)
    await writer.drain()
    for number in range(3):
        async with asyncio.timeout(30):
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            assert b'"/mp/%d"' % number in await reader.readexactly(length)
    writer.close()


@pytest.mark.parametrize(
    "target",
    [
        b"http://evil.example.com/data/events",
        b"http://127.0.0.1/auth/operator/tokens",
        b"data/events",
        b"*",
        b"evil.example.com:443",
        b"/data/x\x01",
        b"/data/x?a\tb",
        b"/data/x?\x7f",
        b"/data/x#y",
    ],
)
async def test_targets_of_another_form_reach_no_service_unjudged(system: System, target: bytes):
    await raw_request(system.url, target, b"Authorization: Bearer nonsense")
    assert not any(stand_in.seen for stand_in in system.behind.values())


async def test_connect_and_trace_reach_nothing(system: System):
    for method in (b"CONNECT", b"TRACE"):
        await raw_request(system.url, b"/data/x", method=method)
    assert not any(stand_in.seen for stand_in in system.behind.values())


@pytest.mark.parametrize("name", [b"x-tenant-id", b"X-TENANT-ID", b"x-TeNaNt-iD"])
async def test_the_tenants_header_is_one_however_it_is_written(system: System, name: bytes):
    token = b"Authorization: " + system.person.headers["Authorization"].encode()
    own, other = str(system.person.tenant_id).encode(), b"00000000-0000-4000-8000-000000000001"
    assert (await raw_request(system.url, b"/data/x", token, name + b": " + own))[0] == 200
    assert (await raw_request(system.url, b"/data/x", token, name + b": " + other))[0] == 403
    assert (await raw_request(system.url, b"/data/x", token, b"X-Tenant-Id: " + own, name + b": " + other))[0] == 400
    assert (await raw_request(system.url, b"/data/x", token, name + b":"))[0] == 400
    assert (await raw_request(system.url, b"/data/x", token, name + b": " + own + b", " + other))[0] == 400
    assert len(system.behind["data"].seen) == 1


async def test_a_key_beside_a_token_and_a_key_given_twice_are_refused(system: System):
    token = b"Authorization: " + system.person.headers["Authorization"].encode()
    for lines in ([token, b"X-API-Key: a"], [b"X-API-Key: a", b"X-API-Key: a"], [b"X-API-Key:"]):
        assert (await raw_request(system.url, b"/data/x", *lines))[0] == 401
    assert system.behind["data"].seen == []


async def test_more_headers_than_any_client_sends_are_refused(system: System):
    many = [b"X-%d: 1" % number for number in range(101)]
    assert (await raw_request(system.url, b"/mp/collect", *many))[0] == 431
    assert (await raw_request(system.url, b"/mp/collect", b"X-Long: " + b"a" * (33 << 10)))[0] == 431
    assert (await raw_request(system.url, b"/mp/collect?" + b"a" * (9 << 10)))[0] == 414
    assert system.behind["data"].seen == []
