"""The connection to NATS and the one stream that carries every event."""

import asyncio
from contextlib import suppress
from datetime import datetime

from loguru import logger
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import BadRequestError, NotFoundError

STREAM = "EVENTS"
_DAY = 24 * 3600
# Shorter than the 14 days for which the outbox keeps published events.
_MAX_AGE_SECONDS = 7 * _DAY
_DUPLICATE_WINDOW_SECONDS = 600
_RETRY_SECONDS = 0.5
_FLUSH_SECONDS = 2


class BusNotReady(Exception):
    """NATS did not answer within the time allowed."""


class Bus:
    """One NATS connection, which reconnects by itself, and the event stream, which it creates if missing."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.jetstream: JetStreamContext = client.jetstream(timeout=10)
        self._said = ""
        # How often the connection was lost and restored: listeners may have missed events each time.
        self.gaps = 0

    @classmethod
    async def connect_when_ready(cls, url: str, *, name: str, within_seconds: float = 60) -> "Bus":
        """Connect, waiting for the server, and create the stream if it does not exist.

        Raises:
            BusNotReady: the server did not answer in time.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within_seconds
        is_logged = False
        while True:
            try:
                client = Client()
                bus = cls(client)
                try:
                    # A client with unlimited reconnects also retries its first connection without end.
                    async with asyncio.timeout_at(deadline):
                        await client.connect(
                            url,
                            name=f"branchwise-{name}",
                            allow_reconnect=True,
                            max_reconnect_attempts=-1,
                            reconnect_time_wait=0.5,  # pyright: ignore[reportArgumentType] -- it sleeps for it
                            connect_timeout=5,
                            ping_interval=10,
                            error_cb=bus.say,
                            reconnected_cb=bus.note_reconnected,
                        )
                    await bus.ensure_stream()
                except BaseException:
                    await client.close()
                    raise
            except (OSError, NatsError, TimeoutError) as error:
                if loop.time() >= deadline:
                    # The part before the @ is left out, since it contains the token.
                    message = f"NATS did not answer at {url.rpartition('@')[2]} within {within_seconds:g} s"
                    raise BusNotReady(message) from error
                if not is_logged:
                    logger.info("waiting: NATS does not take us yet: {}", error)
                    is_logged = True
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                return bus

    async def ensure_stream(self) -> datetime:
        """Create the stream if it does not exist.

        Returns:
            When the stream was created: events published before are not on it.
        """
        config = StreamConfig(
            name=STREAM,
            subjects=["evt.>"],
            retention=RetentionPolicy.LIMITS,
            storage=StorageType.FILE,
            max_age=_MAX_AGE_SECONDS,
            duplicate_window=_DUPLICATE_WINDOW_SECONDS,
        )
        try:
            info = await self.jetstream.stream_info(STREAM)
        except NotFoundError:
            try:
                info = await self.jetstream.add_stream(config)
            except BadRequestError:
                # Another service created it in the meantime.
                info = await self.jetstream.stream_info(STREAM)
        if info.created is None:
            message = "NATS did not say when the stream was made"
            raise TypeError(message)
        return info.created

    async def publish(self, subject: str, payload: bytes, message_id: str) -> None:
        """Publish a message and wait until the server has stored it. The same id is stored only once."""
        await self.jetstream.publish(subject, payload, headers={"Nats-Msg-Id": message_id})

    async def say(self, error: Exception) -> None:
        """Log an error of the client, but not the same one again: it retries continuously while the server is down."""
        text = str(error) or type(error).__name__
        if text != self._said:
            logger.warning("NATS: {}", text)
        self._said = text

    async def note_reconnected(self) -> None:
        """Note that the connection is restored, after the server has all subscriptions again."""
        self.gaps = self.client.stats["reconnects"]
        self._said = ""

    @property
    def hears(self) -> bool:
        """Whether listeners receive events now: the server is connected and has all subscriptions."""
        return self.client.is_connected and self.client.stats["reconnects"] == self.gaps

    @property
    def is_connected(self) -> bool:
        """Whether the client is connected to the server now."""
        return self.client.is_connected

    async def close(self) -> None:
        """Flush what is being sent, and close the connection.

        It is not drained: that would wait for messages that a pull subscription never counts as processed.
        """
        if self.client.is_connected:
            with suppress(NatsError):  # then the outbox publishes it at the next start
                await self.client.flush(_FLUSH_SECONDS)
        await self.client.close()
