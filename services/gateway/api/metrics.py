"""The gateway's `/metrics`, on a port of its own that only this machine can reach: the gateway's port is public."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Final

from loguru import logger
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from common.http.methods import METHODS
from common.http.request_times import REQUESTS
from services.gateway.domain.request_headers import SiftedHeaders

_TIMEOUT_SECONDS: Final = 5


def note_request(method: str, sifted: SiftedHeaders, seconds: float) -> None:
    """Measure one request. Its `route` is the service that it was forwarded to, or the gateway's own path."""
    # Callers can invent methods, and every label value is kept in memory for good, so unknown ones are counted as one.
    REQUESTS.note("gateway", method if method in METHODS else "other", sifted.route, sifted.status, seconds)


@asynccontextmanager
async def metrics_served(port: int) -> AsyncGenerator[None]:
    """Serve metrics on 127.0.0.1; port 0 turns them off. If the port is taken, log a warning and go without."""
    server: asyncio.Server | None = None
    if port:
        try:
            server = await asyncio.start_server(_serve, "127.0.0.1", port)
        except OSError as error:
            logger.warning("no metrics: GATEWAY_METRICS_PORT {}: {}", port, error.strerror)
    try:
        yield
    finally:
        if server is not None:
            server.close()


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request per connection, which is what a scrape needs."""
    with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
            writer.write(_answer(head.partition(b"\r\n")[0]))
            await writer.drain()
    writer.close()


def _answer(request_line: bytes) -> bytes:
    method, _, target = request_line.rpartition(b" ")[0].partition(b" ")
    if target.partition(b"?")[0] != b"/metrics":
        status, kind, body = b"404 Not Found", b"text/plain", b"Only /metrics is here.\n"
    elif method != b"GET":
        status, kind, body = b"405 Method Not Allowed\r\nallow: GET", b"text/plain", b""
    else:
        status, kind, body = b"200 OK", CONTENT_TYPE_LATEST.encode(), generate_latest()
    head = b"HTTP/1.1 %b\r\ncontent-type: %b\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
    return head % (status, kind, len(body)) + body
