"""A TCP road to a server that tests can hold up and cut."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from math import inf
from typing import Self


class Road:
    """Passes on what clients at `port` and the server say to each other, until `held` is set: then no more passes.

    It sets `held` itself once it has passed on `holds_after` bytes of clients.
    """

    def __init__(self, host: str, server_port: int, holds_after: float) -> None:
        self._host = host
        self._server_port = server_port
        self._left = holds_after
        self._writers: list[asyncio.StreamWriter] = []
        self.held = asyncio.Event()
        self.port = 0

    @classmethod
    @asynccontextmanager
    async def to(cls, host: str, server_port: int, *, holds_after: float = inf) -> AsyncGenerator[Self]:
        """Open a road to a server; leaving the context cuts it."""
        road = cls(host, server_port, holds_after)
        async with await asyncio.start_server(road._open, "127.0.0.1", 0) as listening:
            road.port = int(listening.sockets[0].getsockname()[1])
            try:
                yield road
            finally:
                road.cut()

    def cut(self) -> None:
        """Reset all connections."""
        for writer in self._writers:
            writer.transport.abort()

    async def _open(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection(self._host, self._server_port)
        self._writers += [writer, to_server]
        await asyncio.gather(
            self._pass_on(reader, to_server, is_client=True),
            self._pass_on(from_server, writer, is_client=False),
            return_exceptions=True,
        )

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_client: bool) -> None:
        while some := await reader.read(65_536):
            if self.held.is_set():
                return
            writer.write(some)
            if is_client:
                self._left -= len(some)
                if self._left <= 0:
                    self.held.set()
        # One side has ended; the other learns of it.
        writer.close()
