"""Ports for servers that listen only later, so that nobody else is given them until then."""

import random
import socket
from collections.abc import Generator, Iterable
from contextlib import ExitStack, contextmanager

# Beside those of `free_port`, and below those that systems use for outgoing connections: who starts a server at once
# need not meet us.
_FIRST, _LAST = 19_000, 32_000


@contextmanager
def held_ports(names: Iterable[str]) -> Generator[dict[str, int]]:
    """Give each name a port of 127.0.0.1 that nobody else is given until the block ends.

    A server with SO_REUSEADDR can listen on it meanwhile.
    """
    with ExitStack() as holders:
        yield {name: _held(holders, 1) for name in names}


@contextmanager
def held_row(count: int) -> Generator[int]:
    """Hold `count` ports in a row as `held_ports` does; gives the first."""
    with ExitStack() as holders:
        yield _held(holders, count)


def _held(holders: ExitStack, count: int) -> int:
    chance = random.Random()  # noqa: S311 -- no secret
    while True:
        first = chance.randrange(_FIRST, _LAST - count)
        with ExitStack() as taken:
            try:
                for port in range(first, first + count):
                    _hold(taken.enter_context(socket.socket()), port)
            except OSError:
                continue
            holders.push(taken.pop_all())
            return first


def _hold(holder: socket.socket, port: int) -> None:
    # Only then: two that said so before could both bind it, and the second would fail when it listens.
    holder.bind(("127.0.0.1", port))
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
