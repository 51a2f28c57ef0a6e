"""Serving an ASGI application on a real socket inside a test."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
import uvicorn
from starlette.types import ASGIApp

_START_SECONDS = 60


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
    server = uvicorn.Server(
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
        server.should_exit = True
        await running
        listening.close()


@asynccontextmanager
async def client_of(app: ASGIApp) -> AsyncGenerator[httpx.AsyncClient]:
    """An HTTP client of an application that runs on a real socket.

    Of calls made at once those that find no connection free wait for one as long as the test may last.
    """
    async with serve(app) as url, httpx.AsyncClient(base_url=url, timeout=httpx.Timeout(30, pool=None)) as client:
        yield client
