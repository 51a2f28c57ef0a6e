"""The pooled HTTP client that carries requests to the services and their answers back, streaming both ways."""

import asyncio
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

    def ask(self, service: str, method: str, url: str, headers: Headers, body: RequestBody | None) -> "Question":
        """A request to a service; entering it sends it and gives the answer, its body still to be read."""
        return Question(self, service, method, url, headers, body)

    async def begin(
        self, method: str, url: str, headers: Headers, body: RequestBody | None
    ) -> tuple[StreamRequest, Response]:
        """Send a request once, and wait for the head of its answer."""
        builder = self._client.request(method, url).headers(headers).streamed_read_buffer_limit(0)
        async with asyncio.timeout(self._first_byte_seconds) as deadline:
            if body is not None:
                builder = await body.attach(builder, deadline, self._first_byte_seconds)
            request = builder.build_streamed()
            return request, await request.__aenter__()


class Question:
    """One request to a service, open until its answer was read."""

    __slots__ = ("_arguments", "_body", "_method", "_request", "_service", "_upstream")

    def __init__(
        self, upstream: Upstream, service: str, method: str, url: str, headers: Headers, body: RequestBody | None
    ) -> None:
        self._upstream = upstream
        self._service = service
        self._method = method
        self._arguments = (method, url, headers)
        self._body = body
        self._request: StreamRequest | None = None

    async def __aenter__(self) -> Response:
        """Send it.

        Raises:
            ServiceUnreachable: no connection, or it broke before the answer began.
            ServiceTooSlow: no answer in time.
            CallerGone, UploadStalled: the caller left, or stopped sending.
        """
        try:
            self._request, response = await self._upstream.begin(*self._arguments, self._body)
        except (RequestError, TimeoutError) as error:
            if self._body is not None:
                self._body.raise_if_it_failed()
            if isinstance(error, RequestTimeoutError | TimeoutError):
                raise ServiceTooSlow(self._service) from error
            if not (isinstance(error, NetworkError) and self._method in _SAFE_METHODS and self._body is None):
                raise ServiceUnreachable(self._service) from error
            response = await self._once_more()
        return response

    async def __aexit__(self, *error: object) -> None:
        if self._request is not None:
            await self._request.__aexit__(*error)

    async def _once_more(self) -> Response:
        try:
            self._request, response = await self._upstream.begin(*self._arguments, None)
        except (RequestError, TimeoutError) as error:
            raise ServiceUnreachable(self._service) from error
        return response
