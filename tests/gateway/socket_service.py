"""A service with sockets behind the gateway, for tests: a real WebSocket server that does as it is told."""

import asyncio
import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol


class SocketService:
    """Answers every message with itself; `close 4000 why` closes so, `flood N` sends N messages of 64 kB, `large` one
    of 2 MB.

    `hello` is answered by the headers that came. A path that ends in `/refuse` is refused with 403.
    """

    def __init__(self) -> None:
        self.closes: asyncio.Queue[tuple[int | None, str | None]] = asyncio.Queue()
        self.sent = 0

    async def __call__(self, socket: ServerConnection) -> None:
        try:
            async for message in socket:
                await self._answer(socket, message)
        except ConnectionClosed:
            pass
        self.closes.put_nowait((socket.close_code, socket.close_reason))

    async def _answer(self, socket: ServerConnection, message: str | bytes) -> None:
        words = message.split(" ") if isinstance(message, str) else []
        if words[:1] == ["close"]:
            await socket.close(int(words[1]), " ".join(words[2:]))
        elif words[:1] == ["flood"]:
            for _ in range(int(words[1])):
                await socket.send(os.urandom(64 << 10))
                self.sent += 1
        elif words == ["large"]:
            await socket.send(bytes(2 << 20))
        elif words == ["hello"]:
            assert socket.request is not None
            lines = [f"{name.lower()}: {value}" for name, value in socket.request.headers.raw_items()]
            await socket.send("\n".join([socket.request.path, *lines]))
        else:
            await socket.send(message)


def _chosen(_: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    return next((name for name in offered if name in ("branchwise.v1", "other")), None)


def _judge(_: ServerConnection, request: Request) -> Response | None:
    if request.path.endswith("/refuse"):
        return Response(403, "Forbidden", Headers(), b"")
    return None


@asynccontextmanager
async def serve_sockets(port: int) -> AsyncGenerator[SocketService]:
    """Run one on 127.0.0.1; it speaks the subprotocols `branchwise.v1` and `other`."""
    service = SocketService()
    async with serve(service, "127.0.0.1", port, process_request=_judge, select_subprotocol=_chosen, max_size=4 << 20):
        yield service
