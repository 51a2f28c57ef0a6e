"""A request's body on its way to a service: a small one in one piece, a large one as it comes."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from pyreqwest.request import RequestBuilder
from starlette.types import Message, Receive

from services.gateway.errors import UploadStalled

SMALL_BYTES = 64 << 10


# After an answer that did not wait for the body: a server that closes on unread bytes resets the connection, and the
# caller, still sending, would never read the answer.
_LINGER_SECONDS = 30
_LINGER_SILENCE_SECONDS = 5


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


class CallerGone(Exception):
    """The caller closed the connection in the middle of the body: there is nobody left to answer."""


class RequestBody:
    """The body of one request, read from the server's `receive`."""

    def __init__(self, receive: Receive, content_length: int, *, is_chunked: bool) -> None:
        self._receive = receive
        self._in_one_piece = not is_chunked and content_length <= SMALL_BYTES
        self._waits_for_caller = False
        self._caller_is_gone = False

    async def attach(self, builder: RequestBuilder, deadline: asyncio.Timeout, seconds: float) -> RequestBuilder:
        """Give the body to a request; each piece that comes moves the deadline `seconds` further."""
        pieces = self._pieces(deadline, seconds)
        if self._in_one_piece:
            return builder.body_bytes(b"".join([piece async for piece in pieces]))
        return builder.body_stream(pieces)

    def raise_if_it_failed(self) -> None:
        """Blame the caller where it was the caller.

        Raises:
            CallerGone, UploadStalled: as they are named.
        """
        if self._caller_is_gone:
            raise CallerGone
        if self._waits_for_caller:
            raise UploadStalled

    async def _pieces(self, deadline: asyncio.Timeout, seconds: float) -> AsyncGenerator[bytes]:
        loop = asyncio.get_running_loop()
        more = True
        while more:
            self._waits_for_caller = True
            message = await self._receive()
            self._waits_for_caller = False
            if message["type"] == "http.disconnect":
                self._caller_is_gone = True
                raise CallerGone
            deadline.reschedule(loop.time() + seconds)
            more = message.get("more_body", False)
            if message.get("body"):
                yield message["body"]
