"""Pooled connections to the services, which stream requests and answers."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterable
from time import monotonic
from typing import Final

from common.http.methods import IDEMPOTENT_METHODS
from services.gateway.errors import ServiceTooSlow, ServiceUnreachable
from services.gateway.sources.connection import Connection, ConnectionBroke
from services.gateway.sources.request_body import CallerGone, RequestBody

CONNECT_SECONDS: Final = 3
# From the last byte of the request to the first of the answer; also the longest silence of a caller who is sending.
FIRST_BYTE_SECONDS: Final = 60
# Much shorter than services keep idle connections (20 s, branchwise/stack/child.py), so that no request is sent on a
# connection that is being closed.
IDLE_SECONDS: Final = 4
_IDLE_CONNECTIONS: Final = 128

# Host and port of a service.
Place = tuple[str, int]


class Upstream:
    """Sends requests to services. If a reused connection is dead, a request that may be repeated is sent once more."""

    def __init__(self, first_byte_seconds: float = FIRST_BYTE_SECONDS) -> None:
        self._first_byte_seconds = first_byte_seconds
        # The connection used last is taken first, so that the others become old and are closed.
        self._idle: defaultdict[Place, deque[Connection]] = defaultdict(deque)

    def ask(self, service: str, place: Place, method: str, head: bytes, body: RequestBody | None) -> "Exchange":
        """Create the exchange of a request with a service; the caller begins and ends it.

        `head` is the request up to and including its empty line.
        """
        return Exchange(self, service, place, method, head, body, self._first_byte_seconds)

    async def fetch(
        self, service: str, place: Place, target: bytes, headers: Iterable[tuple[bytes, bytes]]
    ) -> tuple[int, bytes]:
        """Send a GET and return the status and the whole body of the answer.

        Raises:
            ServiceUnreachable: there is no connection, or it broke.
            ServiceTooSlow: the answer did not begin in time.
        """
        lines = [b"GET %b HTTP/1.1" % target, b"host: gateway", *(b"%b: %b" % header for header in headers)]
        exchange = self.ask(service, place, "GET", b"\r\n".join([*lines, b"", b""]), None)
        try:
            answer = await exchange.begin()
            body = b""
            while piece := await answer.read():
                body += piece
        except ConnectionBroke as error:
            raise ServiceUnreachable(service) from error
        else:
            return answer.status, body
        finally:
            exchange.end()

    def idle_connection(self, place: Place) -> Connection | None:
        """Return an idle connection that was used before, or None."""
        idle = self._idle[place]
        while idle:
            connection = idle.pop()
            if connection.is_open and monotonic() - connection.idle_since < IDLE_SECONDS:
                return connection
            connection.close()
        return None

    async def fresh_connection(self, place: Place) -> Connection:
        """Open a new connection."""
        async with asyncio.timeout(CONNECT_SECONDS):
            _, connection = await asyncio.get_running_loop().create_connection(Connection, *place)
        return connection

    def take_back(self, place: Place, connection: Connection) -> None:
        """Keep a connection for another request."""
        connection.idle_since = monotonic()
        idle = self._idle[place]
        idle.append(connection)
        if len(idle) > _IDLE_CONNECTIONS:
            idle.popleft().close()

    def close(self) -> None:
        """Close all idle connections."""
        for idle in self._idle.values():
            while idle:
                idle.pop().close()


class Exchange:
    """One request to a service, open until its answer has been read."""

    __slots__ = ("_body", "_connection", "_head", "_is_sent", "_method", "_place", "_seconds", "_service", "_upstream")

    def __init__(
        self,
        upstream: Upstream,
        service: str,
        place: Place,
        method: str,
        head: bytes,
        body: RequestBody | None,
        seconds: float,
    ) -> None:
        self._upstream = upstream
        self._service = service
        self._place = place
        self._method = method
        self._head = head
        self._body = body
        self._seconds = seconds
        self._connection: Connection | None = None
        self._is_sent = False

    async def begin(self) -> Connection:
        """Send the request and return the connection with the answer, whose body may still have to be read.

        Raises:
            ServiceUnreachable: there is no connection, or it broke before the answer began.
            ServiceTooSlow: the answer did not begin in time.
            CallerGone, UploadStalled, BodyTooLarge: the caller left, stopped sending, or sent too much.
        """
        try:
            body = self._body
            if body is not None and body.is_small:
                self._head += await body.whole(self._seconds)
                self._body = None
            try:
                return await self._once(fresh=False)
            except ConnectionBroke as error:
                # The service may have executed the request already.
                if error.answered or self._body is not None or self._method not in IDEMPOTENT_METHODS:
                    raise
                self._close()
                return await self._once(fresh=True)
        except (ConnectionBroke, OSError) as error:
            self._close()
            if isinstance(error, TimeoutError) and self._connection is not None:
                raise ServiceTooSlow(self._service) from error
            raise ServiceUnreachable(self._service) from error
        except BaseException:
            self._close()
            raise

    def end(self) -> None:
        """Release the connection, however the request ended."""
        connection = self._connection
        if connection is not None and connection.release(is_sent=self._is_sent):
            self._upstream.take_back(self._place, connection)

    async def _once(self, *, fresh: bool) -> Connection:
        body = self._body
        connection = None if fresh else self._upstream.idle_connection(self._place)
        self._connection = connection = connection or await self._upstream.fresh_connection(self._place)
        begun = connection.ask(self._head, is_head=self._method == "HEAD")
        if body is None:
            self._is_sent = True
        else:
            await self._send(connection, body)
        if not begun.done():
            # A timer instead of `asyncio.timeout`, which costs as much as everything else here.
            too_slow = asyncio.get_running_loop().call_later(self._seconds, _give_up, begun)
            try:
                await (_begun_or_left(begun, body) if body is not None and self._is_sent else begun)
            finally:
                too_slow.cancel()
        else:
            begun.result()
        return connection

    async def _send(self, connection: Connection, body: RequestBody) -> None:
        """Send a large body until all of it is sent, or the service answers before."""
        sending = asyncio.ensure_future(body.send_on(connection, self._seconds))
        try:
            await asyncio.wait({sending, connection.begun}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
                self._is_sent = not connection.is_lost
        finally:
            sending.cancel()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()


async def _begun_or_left(begun: asyncio.Future[None], body: RequestBody) -> None:
    """Wait for the answer to a large body, which may take long; stop if the caller leaves."""
    left = asyncio.ensure_future(body.left())
    try:
        await asyncio.wait({begun, left}, return_when=asyncio.FIRST_COMPLETED)
        if not begun.done():
            raise CallerGone
        begun.result()
    finally:
        left.cancel()


def _give_up(begun: asyncio.Future[None]) -> None:
    if not begun.done():
        begun.set_exception(TimeoutError())
