"""The pooled HTTP client that carries requests to the services and their answers back, streaming both ways."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import NetworkError, RequestError, RequestTimeoutError
from pyreqwest.request import StreamRequest
from pyreqwest.response import Response

from services.gateway.errors import ServiceTooSlow, ServiceUnreachable
from services.gateway.sources.request_body import RequestBody

CONNECT_SECONDS = 3
# From the last byte of the request to the first of the answer.
FIRST_BYTE_SECONDS = 60
_IDLE_CONNECTION_SECONDS = 4
_IDLE_CONNECTIONS = 128
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

Headers = list[tuple[str, str]]


def open_client() -> Client:
    """A client that changes nothing: no redirects followed, no proxy, no decompression."""
    builder = ClientBuilder().no_proxy().follow_redirects(False).referer(False).http1_lower_case_headers()
    builder = builder.gzip(False).brotli(False).zstd(False).deflate(False)
    builder = builder.connect_timeout(timedelta(seconds=CONNECT_SECONDS))
    # Shorter than uvicorn keeps a silent connection (5 s), so that a request rarely meets one that is closing.
    builder = builder.pool_idle_timeout(timedelta(seconds=_IDLE_CONNECTION_SECONDS))
    return builder.pool_max_idle_per_host(_IDLE_CONNECTIONS).build()


class Upstream:
    """Sends requests to services; one that can be repeated is, once, when its connection turns out dead."""

    def __init__(self, client: Client, first_byte_seconds: float = FIRST_BYTE_SECONDS) -> None:
        self._client = client
        self._first_byte_seconds = first_byte_seconds

    @asynccontextmanager
    async def ask(
        self, service: str, method: str, url: str, headers: Headers, body: RequestBody | None
    ) -> AsyncGenerator[Response]:
        """The service's answer, its body still to be read.

        Raises:
            ServiceUnreachable: no connection, or it broke before the answer began.
            ServiceTooSlow: no answer in time.
            UploadStalled: the caller stopped sending.
        """
        try:
            request, response = await self._begin(method, url, headers, body)
        except NetworkError as error:
            if body is not None:
                body.raise_if_it_failed()
            if method not in _SAFE_METHODS or body is not None:
                raise ServiceUnreachable(service) from error
            try:
                request, response = await self._begin(method, url, headers, None)
            except (RequestError, TimeoutError) as again:
                raise ServiceUnreachable(service) from again
        except (RequestTimeoutError, TimeoutError) as error:
            if body is not None:
                body.raise_if_it_failed()
            raise ServiceTooSlow(service) from error
        except RequestError as error:
            if body is not None:
                body.raise_if_it_failed()
            raise ServiceUnreachable(service) from error
        try:
            yield response
        finally:
            await request.__aexit__(None, None, None)

    async def _begin(
        self, method: str, url: str, headers: Headers, body: RequestBody | None
    ) -> tuple[StreamRequest, Response]:
        builder = self._client.request(method, url).headers(headers).streamed_read_buffer_limit(0)
        async with asyncio.timeout(self._first_byte_seconds) as deadline:
            if body is not None:
                builder = await body.attach(builder, deadline, self._first_byte_seconds)
            request = builder.build_streamed()
            return request, await request.__aenter__()
