"""The body of a request: a small one is read as a whole, a large one is streamed to the service."""

import asyncio
import contextlib

from starlette.types import Message, Receive

from services.gateway.errors import BodyTooLarge, UploadStalled
from services.gateway.sources.connection import Connection

SMALL_BYTES = 64 << 10
# After an answer that did not wait for the body, the rest is still read: a server that closes a connection with unread
# bytes resets it, and a caller who is still sending would never read the answer.
_LINGER_SECONDS = 30
_LINGER_SILENCE_SECONDS = 5


class CallerGone(Exception):
    """The caller closed the connection before the answer."""


class Incoming:
    """The server's `receive` for a request with a body; it tracks whether the whole body has arrived."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._ended = False

    async def __call__(self) -> Message:
        """Return the next message."""
        message = await self._receive()
        self._ended = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    async def linger(self) -> None:
        """Read and discard the rest of the body, for a limited time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_SECONDS):
                while not self._ended:
                    async with asyncio.timeout(_LINGER_SILENCE_SECONDS):
                        await self()


class RequestBody:
    """The body of one request, read from the server's `receive`, limited to `max_bytes`."""

    def __init__(self, receive: Receive, content_length: int, *, is_chunked: bool, max_bytes: int) -> None:
        self._receive = receive
        self._is_chunked = is_chunked
        self._max_bytes = max_bytes
        self._received = 0
        self._has_more = True
        self.is_small = not is_chunked and content_length <= SMALL_BYTES

    async def whole(self, seconds: float) -> bytes:
        """Return the whole of a small body; `seconds` is the longest silence allowed.

        Raises:
            CallerGone, UploadStalled: the caller left, or stopped sending.
        """
        pieces: list[bytes] = []
        while self._has_more:
            pieces.append(await self._next(seconds))
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def send_on(self, connection: Connection, seconds: float) -> None:
        """Send the body to the service piece by piece, as fast as the service accepts it.

        Raises:
            CallerGone, UploadStalled: the caller left, or stopped sending.
            BodyTooLarge: the body is larger than `max_bytes`.
            TimeoutError: the service stopped accepting it.
        """
        while self._has_more:
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
        """Wait until the caller has left; call it after the last piece was read."""
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
        self._has_more = message.get("more_body", False)
        piece: bytes = message.get("body", b"")
        self._received += len(piece)
        if self._received > self._max_bytes:
            raise BodyTooLarge(self._max_bytes)
        return piece
