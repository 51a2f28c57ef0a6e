"""Passing a socket on: messages both ways, as fast as the slower side takes them, for as long as its caller may."""

import asyncio
from collections.abc import Coroutine, Sequence
from time import monotonic
from typing import Any, Final

from loguru import logger
from starlette.types import Receive, Scope, Send
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from common.problem import Problem, Unauthenticated
from services.gateway.domain.answer_headers import RawHeaders
from services.gateway.domain.callers import Callers, Verdict
from services.gateway.domain.request_headers import SiftedHeaders
from services.gateway.domain.socket_closes import CloseFrame, ended_by_caller, ended_by_service
from services.gateway.sources.service_socket import MAX_MESSAGE_BYTES, open_socket
from services.gateway.sources.upstream import Place

# Nothing in either direction for so long: nobody is there. The service's own pings count as nothing.
_IDLE_SECONDS: Final = 300
# Whoever may not any more is out after this at the latest, where no word of it came.
_JUDGE_AGAIN_SECONDS: Final = 45
_OUT_SECONDS: Final = 60
_RETRY_SECONDS: Final = 3

_OUT = CloseFrame(4401, "access has ended")
_NOBODY_TO_ASK = CloseFrame(1013, "try again later")
_STOPPING = CloseFrame(1012, "the gateway restarts")
_IDLE = CloseFrame(1001, "silent for too long")
_TOO_LARGE = CloseFrame(1009, "the message is too large")


class Sockets:
    """The sockets that are open through this gateway."""

    def __init__(self, callers: Callers) -> None:
        self._callers = callers
        self._stopping = asyncio.Event()

    def close(self) -> None:
        """End all sockets: the gateway stops."""
        self._stopping.set()

    async def serve(
        self,
        service: str,
        place: Place,
        scope: Scope,
        sifted: SiftedHeaders,
        receive: Receive,
        send: Send,
        *,
        is_open: bool,
    ) -> None:
        """Connect to the service, then the caller, and carry messages until one side ends it.

        Raises:
            ServiceUnreachable, SocketRefused: the service does not take it; nothing was accepted yet.
            Unauthenticated, NotAMember: the caller's access ended meanwhile.
        """
        verdict = None
        if not is_open:
            verdict = self._callers.remembered(sifted.credentials)
            verdict = verdict or await self._callers.judge_anew(sifted.credentials, sifted.tenants)
        message = await receive()
        if message["type"] != "websocket.connect":
            return
        upstream = await open_socket(
            service, place, _target_of(scope), _headers_of(sifted), scope.get("subprotocols", [])
        )
        try:
            await send({"type": "websocket.accept", "subprotocol": upstream.subprotocol})
            socket = _Socket(receive, send, upstream)
            watches = [self._until_stopping()]
            if verdict is not None:
                watches.append(self._watch(sifted, verdict))
            await socket.carry(watches)
        finally:
            await upstream.close()

    async def _until_stopping(self) -> CloseFrame:
        await self._stopping.wait()
        return _STOPPING

    async def _watch(self, sifted: SiftedHeaders, verdict: Verdict) -> CloseFrame:
        """Return once the caller may no longer be connected."""
        while True:
            age = monotonic() - verdict.asked_at
            await self._callers.changes.wait(max(_RETRY_SECONDS, _JUDGE_AGAIN_SECONDS - age))
            is_old = monotonic() - verdict.asked_at >= _JUDGE_AGAIN_SECONDS
            if not is_old and not self._callers.changes.outdate(verdict.ids, verdict.asked_at):
                continue
            try:
                verdict = await self._callers.judge_anew(sifted.credentials, sifted.tenants)
            except Problem as problem:
                if isinstance(problem, Unauthenticated) or problem.status < 500:  # noqa: PLR2004 -- their own fault
                    return _OUT
                if monotonic() - verdict.asked_at > _OUT_SECONDS:
                    return _NOBODY_TO_ASK
                await asyncio.sleep(_RETRY_SECONDS)


class _Socket:
    """One socket: the server's end of the caller, and the connection to the service."""

    def __init__(self, receive: Receive, send: Send, upstream: ClientConnection) -> None:
        self._receive = receive
        self._send = send
        self._upstream = upstream
        self._heard_at = asyncio.get_running_loop().time()

    async def carry(self, watches: Sequence[Coroutine[Any, Any, CloseFrame]]) -> None:
        """Pass messages both ways until one side or a watch ends it, and tell the other."""
        ways = [self._inward(), self._outward(), self._until_silent(), *watches]
        tasks = [asyncio.ensure_future(way) for way in ways]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            frame = next(iter(done)).result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await self._end(frame, caller_has_left=tasks[0] in done and not frame.is_ours)

    async def _inward(self) -> CloseFrame:
        while True:
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                return ended_by_caller(message.get("code"), message.get("reason"))
            self._heard_at = asyncio.get_running_loop().time()
            text: str | None = message.get("text")
            data = message.get("bytes") if text is None else text
            if data is None:
                continue
            if len(data if isinstance(data, bytes) else data.encode()) > MAX_MESSAGE_BYTES:
                return _TOO_LARGE
            try:
                await self._upstream.send(data)
            except ConnectionClosed as closed:
                return _how_it_ended(closed)

    async def _outward(self) -> CloseFrame:
        while True:
            try:
                data = await self._upstream.recv()
            except ConnectionClosed as closed:
                return _how_it_ended(closed)
            self._heard_at = asyncio.get_running_loop().time()
            kind = "text" if isinstance(data, str) else "bytes"
            await self._send({"type": "websocket.send", kind: data})

    async def _until_silent(self) -> CloseFrame:
        loop = asyncio.get_running_loop()
        while True:
            left = self._heard_at + _IDLE_SECONDS - loop.time()
            if left <= 0:
                return _IDLE
            await asyncio.sleep(left)

    async def _end(self, frame: CloseFrame, *, caller_has_left: bool) -> None:
        await self._upstream.close(frame.code, frame.reason)
        if not caller_has_left:
            await self._send({"type": "websocket.close", "code": frame.code, "reason": frame.reason})


def _target_of(scope: Scope) -> str:
    query: bytes = scope["query_string"]
    path: bytes = scope["raw_path"]
    return path.decode("ascii") + ("?" + query.decode("latin-1") if query else "")


def _headers_of(sifted: SiftedHeaders) -> list[tuple[str, str]]:
    """What came along, but for what belongs to the handshake with the gateway."""
    return [
        (name.decode("latin-1"), value.decode("utf-8"))
        for line in sifted.lines_alone()
        for name, _, value in [line.partition(b": ")]
        if name != b"host" and not name.startswith(b"sec-websocket-")
    ]


def _how_it_ended(closed: ConnectionClosed) -> CloseFrame:
    # Sent without one received: the service's message was too large for us, or made no sense.
    frame = closed.rcvd or closed.sent
    return ended_by_service(frame.code if frame else None, frame.reason if frame else None)


async def refuse_socket(
    problem: Problem, body: bytes, headers: RawHeaders, scope: Scope, receive: Receive, send: Send
) -> None:
    """Refuse a socket before it is one: with the problem where the server can send it, else with a bare 403."""
    logger.info("socket {}: {} {}", scope["path"], problem.status, problem.detail)
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1008, "reason": problem.title})
        return
    del receive
    told = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
    told += [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
    start = {"type": "websocket.http.response.start", "status": problem.status, "headers": headers + told}
    await send(start)
    await send({"type": "websocket.http.response.body", "body": body})
