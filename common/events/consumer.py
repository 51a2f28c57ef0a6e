"""Durable consumers: handle each event once, retry with backoff, and then store it as a dead letter.

An event is handled once because its inbox row commits in the same transaction as its effects.
"""

import asyncio
import collections
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

import msgspec
from loguru import logger
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig
from prometheus_client import Counter

from common.db import Connection, Database
from common.db.outage import is_outage
from common.events.bus import STREAM, Bus
from common.events.dead_letters import bury
from common.events.envelope import Contract, Event, RawEvent
from common.logging import request_id_var, tenant_id_var, trace_id_var

_FETCH = 32
_FETCH_SECONDS = 5
# A message that is not acknowledged within this time is delivered to another consumer. A consumer that is still working
# extends it.
ACK_WAIT_SECONDS = 10
BACKOFF_SECONDS = (0.2, 1, 5, 15, 60, 180, 300)
OUTAGE_SECONDS = 1.0

DEAD_LETTERS = Counter("events_dead_lettered", "Events that a consumer gave up", ["service", "event"])


class ConsumingService(Protocol):
    """The part of a service that a consumer needs. Handlers get the same object, with its full type."""

    name: str
    db: Database
    bus: Bus

    def wake_relay(self) -> None:
        """Let the relay check the outbox now."""
        ...


Service = TypeVar("Service", bound=ConsumingService)


@dataclass(frozen=True)
class Consumer(Generic[Service]):
    """One event type and its handler in this service.

    `handle(connection, event, context)` runs in a transaction of the event's tenant that already holds the inbox row:
    what it writes commits once, no matter how often the event is delivered. `after(context)` runs after the commit, for
    example to wake a worker.
    """

    contract: type[Contract]
    handle: Callable[[Connection, Any, Service], Awaitable[None]]
    after: Callable[[Service], None] | None = None

    def durable_name(self, service: str) -> str:
        """Return the name under which JetStream stores this consumer's position."""
        return f"{service}-{self.contract.TYPE.replace('.', '-')}"

    async def run(self, context: Service, stopping: asyncio.Event) -> None:
        """Consume until told to stop. Fetched messages are finished first."""
        subscription: JetStreamContext.PullSubscription | None = None
        # By event. The bus counts deliveries, but one that met an outage is no failure of the event.
        failures: collections.Counter[UUID] = collections.Counter()
        while not stopping.is_set():
            try:
                if subscription is None:
                    subscription = await self._subscribe(context)
                messages = await _fetch_or_stop(subscription, stopping)
                async with _in_progress(messages):
                    for message in messages:
                        await self._take(context, message, failures)
            except TimeoutError:
                continue
            except Exception as error:  # noqa: BLE001 -- the bus or the database is away: try again until told to stop
                logger.warning("{}: waiting: {}: {}", self.contract.TYPE, type(error).__name__, error)
                subscription = None
                await asyncio.sleep(1)

    async def _subscribe(self, context: Service) -> JetStreamContext.PullSubscription:
        await context.bus.ensure_stream()
        durable = self.durable_name(context.name)
        return await context.bus.jetstream.pull_subscribe(
            f"evt.{self.contract.TYPE}.*",
            durable=durable,
            stream=STREAM,
            config=ConsumerConfig(
                durable_name=durable, ack_policy=AckPolicy.EXPLICIT, ack_wait=ACK_WAIT_SECONDS, max_ack_pending=256
            ),
        )

    async def _take(self, context: Service, message: Msg, failures: collections.Counter[UUID]) -> None:
        raw: RawEvent | None = None
        try:
            raw = msgspec.json.decode(message.data, type=RawEvent)
            event = self.read(raw)
        except msgspec.DecodeError as error:
            if raw is None:
                logger.error("{}: not even an envelope, dropped: {}", message.subject, error)
            else:
                await self._bury(context, message, raw, error, said_of(error))
            await message.term()
            return
        request_id_var.set(event.request_id)
        trace_id_var.set(event.trace_id)
        tenant_id_var.set(str(event.tenant_id))
        try:
            await self._handle_once(context, event)
        except Exception as error:  # noqa: BLE001 -- any failure of a handler is retried, then kept
            await self._retry_or_bury(context, message, raw, error, failures)
            return
        failures.pop(event.id, None)
        await message.ack()
        if self.after is not None:
            self.after(context)

    async def _handle_once(self, context: Service, event: Event[Any]) -> None:
        async with context.db.tenant(event.tenant_id) as connection:
            await self.handle_once(connection, event, context)
        context.wake_relay()

    async def handle_once(self, connection: Connection, event: Event[Any], context: Service) -> bool:
        """Handle an event in the caller's transaction unless it was handled before, and delete its dead letter.

        Returns:
            Whether it was handled now.
        """
        # The dead letter is deleted before the inbox row is added: common/http/replay.py locks them in this order too.
        is_new = await connection.fetchval(
            f"with letter as (delete from {context.name}.dead_letter"  # noqa: S608 -- own name
            " where tenant_id = $1 and consumer = $2 and event_id = $3 returning 1)"
            f" insert into {context.name}.inbox (tenant_id, consumer, event_id)"
            " select $1, $2, $3 where (select count(*) from letter) >= 0 on conflict do nothing returning true",
            event.tenant_id,
            self.contract.TYPE,
            event.id,
        )
        if is_new:
            await self.handle(connection, event, context)
        return bool(is_new)

    def read(self, raw: RawEvent) -> Event[Any]:
        """Decode the event's data.

        Raises:
            msgspec.DecodeError: the data does not match the contract.
        """
        return Event(
            id=raw.id,
            type=raw.type,
            tenant_id=raw.tenant_id,
            occurred_at=raw.occurred_at,
            request_id=raw.request_id,
            trace_id=raw.trace_id,
            data=msgspec.json.decode(raw.data, type=self.contract),
        )

    async def _retry_or_bury(
        self, context: Service, message: Msg, raw: RawEvent, error: Exception, failures: collections.Counter[UUID]
    ) -> None:
        if is_outage(error):
            # The event waits until the database is available again.
            await message.nak(delay=OUTAGE_SECONDS)
            return
        failures[raw.id] += 1
        if failures[raw.id] <= len(BACKOFF_SECONDS):
            delay = BACKOFF_SECONDS[failures[raw.id] - 1]
            logger.opt(exception=error).warning(
                "{}: attempt {} failed, again in {} s", self.contract.TYPE, failures[raw.id], delay
            )
            await message.nak(delay=delay)
            return
        await self._bury(context, message, raw, error, said_of(error))
        failures.pop(raw.id, None)
        await message.term()

    async def _bury(self, context: Service, message: Msg, raw: RawEvent, error: Exception, cause: str) -> None:
        deliveries = message.metadata.num_delivered
        DEAD_LETTERS.labels(context.name, self.contract.TYPE).inc()
        async with context.db.tenant(raw.tenant_id) as connection:
            await bury(connection, context.name, self.contract.TYPE, raw, cause, deliveries)
        logger.opt(exception=error).error(
            "event {} on {} became a dead letter after delivery {}: {}", raw.id, message.subject, deliveries, cause
        )


