"""An application that returns a fixed answer from memory: the upper limit for any service in the same server."""

import os
from typing import Any

_BODY = b"x" * int(os.environ["BENCH_BODY_BYTES"])
_HEADERS = [tuple(line.encode().split(b": ", 1)) for line in os.environ["BENCH_HEADERS"].splitlines()]


async def app(scope: Any, receive: Any, send: Any) -> None:
    """A bare ASGI application."""
    del receive
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await send({"type": "http.response.body", "body": _BODY})
