"""The relay publishes the waiting events of the outbox, and marks them as published."""

import asyncio
from datetime import datetime

import asyncpg
import msgspec
from loguru import logger
from nats.errors import MaxPayloadError
from nats.js.errors import BadRequestError

from common.db import Connection, Database
from common.events.bus import Bus
from common.events.envelope import RawEvent, subject_of

_BATCH = 100
_POLL_SECONDS = 0.5
_BACKOFF_SECONDS = 1.0


class Relay:
    """Publishes one service's outbox. Several relays may run at once; each row is locked by one of them."""

    def __init__(self, service: str, database: Database, bus: Bus) -> None:
        self.service = service
        self.database = database
        self.bus = bus
        self._wake = asyncio.Event()
        self._stream_created_at: datetime | None = None
        self._reconnects = 0

    def wake(self) -> None:
        """Check the outbox now. Called after a commit, so that its events do not wait for the next poll."""
        self._wake.set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Publish until told to stop."""
        while not stopping.is_set():
            self._wake.clear()
            try:
                await self._notice_a_new_stream()
                while await self.publish_batch() == _BATCH:
                    pass
            except Exception as error:  # noqa: BLE001 -- the bus or the database is away: the rows wait
                logger.warning("outbox: not published yet: {}: {}", type(error).__name__, error)
                await asyncio.sleep(_BACKOFF_SECONDS)
            try:
                await asyncio.wait_for(self._wake.wait(), _POLL_SECONDS)
            except TimeoutError:
                continue

    async def publish_batch(self) -> int:
        """Publish up to a hundred waiting events, oldest first.

        Returns:
            How many were taken from the outbox.
        """
        async with self.database.lookup("outbox_relay") as connection:
            rows = await connection.fetch(
                f"select tenant_id, event_id, event_type, payload, request_id, trace_id, occurred_at"  # noqa: S608 -- own name
                f" from {self.service}.outbox where published_at is null and refused is null"
                " order by occurred_at limit $1 for update skip locked",
                _BATCH,
            )
            if not rows:
                return 0
            for row in rows:
                await self._publish(connection, row)
            await self._mark(connection, [row["tenant_id"] for row in rows], [row["event_id"] for row in rows])
        return len(rows)

    async def oldest_waiting_seconds(self) -> float:
        """Return how long the oldest event has waited to be published; 0 if none waits.

        Events that the bus refused do not count.
        """
        async with self.database.lookup("outbox_relay") as connection:
            seconds = await connection.fetchval(
                "select extract(epoch from clock_timestamp() - min(occurred_at))"  # noqa: S608 -- own name
                f" from {self.service}.outbox where published_at is null and refused is null"
            )
        return max(0.0, float(seconds or 0))

    async def _publish(self, connection: Connection, row: asyncpg.Record) -> None:
        event = RawEvent(
            id=row["event_id"],
            type=row["event_type"],
            tenant_id=row["tenant_id"],
            occurred_at=row["occurred_at"],
            request_id=row["request_id"],
            trace_id=row["trace_id"],
            data=msgspec.Raw(row["payload"].encode()),
        )
        try:
            subject = subject_of(event.type, event.tenant_id)
            await self.bus.publish(subject, msgspec.json.encode(event), str(event.id))
        except (MaxPayloadError, BadRequestError) as error:
            # The bus will never accept this event, so it must not block the events behind it.
            logger.error("outbox: event {} of {} refused by the bus: {}", event.id, event.tenant_id, error)
            await connection.execute(
                f"update {self.service}.outbox set refused = $3 where tenant_id = $1 and event_id = $2",  # noqa: S608 -- own name
                event.tenant_id,
                event.id,
                str(error),
            )

    async def _mark(self, connection: Connection, tenants: list[object], events: list[object]) -> None:
        await connection.execute(
            f"update {self.service}.outbox o set published_at = clock_timestamp()"  # noqa: S608 -- own name
            " from unnest($1::uuid[], $2::uuid[]) as p (tenant_id, event_id)"
            " where o.tenant_id = p.tenant_id and o.event_id = p.event_id and o.refused is null",
            tenants,
            events,
        )

    async def _notice_a_new_stream(self) -> None:
        """Publish again what was on a stream that no longer exists. Consumers' inboxes discard duplicates."""
        if self._stream_created_at is not None and self.bus.is_connected and not self._reconnected():
            return
        created_at = await self.bus.ensure_stream()
        if created_at != self._stream_created_at:
            async with self.database.lookup("outbox_relay") as connection:
                lost = await connection.execute(
                    f"update {self.service}.outbox set published_at = null"  # noqa: S608 -- own name
                    " where published_at < $1 and published_at > now() - interval '7 days'",
                    created_at,
                )
            if lost != "UPDATE 0":
                logger.warning("outbox: the stream is new; publishing again: {}", lost)
            self._stream_created_at = created_at
        self._reconnects = self.bus.client.stats["reconnects"]

    def _reconnected(self) -> bool:
        return self.bus.client.stats["reconnects"] != self._reconnects
