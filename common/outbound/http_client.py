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
    """A client that connects only to where the guard lets it, whatever URL it is given or redirected to.

    It follows no redirect unless told to for a call (each hop is judged then), uses no proxy of the environment, which
    would resolve and connect in our place, and verifies TLS for the name in the URL. What is refused is raised as
    `httpx.ConnectError`.
    """
    transport = _GuardedTransport(guard, allow_http=allow_http)
    return httpx.AsyncClient(transport=transport, trust_env=False, follow_redirects=False, timeout=TIMEOUT)


def _tls() -> ssl.SSLContext:
    """One for all clients: to load the authorities takes tens of milliseconds, in which nothing else is done."""
    return _tls_by(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@cache
def _tls_by(*places: str | None) -> ssl.SSLContext:
    del places  # (httpx looks there by itself)
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
    """Resolves and judges by the guard, and connects to the address judged. The name stays for TLS and `Host`."""

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
        stream = await _first(attempt, addresses)
        try:
            ends = stream.get_extra_info("client_addr"), stream.get_extra_info("server_addr")
            self._guard.refuse_itself(host, port, ends[0][0], ends[1][0])
        except HostRefused as error:
            await stream.aclose()
            raise httpcore.ConnectError(str(error)) from error
        return stream

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        raise httpcore.ConnectError("a socket of this machine is never connected to")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def _first(
    connect: Callable[[str], Awaitable[httpcore.AsyncNetworkStream]], addresses: list[Address]
) -> httpcore.AsyncNetworkStream:
    """A connection to the first of the addresses that takes one; what the last one said where none does."""
    for address in addresses[:-1]:
        try:
            return await connect(str(address))
        except (httpcore.ConnectError, httpcore.ConnectTimeout):
            continue
    return await connect(str(addresses[-1]))
