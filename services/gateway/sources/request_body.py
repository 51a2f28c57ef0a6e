"""A request's body on its way to a service: a small one in one piece, a large one as it comes."""

import asyncio
import contextlib

from starlette.types import Message, Receive

from services.gateway.errors import BodyTooLarge, UploadStalled
from services.gateway.sources.connection import Connection

SMALL_BYTES = 64 << 10
# After an answer that did not wait for the body: a server that closes on unread bytes resets the connection, and the
# caller, still sending, would never read the answer.
_LINGER_SECONDS = 30
_LINGER_SILENCE_SECONDS = 5


class CallerGone(Exception):
    """The caller closed the connection before the answer: there is nobody left to have it."""


class Incoming:
    """The server's `receive` of a request with a body, remembering whether all of it came."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._ended = False

    async def __call__(self) -> Message:
        """The next message."""
        message = await self._receive()
        self._ended = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    async def linger(self) -> None:
        """Let the caller finish sending what nobody needs any more, for a while."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_SECONDS):
                while not self._ended:
                    async with asyncio.timeout(_LINGER_SILENCE_SECONDS):
                        await self()


class RequestBody:
    """The body of one request, read from the server's `receive`, `most` bytes of it at most."""

    def __init__(self, receive: Receive, content_length: int, *, is_chunked: bool, most: int) -> None:
        self._receive = receive
        self._is_chunked = is_chunked
        self._most = most
        self._came = 0
        self._more = True
        self.is_small = not is_chunked and content_length <= SMALL_BYTES

    async def whole(self, seconds: float) -> bytes:
        """All of a small body; `seconds` is the longest silence.

        Raises:
            CallerGone, UploadStalled: the caller left, or stopped sending.
        """
        pieces: list[bytes] = []
        while self._more:
            pieces.append(await self._next(seconds))
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def send_on(self, connection: Connection, seconds: float) -> None:
        """Send it to the service piece by piece, as fast as that takes it.

        Raises:
            CallerGone, UploadStalled: the caller left, or stopped sending.
            BodyTooLarge: it goes on past what this call takes.
            TimeoutError: the service stopped taking it.
        """
        while self._more:
            piece = await self._next(seconds)
            if connection.is_lost:
                return
            if piece and self._is_chunked:
                piece = b"%x\r\n%b\r\n" % (len(piece), piece)
            if piece:
                await asyncio.wait_for(connection.write(piece), seconds)
        if self._is_chunked:
            await asyncio.wait_for(connection.write(b"0\r\n\r\n"), seconds)

    async def left(self) -> None:
        """Wait, behind the last piece, until the caller has left."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _next(self, seconds: float) -> bytes:
        try:
            async with asyncio.timeout(seconds):
                message = await self._receive()
        except TimeoutError as error:
            raise UploadStalled from error
        if message["type"] == "http.disconnect":
            raise CallerGone
        self._more = message.get("more_body", False)
        piece: bytes = message.get("body", b"")
        self._came += len(piece)
        if self._came > self._most:
            raise BodyTooLarge(self._most)
        return piece
