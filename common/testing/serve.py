"""Serving an ASGI application on a real socket inside a test."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
import uvicorn
from starlette.types import ASGIApp

_START_SECONDS = 60
_LOOK_SECONDS = 0.005


class PromptServer(uvicorn.Server):
    """One that ends as soon as it is told to and its last answers are given.

    uvicorn's own looks ten times a second, and sleeps for a tenth besides: longer than most tests take.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told_to_end = asyncio.Event()

    def end(self) -> None:
        """Have it end."""
        self.should_exit = True
        self._told_to_end.set()

    async def main_loop(self) -> None:
        """Serve until told to end, whether by `end` or by a signal."""
        looking = asyncio.create_task(super().main_loop())
        told = asyncio.create_task(self._told_to_end.wait())
        await asyncio.wait({looking, told}, return_when=asyncio.FIRST_COMPLETED)
        looking.cancel()
        told.cancel()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no connection any more, end those that are idle, and wait for the others as long as the settings say."""
        for server in self.servers:
            server.close()
        for listening in sockets or []:
            listening.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        try:
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110 -- uvicorn tells of neither
                    await asyncio.sleep(_LOOK_SECONDS)
        except TimeoutError:
            for task in self.server_state.tasks:
                task.cancel()
        await self.lifespan.shutdown()


@asynccontextmanager
async def serve(app: ASGIApp, port: int = 0, *, tells_time: bool = True) -> AsyncGenerator[str]:
    """Run the application under uvicorn on 127.0.0.1; gives its address once it has started.

    Without `tells_time` no `Date` goes out but what the application itself says.

    Raises:
        RuntimeError: it ended while starting; its log says why.
    """
    # Named TCP: asyncio sets TCP_NODELAY on that only, and without it each answer waits 40 ms for an acknowledgement.
    listening = socket.socket(proto=socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    server = PromptServer(
        uvicorn.Config(
            app,
            log_config=None,
            log_level="warning",
            lifespan="on",
            timeout_graceful_shutdown=5,
            date_header=tells_time,
            # (httpx drops a connection after five seconds, as uvicorn would: whoever is first decides about the call)
            timeout_keep_alive=30,
        )
    )
    running = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        async with asyncio.timeout(_START_SECONDS):
            while not server.started:
                if running.done():
                    message = "the application ended while starting"
                    raise RuntimeError(message)
                await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.end()
        await running
        listening.close()


@asynccontextmanager
async def client_of(app: ASGIApp) -> AsyncGenerator[httpx.AsyncClient]:
    """An HTTP client of an application that runs on a real socket.

    Of calls made at once those that find no connection free wait for one as long as the test may last.
    """
    async with serve(app) as url, httpx.AsyncClient(base_url=url, timeout=httpx.Timeout(30, pool=None)) as client:
        yield client
