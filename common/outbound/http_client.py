"""An HTTP client for addresses that a tenant sets."""

import asyncio
import os
import ssl
from collections.abc import Awaitable, Callable, Iterable
from functools import cache, partial
from typing import Any, cast

import httpcore
import httpx

from common.outbound.guard import Guard, HostRefused
from common.outbound.resolver import Address
from common.outbound.url import UrlRefused, place_of

TIMEOUT = httpx.Timeout(30, connect=10)
LIMITS = httpx.Limits(max_connections=50, max_keepalive_connections=10, keepalive_expiry=30)


def outbound_client(guard: Guard, *, allow_http: bool = False) -> httpx.AsyncClient:
    """Return a client that connects only to hosts that the guard allows, whatever URL it is given or redirected to.

    It follows redirects only if a call requests that, and then checks each of them. It ignores proxies set in the
    environment, which would resolve and connect in its place. It verifies TLS for the name in the URL. A refused
    connection raises `httpx.ConnectError`.
    """
    transport = _GuardedTransport(guard, allow_http=allow_http)
    return httpx.AsyncClient(transport=transport, trust_env=False, follow_redirects=False, timeout=TIMEOUT)


def _tls() -> ssl.SSLContext:
    """Return the TLS context that all clients share: loading the authorities blocks the process for tens of ms."""
    return _tls_by(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@cache
def _tls_by(*places: str | None) -> ssl.SSLContext:
    del places  # They are the cache's key; httpx reads the environment itself.
    return httpx.create_ssl_context()


class _GuardedTransport(httpx.AsyncHTTPTransport):
    def __init__(self, guard: Guard, *, allow_http: bool) -> None:
        super().__init__(verify=_tls(), trust_env=False)
        self._allow_http = allow_http
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=_tls(),
            max_connections=LIMITS.max_connections,
            max_keepalive_connections=LIMITS.max_keepalive_connections,
            keepalive_expiry=LIMITS.keepalive_expiry,
            network_backend=_GuardedNetwork(guard),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            place_of(str(request.url), allow_http=self._allow_http)
        except UrlRefused as refused:
            raise httpx.ConnectError(str(refused), request=request) from refused
        return await super().handle_async_request(request)


class _GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to an address that the guard has resolved and allowed. TLS and `Host` still use the name."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._network = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 -- the interface's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._guard.addresses(host, port)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        attempt = partial(
            self._network.connect_tcp,
            port=port,
            timeout=timeout,
            local_address=local_address,
            socket_options=socket_options,
        )
        stream = await _connect_to_first(attempt, addresses)
        try:
            ends = stream.get_extra_info("client_addr"), stream.get_extra_info("server_addr")
            self._guard.refuse_own_machine(host, port, ends[0][0], ends[1][0])
        except HostRefused as error:
            await stream.aclose()
            raise httpcore.ConnectError(str(error)) from error
        return stream

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        raise httpcore.ConnectError("a socket of this machine is never connected to")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def _connect_to_first(
    connect: Callable[[str], Awaitable[httpcore.AsyncNetworkStream]], addresses: list[Address]
) -> httpcore.AsyncNetworkStream:
    """Connect to the first address that accepts a connection. If none does, raise the last address's error."""
    for address in addresses[:-1]:
        try:
            return await connect(str(address))
        except (httpcore.ConnectError, httpcore.ConnectTimeout):
            continue
    return await connect(str(addresses[-1]))
