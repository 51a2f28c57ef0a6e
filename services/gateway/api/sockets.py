"""Forwards sockets: messages in both directions, at the pace of the slower side, while the caller has access."""

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

# A socket without messages in either direction for this long is closed. The service's pings do not count as messages.
_IDLE_SECONDS: Final = 300
# Access is checked again after this long, even if no change was announced.
_CHECK_AGAIN_SECONDS: Final = 45
# If it cannot be checked, the socket is closed once the last verdict is older than this.
_MAX_VERDICT_SECONDS: Final = 60
_RETRY_SECONDS: Final = 3

_ACCESS_ENDED = CloseFrame(4401, "access has ended")
_CANNOT_CHECK = CloseFrame(1013, "try again later")
_STOPPING = CloseFrame(1012, "the gateway restarts")
_IDLE = CloseFrame(1001, "silent for too long")
_TOO_LARGE = CloseFrame(1009, "the message is too large")


class Sockets:
    """The sockets that are open through this gateway."""

    def __init__(self, callers: Callers) -> None:
        self._callers = callers
        self._stopping = asyncio.Event()

    def close(self) -> None:
        """Close all sockets, because the gateway stops."""
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
        """Connect to the service, accept the caller's socket, and pass messages on until one side ends it.

        Raises:
            ServiceUnreachable, SocketRefused: the service does not accept it; the caller's socket is not accepted yet.
            Unauthenticated, NotAMember: the caller's access ended meanwhile.
        """
        verdict = None
        if not is_open:
            verdict = self._callers.cached(sifted.credentials)
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
        """Return once the caller no longer has access."""
        while True:
            age = monotonic() - verdict.asked_at
            await self._callers.changes.wait(max(_RETRY_SECONDS, _CHECK_AGAIN_SECONDS - age))
            is_old = monotonic() - verdict.asked_at >= _CHECK_AGAIN_SECONDS
            if not is_old and not self._callers.changes.outdate(verdict.ids, verdict.asked_at):
                continue
            try:
                verdict = await self._callers.judge_anew(sifted.credentials, sifted.tenants)
            except Problem as problem:
                if isinstance(problem, Unauthenticated) or problem.status < 500:  # noqa: PLR2004 -- not a fault of the server
                    return _ACCESS_ENDED
                if monotonic() - verdict.asked_at > _MAX_VERDICT_SECONDS:
                    return _CANNOT_CHECK
                await asyncio.sleep(_RETRY_SECONDS)


class _Socket:
    """One socket: the caller's side, and the connection to the service."""

    def __init__(self, receive: Receive, send: Send, upstream: ClientConnection) -> None:
        self._receive = receive
        self._send = send
        self._upstream = upstream
        self._last_message_at = asyncio.get_running_loop().time()

    async def carry(self, watches: Sequence[Coroutine[Any, Any, CloseFrame]]) -> None:
        """Pass messages in both directions until one side or a watch ends the socket, then close the other side."""
        loops = [self._inward(), self._outward(), self._until_idle(), *watches]
        tasks = [asyncio.ensure_future(loop) for loop in loops]
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
            self._last_message_at = asyncio.get_running_loop().time()
            text: str | None = message.get("text")
            data = message.get("bytes") if text is None else text
            if data is None:
                continue
            if len(data if isinstance(data, bytes) else data.encode()) > MAX_MESSAGE_BYTES:
                return _TOO_LARGE
            try:
                await self._upstream.send(data)
            except ConnectionClosed as closed:
                return _close_frame(closed)

    async def _outward(self) -> CloseFrame:
        while True:
            try:
                data = await self._upstream.recv()
            except ConnectionClosed as closed:
                return _close_frame(closed)
            self._last_message_at = asyncio.get_running_loop().time()
            kind = "text" if isinstance(data, str) else "bytes"
            await self._send({"type": "websocket.send", kind: data})

    async def _until_idle(self) -> CloseFrame:
        loop = asyncio.get_running_loop()
        while True:
            seconds_left = self._last_message_at + _IDLE_SECONDS - loop.time()
            if seconds_left <= 0:
                return _IDLE
            await asyncio.sleep(seconds_left)

    async def _end(self, frame: CloseFrame, *, caller_has_left: bool) -> None:
        await self._upstream.close(frame.code, frame.reason)
        if not caller_has_left:
            await self._send({"type": "websocket.close", "code": frame.code, "reason": frame.reason})


def _target_of(scope: Scope) -> str:
    query: bytes = scope["query_string"]
    path: bytes = scope["raw_path"]
    return path.decode("ascii") + ("?" + query.decode("latin-1") if query else "")


def _headers_of(sifted: SiftedHeaders) -> list[tuple[str, str]]:
    """Return the caller's headers without those of the handshake with the gateway."""
    return [
        (name.decode("latin-1"), value.decode("utf-8"))
        for line in sifted.single_lines()
        for name, _, value in [line.partition(b": ")]
        if name != b"host" and not name.startswith(b"sec-websocket-")
    ]


def _close_frame(closed: ConnectionClosed) -> CloseFrame:
    # A frame was sent but none received if the service's message was too large or invalid.
    frame = closed.rcvd or closed.sent
    return ended_by_service(frame.code if frame else None, frame.reason if frame else None)


async def refuse_socket(
    problem: Problem, body: bytes, headers: RawHeaders, scope: Scope, receive: Receive, send: Send
) -> None:
    """Refuse a socket before it is accepted: with the problem if the server can send it, else with a bare 403."""
    logger.info("socket {}: {} {}", scope["path"], problem.status, problem.detail)
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1008, "reason": problem.title})
        return
    del receive
    problem_headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
    problem_headers += [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
    start = {"type": "websocket.http.response.start", "status": problem.status, "headers": headers + problem_headers}
    await send(start)
    await send({"type": "websocket.http.response.body", "body": body})
