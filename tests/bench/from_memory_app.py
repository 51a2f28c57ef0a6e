"""Bytes of a given length from memory, and nothing else: what the server that services run in could answer at most."""

import os
from typing import Any

_BODY = b"x" * int(os.environ.get("BENCH_BODY_BYTES", "10000"))
_HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(_BODY)).encode())]


async def app(scope: Any, receive: Any, send: Any) -> None:
    """A bare ASGI application."""
    del receive
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await send({"type": "http.response.body", "body": _BODY})
