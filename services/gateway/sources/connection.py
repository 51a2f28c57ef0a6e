"""An HTTP/1.1 connection to a service, which carries one exchange at a time.

It is built on httptools, uvicorn's parser. What a general client adds (redirects, cookies, decompression, a thread of
its own) is what the gateway must not do, and cost half its throughput.
"""

import asyncio
from collections import deque
from typing import cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

RawHeaders = list[tuple[bytes, bytes]]

# Answers up to this size are handed over in one piece; larger ones and those of unknown length as they arrive.
ONE_PIECE_BYTES = 64 << 10
# If a caller reads slowly, the service has to wait, so that our memory does not grow.
_HIGH_WATER_BYTES = 256 << 10
_INFORMATIONAL = range(100, 200)


class ConnectionBroke(Exception):
    """The service closed the connection or broke the protocol. `answered`: its answer had already begun."""

    def __init__(self, what: str, *, answered: bool) -> None:
        super().__init__(what)
        self.answered = answered


class Connection(asyncio.Protocol):
    """A connection, and the answer that arrives on it."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._parser = HttpResponseParser(self)
        self._is_asked = False
        self._is_writable: asyncio.Future[None] | None = None
        self.is_lost = False
        self.idle_since = 0.0

    def ask(self, request: bytes, *, is_head: bool) -> "asyncio.Future[None]":
        """Send a request, or its beginning. The future is done when the answer's head (and a small body) has arrived.

        The future fails with ConnectionBroke.
        """
        self.status = 0
        self.headers: RawHeaders = []
        self._is_head = is_head
        self._is_asked = True
        self._length: int | None = None
        self._ends_with_connection = True
        self._pieces: deque[bytes] = deque()
        self._buffered = 0
        self._has_ended = False
        self._keeps_alive = False
        self._waiting: asyncio.Future[None] | None = None
        self.begun: asyncio.Future[None] = self._loop.create_future()
        if self.is_lost:
            self.begun.set_exception(ConnectionBroke("hung up", answered=False))
        else:
            self._transport.write(request)
        return self.begun

    async def write(self, data: bytes) -> None:
        """Send more of the request; waits while the service does not accept it."""
        self._transport.write(data)
        if self._is_writable is not None:
            await self._is_writable

    @property
    def is_open(self) -> bool:
        """Whether it can still be written to. The transport closes one turn of the loop before `connection_lost`."""
        return not self.is_lost and not self._transport.is_closing()

    @property
    def is_whole(self) -> bool:
        """Whether the whole answer has arrived."""
        return self._has_ended

    async def read(self) -> bytes:
        """Return the next piece of the answer's body, as soon as some has arrived; empty at the end.

        Raises:
            ConnectionBroke: the service broke off.
        """
        while not self._pieces:
            if self._has_ended:
                return b""
            if self.is_lost:
                message = "broke off in the middle of its answer"
                raise ConnectionBroke(message, answered=True)
            self._waiting = self._loop.create_future()
            await self._waiting
        return self.taken()

    def taken(self) -> bytes:
        """Take what has arrived of the body."""
        data = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces.clear()
        if self._buffered > _HIGH_WATER_BYTES and not self.is_lost:
            self._transport.resume_reading()
        self._buffered = 0
        return data

    def release(self, *, is_sent: bool) -> bool:
        """End the exchange; return whether the connection can be reused. `is_sent`: the whole request was sent."""
        self._is_asked = False
        if self._has_ended and self._keeps_alive and is_sent and not self.is_lost and not self._pieces:
            return True
        self.close()
        return False

    def close(self) -> None:
        """Close the connection at once."""
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        if not self._is_asked or self._has_ended:
            # Unexpected data would be taken for the next answer.
            self.close()
            return
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade, ValueError):
            self.close()

    def pause_writing(self) -> None:
        """Called by the loop."""
        self._is_writable = self._loop.create_future()

    def resume_writing(self) -> None:
        """Called by the loop."""
        if self._is_writable is not None and not self._is_writable.done():
            self._is_writable.set_result(None)
        self._is_writable = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the loop."""
        self.is_lost = True
        self.resume_writing()
        if not self._is_asked or self._has_ended:
            return
        if exc is None and self.begun.done() and self._ends_with_connection:
            self._has_ended = True
        elif not self.begun.done():
            self.begun.set_exception(ConnectionBroke("hung up", answered=self.status > 0))
            self.begun.exception()
        self._wake()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser."""
        name = name.lower()
        self.headers.append((name, value))
        if name == b"content-length":
            self._length = int(value)
            self._ends_with_connection = False
        elif name == b"transfer-encoding":
            self._ends_with_connection = False

    def on_headers_complete(self) -> None:
        """Called by the parser."""
        self.status = self._parser.get_status_code()
        if self.status in _INFORMATIONAL:
            self.headers.clear()
        elif self._is_head:
            keeps_alive = self._parser.should_keep_alive()
            # The parser would wait for the body, of which an answer to HEAD only has the length.
            self._parser = HttpResponseParser(self)
            self._end(keeps_alive=keeps_alive)
        elif (self._length is None or self._length > ONE_PIECE_BYTES) and not self.begun.done():
            self.begun.set_result(None)

    def on_body(self, body: bytes) -> None:
        """Called by the parser."""
        self._pieces.append(body)
        self._buffered += len(body)
        if self._buffered > _HIGH_WATER_BYTES:
            self._transport.pause_reading()
        self._wake()

    def on_message_complete(self) -> None:
        """Called by the parser."""
        if self.status not in _INFORMATIONAL and not self._has_ended:
            self._end(keeps_alive=self._parser.should_keep_alive())

    def _end(self, *, keeps_alive: bool) -> None:
        self._has_ended = True
        self._keeps_alive = keeps_alive
        if not self.begun.done():
            self.begun.set_result(None)
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
            self._waiting = None