def said_of(error: Exception) -> str:
    """Describe in one line why an event failed."""
    kind = "unreadable" if isinstance(error, msgspec.DecodeError) else type(error).__name__
    return f"{kind}: {error}"


@asynccontextmanager
async def _in_progress(messages: Sequence[Msg]) -> AsyncGenerator[None]:
    """Tell the bus regularly that these messages are still being processed, so that it does not deliver them again."""

    async def report() -> None:
        while True:
            await asyncio.sleep(ACK_WAIT_SECONDS / 3)
            for message in messages:
                if not message.is_acked:
                    with suppress(NatsError):  # if the bus is down, it will deliver them again anyway
                        await message.in_progress()

    reporting = asyncio.create_task(report())
    try:
        yield
    finally:
        reporting.cancel()
        await asyncio.wait({reporting})


async def _fetch_or_stop(subscription: JetStreamContext.PullSubscription, stopping: asyncio.Event) -> list[Msg]:
    """Fetch a batch of messages. A stop ends the wait at once; messages that were not taken are delivered again."""
    fetch = asyncio.ensure_future(subscription.fetch(_FETCH, timeout=_FETCH_SECONDS))
    stop = asyncio.ensure_future(stopping.wait())
    done, _ = await asyncio.wait({fetch, stop}, return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    if fetch in done:
        return fetch.result()
    fetch.cancel()
    return []
