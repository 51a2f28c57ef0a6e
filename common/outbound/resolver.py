"""Asking the system for a host's addresses, so that one tenant's name servers keep no other tenant waiting."""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address, ip_address
from threading import Lock
from time import monotonic
from typing import Final, NamedTuple, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
# A name server that never answers holds a thread for up to half a minute, whoever has stopped waiting. Threads of our
# own, started as they are needed: nobody else's work stands behind them.
_THREADS: Final = 64
# Of these the hosts that one tenant names at once; so many more wait for their turn, as long as who asks does.
_PER_TENANT: Final = 8
_MOST_WAITING: Final = 100
# Long enough for the calls of a sync, short beside what a host's move takes to get about.
_KEPT_SECONDS: Final = 10.0
_MOST_KEPT: Final = 1000


class TooManyLookUps(OSError):
    """As many of the tenant's hosts are being looked up, or wait for that, as may be."""


class _Share:
    """What is under way for one tenant: how many look-ups, and the hosts that wait for a place, first come first."""

    def __init__(self) -> None:
        self.running = 0
        self.waiting: dict[str, Future[list[Address]]] = {}


class _Known(NamedTuple):
    """What was answered, or that nobody did, and until when that serves."""

    until: float
    addresses: list[Address]
    failure: OSError | None = None


class Resolver:
    """Looks hosts up: whoever asks for one that is being looked up waits for the same answer, which serves for seconds.

    So a host holds one thread at most, however many ask for it; and a tenant's hosts hold its share of them: further
    ones wait until one of its own has been answered.
    """

    def __init__(
        self,
        look_up: Callable[[str], list[Address]] | None = None,
        *,
        threads: int = _THREADS,
        per_tenant: int = _PER_TENANT,
        kept_seconds: float = _KEPT_SECONDS,
    ) -> None:
        self._look_up = look_up or _asked_of_the_system
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="resolve-outbound")
        self._per_tenant = per_tenant
        self._kept_seconds = kept_seconds
        # (Threads settle what the loop asks for.)
        self._lock = Lock()
        self._under_way: dict[str, Future[list[Address]]] = {}
        self._shares: dict[str, _Share] = {}
        self._kept: dict[str, _Known] = {}

    async def addresses(self, host: str, tenant: str = "") -> list[Address]:
        """The addresses of a host in its plain spelling, at least one, for a tenant ("": nobody's); nothing is judged.

        Raises:
            TooManyLookUps: of the tenant's, too many wait already.
            OSError: nobody has that name, or nobody told within the last seconds.
        """
        with self._lock:
            known = self._kept.get(host)
            is_known = known is not None and known.until > monotonic()
            asked = None if is_known else self._under_way.get(host) or self._ask(host, tenant)
        if asked is not None:
            # (shielded: who no longer waits takes the answer from nobody else)
            return await asyncio.shield(asyncio.wrap_future(asked))
        assert known is not None  # noqa: S101 -- else it would have been asked
        if known.failure:
            raise OSError(*known.failure.args)
        return known.addresses

    def _ask(self, host: str, tenant: str) -> Future[list[Address]]:
        share = self._shares.setdefault(tenant, _Share())
        # (What waits for another tenant's turn is not waited for.)
        if host in share.waiting:
            return share.waiting[host]
        if len(share.waiting) >= _MOST_WAITING:
            message = f"{host} is not looked up now: the name servers of other hosts have yet to answer"
            raise TooManyLookUps(message)
        asked = share.waiting[host] = Future[list[Address]]()
        self._begin(tenant, share)
        return asked

    def _begin(self, tenant: str, share: _Share) -> None:
        while share.waiting and share.running < self._per_tenant:
            host = next(iter(share.waiting))
            asked = share.waiting.pop(host)
            self._under_way.setdefault(host, asked)
            share.running += 1
            self._threads.submit(self._answer, tenant, host, asked)

    def _answer(self, tenant: str, host: str, asked: Future[list[Address]]) -> None:
        """Look a host up, in a thread; however that ends, its place is the next one's."""
        found: list[Address] = []
        failure: Exception | None = None
        try:
            found = self._look_up(host)
        except Exception as error:  # noqa: BLE001 -- whoever asked is told
            failure = error
        with self._lock:
            if self._under_way.get(host) is asked:
                del self._under_way[host]
            if failure is None or isinstance(failure, OSError):
                self._keep(host, _Known(monotonic() + self._kept_seconds, found, failure))
            share = self._shares[tenant]
            share.running -= 1
            self._begin(tenant, share)
            if not share.running:
                del self._shares[tenant]
        if failure is None:
            asked.set_result(found)
        else:
            asked.set_exception(failure)

    def _keep(self, host: str, known: _Known) -> None:
        # (the latest at the end, so that the oldest goes first)
        self._kept.pop(host, None)
        self._kept[host] = known
        while len(self._kept) > _MOST_KEPT:
            self._kept.pop(next(iter(self._kept)))


def _asked_of_the_system(host: str) -> list[Address]:
    places = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    found = dict.fromkeys(ip_address(place[0]) for *_, place in places)
    if not found:
        message = f"{host} has no address"
        raise OSError(message)
    return list(found)
