"""Resolve hosts in threads of our own, so that slow name servers of one tenant do not delay other tenants."""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address, ip_address
from threading import Lock
from time import monotonic
from typing import Final, NamedTuple, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
# A name server that never answers blocks a thread for up to half a minute, even if nobody waits any more. So these
# threads, which are started when needed, are used for nothing else.
_THREADS: Final = 64
# How many of the threads one tenant may use at once, and how many more of its hosts may wait for one.
_PER_TENANT: Final = 8
_MOST_WAITING: Final = 100
# Long enough for the calls of one sync, and short compared with the time that a DNS change takes to spread.
_CACHE_SECONDS: Final = 10.0
_MAX_CACHED: Final = 1000


class TooManyLookUps(OSError):
    """Too many of the tenant's hosts wait to be looked up."""


class _Share:
    """The number of running look-ups of one tenant, and its waiting hosts in the order in which they were requested."""

    def __init__(self) -> None:
        self.running = 0
        self.waiting: dict[str, Future[list[Address]]] = {}


class _Cached(NamedTuple):
    """The result of a look-up, addresses or failure, and the `monotonic` time at which it expires."""

    expires_at: float
    addresses: list[Address]
    failure: OSError | None = None


class Resolver:
    """Looks hosts up and caches the answers for some seconds.

    All who request a host while it is looked up wait for the same answer, so that it does not occupy more threads. A
    tenant occupies at most `per_tenant` threads: its further hosts wait until one of its look-ups has ended.
    """

    def __init__(
        self,
        look_up: Callable[[str], list[Address]] | None = None,
        *,
        threads: int = _THREADS,
        per_tenant: int = _PER_TENANT,
        cache_seconds: float = _CACHE_SECONDS,
    ) -> None:
        self._look_up = look_up or _look_up_by_system
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="resolve-outbound")
        self._per_tenant = per_tenant
        self._cache_seconds = cache_seconds
        # The event loop and the threads change the fields below.
        self._lock = Lock()
        self._running: dict[str, Future[list[Address]]] = {}
        self._shares: dict[str, _Share] = {}
        self._cache: dict[str, _Cached] = {}

    async def addresses(self, host: str, tenant: str = "") -> list[Address]:
        """Return the addresses of a host, at least one. They are not checked.

        Args:
            host: in the plain form of `plain_host`.
            tenant: the tenant that names the host, or "" for none.

        Raises:
            TooManyLookUps: too many of the tenant's look-ups wait already.
            OSError: the name could not be resolved, now or within the last `cache_seconds`.
        """
        with self._lock:
            cached = self._cache.get(host)
            is_fresh = cached is not None and cached.expires_at > monotonic()
            pending = None if is_fresh else self._running.get(host) or self._request(host, tenant)
        if pending is not None:
            # Shielded, because others may wait for the same answer when this caller is cancelled.
            return await asyncio.shield(asyncio.wrap_future(pending))
        assert cached is not None  # noqa: S101 -- otherwise there is a pending look-up
        if cached.failure:
            raise OSError(*cached.failure.args)
        return cached.addresses

    def _request(self, host: str, tenant: str) -> Future[list[Address]]:
        share = self._shares.setdefault(tenant, _Share())
        # A host that waits in another tenant's queue is queued again, so that this tenant does not wait for that one.
        if host in share.waiting:
            return share.waiting[host]
        if len(share.waiting) >= _MOST_WAITING:
            message = f"{host} is not looked up now: the name servers of other hosts have yet to answer"
            raise TooManyLookUps(message)
        pending = share.waiting[host] = Future[list[Address]]()
        self._start_waiting(tenant, share)
        return pending

    def _start_waiting(self, tenant: str, share: _Share) -> None:
        while share.waiting and share.running < self._per_tenant:
            host = next(iter(share.waiting))
            pending = share.waiting.pop(host)
            self._running.setdefault(host, pending)
            share.running += 1
            self._threads.submit(self._resolve, tenant, host, pending)

    def _resolve(self, tenant: str, host: str, pending: Future[list[Address]]) -> None:
        """Look a host up, in a thread. Whatever the result, start the tenant's next look-up afterwards."""
        found: list[Address] = []
        failure: Exception | None = None
        try:
            found = self._look_up(host)
        except Exception as error:  # noqa: BLE001 -- raised to those who wait for the answer
            failure = error
        with self._lock:
            if self._running.get(host) is pending:
                del self._running[host]
            if failure is None or isinstance(failure, OSError):
                self._store(host, _Cached(monotonic() + self._cache_seconds, found, failure))
            share = self._shares[tenant]
            share.running -= 1
            self._start_waiting(tenant, share)
            if not share.running:
                del self._shares[tenant]
        if failure is None:
            pending.set_result(found)
        else:
            pending.set_exception(failure)

    def _store(self, host: str, result: _Cached) -> None:
        # Removed first, so that the new entry is the last one and the oldest entries are evicted first.
        self._cache.pop(host, None)
        self._cache[host] = result
        while len(self._cache) > _MAX_CACHED:
            self._cache.pop(next(iter(self._cache)))


def _look_up_by_system(host: str) -> list[Address]:
    answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    found = dict.fromkeys(ip_address(sockaddr[0]) for *_, sockaddr in answers)
    if not found:
        message = f"{host} has no address"
        raise OSError(message)
    return list(found)
