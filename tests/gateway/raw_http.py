"""Requests byte for byte, as no well-behaved client would send them."""

import asyncio
from urllib.parse import urlsplit

# Targets that try to mean one path to the gateway and another to a service.
TRICKS = [
    b"/email/t/../../data/events",
    b"/email/t/..%2f..%2fdata/events",
    b"/email/t/%2e%2e/%2e%2e/data/events",
    b"/email/t/%2E./data/events",
    b"/email/t/..;/..;/data/events",
    b"/email/t/x;a=b",
    b"/email/t/x%3ba=b",
    b"//data/events",
    b"/mp//collect",
    b"/mp/./collect",
    b"/mp/..",
    b"/mp/.",
    b"/mp/collect/..%5c..%5cdata",
    b"/mp/..\\data",
    b"/mp/%252e%252e/data",
    b"/mp/%25%32%65/data",
    b"/mp/x%2fdata",
    b"/mp/x%2Fdata",
    b"/mp/x%00",
    b"/mp/x%0d%0aX-Tenant-Id:%201",
    b"/mp/%zz",
    b"/mp/%2",
    b"/mp/%ff",
    b"/auth/operator%2ftokens",
    b"/auth/%6fperator/tokens/..",
]


async def raw_request(
    url: str, target: bytes, *headers: bytes, method: bytes = b"GET", body: bytes = b""
) -> tuple[int, bytes]:
    """Send a request with exactly this target and these header lines; answers the status and everything that came."""
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    lines = [method + b" " + target + b" HTTP/1.1", b"Host: gateway", b"Connection: close", *headers]
    writer.write(b"\r\n".join(lines) + b"\r\n\r\n" + body)
    await writer.drain()
    async with asyncio.timeout(20):
        answer = await reader.read()
    writer.close()
    return int(answer.split(b" ", 2)[1]), answer
