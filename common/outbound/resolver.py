"""Asking the system for a host's addresses, so that one tenant's name servers keep no other tenant waiting."""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address, ip_address
from time import monotonic
from typing import Final, NamedTuple, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
# A name server that never answers holds a thread for up to half a minute, whoever has stopped waiting. Threads of our
# own, started as they are needed: nobody else's work stands behind them.
_THREADS: Final = 64
# Of these the hosts that one tenant names: it reads a few at a time.
_PER_TENANT: Final = 8
# Long enough for the calls of a sync, short beside what a host's move takes to get about.
_KEPT_SECONDS: Final = 10.0
_MOST_KEPT: Final = 1000


class TooManyLookUps(OSError):
    """As many of the tenant's hosts are being looked up as may be."""


class _Known(NamedTuple):
    """What was answered, or that nobody did, and until when that serves."""

    until: float
    addresses: list[Address]
    failure: OSError | None = None


class Resolver:
    """Looks hosts up: whoever asks for one that is being looked up waits for the same answer, which serves for seconds.

    So a host holds one thread at most, however many ask for it; and a tenant's hosts hold its share of them.
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
        self._under_way: dict[str, tuple[str, Future[list[Address]]]] = {}
        self._kept: dict[str, _Known] = {}

    async def addresses(self, host: str, tenant: str = "") -> list[Address]:
        """The addresses of a host in its plain spelling, at least one, for a tenant ("": nobody's); nothing is judged.

        Raises:
            TooManyLookUps: none is under way for this host, and the tenant has its share of them.
            OSError: nobody has that name, or nobody told within the last seconds.
        """
        known = self._kept.get(host)
        if known and known.until > monotonic():
            if known.failure:
                raise OSError(*known.failure.args)
            return known.addresses
        _, asked = self._under_way.get(host) or self._ask(host, tenant)
        # (shielded: who no longer waits takes the answer from nobody else)
        return await asyncio.shield(asyncio.wrap_future(asked))

    def _ask(self, host: str, tenant: str) -> tuple[str, Future[list[Address]]]:
        if sum(whose == tenant for whose, _ in list(self._under_way.values())) >= self._per_tenant:
            message = f"{host} is not looked up now: the name servers of other hosts have yet to answer"
            raise TooManyLookUps(message)
        asked = self._under_way[host] = (tenant, self._threads.submit(self._look_up, host))
        asked[1].add_done_callback(lambda done: self._settle(host, done))
        return asked

    def _settle(self, host: str, done: Future[list[Address]]) -> None:
        failure = None if done.cancelled() else done.exception()
        if not done.cancelled() and (failure is None or isinstance(failure, OSError)):
            # (the latest at the end, so that the oldest goes first)
            self._kept.pop(host, None)
            found = [] if failure else done.result()
            self._kept[host] = _Known(monotonic() + self._kept_seconds, found, failure)
        while len(self._kept) > _MOST_KEPT:
            self._kept.pop(next(iter(self._kept)), None)
        self._under_way.pop(host, None)


def _asked_of_the_system(host: str) -> list[Address]:
    places = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    found = dict.fromkeys(ip_address(place[0]) for *_, place in places)
    if not found:
        message = f"{host} has no address"
        raise OSError(message)
    return list(found)
