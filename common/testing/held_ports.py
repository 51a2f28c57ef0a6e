"""Ports for servers that listen only later, so that nobody else is given them until then."""

import socket
from collections.abc import Generator, Iterable
from contextlib import ExitStack, contextmanager

from common.embedded.process import free_port


@contextmanager
def held_ports(names: Iterable[str]) -> Generator[dict[str, int]]:
    """Give each name a port of 127.0.0.1 that `free_port` does not return again until the block ends.

    A server with SO_REUSEADDR can listen on it meanwhile.
    """
    with ExitStack() as stack:
        yield {name: _held(stack) for name in names}


def _held(stack: ExitStack) -> int:
    holder = stack.enter_context(socket.socket())
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    port = free_port()
    holder.bind(("127.0.0.1", port))
    return port
