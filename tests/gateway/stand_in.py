"""A service behind the gateway, for tests: it tells what reached it, and misbehaves where it is told to."""

import asyncio
import json
from typing import Any

from starlette.types import Message, Receive, Scope, Send

MEGABYTE = 1 << 20


class StandIn:
    """Answers what it was asked: method, path, query, headers and the size of the body.

    `/…/big?…` streams megabytes; `/…/drip` sends a piece, waits to be released and sends the rest; `/…/refuse`
    answers without reading the body; `/…/ponder` reads it and waits for the caller to leave; `/…/break-small` and
    `/…/break-late` break off; `/…/hang` never answers.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.forget()

    def forget(self) -> None:
        """Begin as if nothing had been asked yet."""
        self.seen: list[dict[str, Any]] = []
        self.released = asyncio.Event()
        self.caller_left = asyncio.Event()
        self.first_piece = asyncio.Event()
        self.body_read = asyncio.Event()
        self.unhealthy = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await _live(receive, send)
            return
        path: str = scope["path"]
        if path == "/health/ready":
            await _json(send, {"status": "?"}, 503 if self.unhealthy else 200)
        elif path == "/openapi.json":
            await _json(send, self._document())
        elif path.endswith("/refuse"):
            await _json(send, {"title": "not allowed"}, 403)
        elif path.endswith("/hang"):
            await asyncio.Event().wait()
        elif path.endswith("/ponder"):
            await self._ponder(receive)
        elif path.endswith("/drip"):
            await self._drip(receive, send)
        elif path.endswith("/big"):
            await _big(scope, send)
        elif "/break" in path:
            await _break(path, send)
        else:
            await self._tell(scope, receive, send)

    async def _tell(self, scope: Scope, receive: Receive, send: Send) -> None:
        size, pieces, more = 0, 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.caller_left.set()
                return
            self.first_piece.set()
            size += len(message.get("body", b""))
            pieces += 1
            more = message.get("more_body", False)
        told = {
            "service": self.name,
            "method": scope["method"],
            "path": scope["raw_path"].decode(),
            "query": scope["query_string"].decode(),
            "headers": [[name.decode(), value.decode()] for name, value in scope["headers"]],
            "size": size,
            "pieces": pieces,
        }
        self.seen.append(told)
        own = [(b"x-request-id", b"of the service"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
        await _json(send, told, headers=[*own, (b"server", b"stand-in"), (b"access-control-allow-origin", b"*")])

    async def _ponder(self, receive: Receive) -> None:
        while (await receive()).get("more_body", False):
            pass
        self.body_read.set()
        await _disconnected(receive)
        self.caller_left.set()

    async def _drip(self, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        leaving = asyncio.ensure_future(_disconnected(receive))
        await asyncio.wait({leaving, asyncio.ensure_future(self.released.wait())}, return_when=asyncio.FIRST_COMPLETED)
        if leaving.done():
            self.caller_left.set()
            return
        leaving.cancel()
        await send({"type": "http.response.body", "body": b"data: 2\n\n"})

    def _document(self) -> dict[str, Any]:
        ok = {"responses": {"200": {"description": "ok", "content": {"application/json": {"schema": _REF}}}}}
        paths = {f"/{self.name}/thing/{{id}}": {"get": ok}, "/metrics": {"get": ok}, "/health/detailed": {"get": ok}}
        if self.name == "auth":
            paths |= {"/auth/operator/tenants": {"post": ok}, "/auth/password/login": {"post": ok}}
        schema = {"type": "object", "title": f"Thing of {self.name}"}
        return {"openapi": "3.1.0", "paths": paths, "components": {"schemas": {"Thing": schema}}}


_REF = {"$ref": "#/components/schemas/Thing"}


async def _live(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def _json(send: Send, body: Any, status: int = 200, headers: list[tuple[bytes, bytes]] | None = None) -> None:
    encoded = json.dumps(body).encode()
    own = [(b"content-type", b"application/json"), (b"content-length", str(len(encoded)).encode())]
    start: Message = {"type": "http.response.start", "status": status, "headers": own + (headers or [])}
    await send(start)
    await send({"type": "http.response.body", "body": encoded})


async def _big(scope: Scope, send: Send) -> None:
    megabytes = int(scope["query_string"] or b"1")
    length = [(b"content-length", str(megabytes * MEGABYTE).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": length})
    for _ in range(megabytes):
        await send({"type": "http.response.body", "body": bytes(MEGABYTE), "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _break(path: str, send: Send) -> None:
    if path.endswith("/break-late"):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half of it", "more_body": True})
    else:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100")]})
        await send({"type": "http.response.body", "body": b"less than that", "more_body": True})
    # The server closes the connection of an application that raises after its answer began.
    message = "told to break off"
    raise RuntimeError(message)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
