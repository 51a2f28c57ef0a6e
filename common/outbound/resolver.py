"""Asking the system for a host's addresses, so that one tenant's name servers keep no other tenant waiting."""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address, ip_address
from time import monotonic
from typing import Final, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
# A name server that never answers holds a thread for up to half a minute, whoever has stopped waiting. Threads of our
# own, started as they are needed: nobody else's work stands behind them.
_THREADS: Final = 64
# Long enough for the calls of a sync, short beside what a host's move takes to get about.
_KEPT_SECONDS: Final = 10.0
_MOST_KEPT: Final = 1000


class Resolver:
    """Looks hosts up: whoever asks for one that is being looked up waits for the same answer, which serves for seconds.

    So a host holds one thread at most, however many ask for it.
    """

    def __init__(
        self,
        look_up: Callable[[str], list[Address]] | None = None,
        *,
        threads: int = _THREADS,
        kept_seconds: float = _KEPT_SECONDS,
    ) -> None:
        self._look_up = look_up or _asked_of_the_system
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="resolve-outbound")
        self._kept_seconds = kept_seconds
        self._under_way: dict[str, Future[list[Address]]] = {}
        self._kept: dict[str, tuple[float, list[Address]]] = {}

    async def addresses(self, host: str) -> list[Address]:
        """The addresses of a host in its plain spelling, at least one; nothing is judged here.

        Raises:
            OSError: nobody has that name.
        """
        good_until, known = self._kept.get(host, (0.0, []))
        if good_until > monotonic():
            return known
        while len(self._kept) >= _MOST_KEPT:
            self._kept.pop(next(iter(self._kept)), None)
        asked = self._under_way.get(host)
        if asked is None:
            asked = self._under_way[host] = self._threads.submit(self._look_up, host)
            asked.add_done_callback(lambda done: self._settle(host, done))
        # (shielded: who no longer waits takes the answer from nobody else)
        return await asyncio.shield(asyncio.wrap_future(asked))

    def _settle(self, host: str, done: Future[list[Address]]) -> None:
        if not done.cancelled() and done.exception() is None:
            # (the latest at the end, so that the oldest goes first)
            self._kept.pop(host, None)
            self._kept[host] = (monotonic() + self._kept_seconds, done.result())
        self._under_way.pop(host, None)


def _asked_of_the_system(host: str) -> list[Address]:
    places = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    found = dict.fromkeys(ip_address(place[0]) for *_, place in places)
    if not found:
        message = f"{host} has no address"
        raise OSError(message)
    return list(found)
