"""Requests byte for byte, as no well-behaved client would send them."""

import asyncio
from urllib.parse import urlsplit


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
