"""Run work that only its caller needs, and cancel it when the caller disconnects."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from fastapi import Request
from starlette.requests import ClientDisconnect

ResultT = TypeVar("ResultT")


async def while_connected(request: Request, work: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Await `work` and return its result. The request's body must have been read before.

    Raises:
        ClientDisconnect: the caller disconnected first, and the work was cancelled.
    """
    disconnected = asyncio.ensure_future(_until_disconnected(request))
    working = asyncio.ensure_future(work)
    try:
        await asyncio.wait({working, disconnected}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        disconnected.cancel()
        working.cancel()
        # Wait, so that the work releases its resources before the request ends.
        await asyncio.gather(working, disconnected, return_exceptions=True)


async def _until_disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
