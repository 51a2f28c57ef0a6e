"""Receive events in every process that listens, for example to invalidate its caches.

Unlike for a consumer, nothing is stored for a listener that is disconnected, and events that it misses are not
delivered later. Listeners have to check `bus.hears` and `bus.gaps`.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from loguru import logger
from nats.aio.msg import Msg

from common.events.bus import Bus
from common.events.envelope import Contract, RawEvent


class Heard(NamedTuple):
    """An event that a listener received."""

    id: UUID
    tenant_id: UUID
    data: Any


async def hear(
    bus: Bus, contracts: Sequence[type[Contract]], on_event: Callable[[Heard | None], Awaitable[None]]
) -> None:
    """Call `on_event` for every event of these types from now on, and with None for one that cannot be decoded.

    Returns when the bus has registered the subscriptions.
    """

    def listener(contract: type[Contract]) -> Callable[[Msg], Awaitable[None]]:
        async def on_message(message: Msg) -> None:
            try:
                raw = msgspec.json.decode(message.data, type=RawEvent)
                heard = Heard(raw.id, raw.tenant_id, msgspec.json.decode(raw.data, type=contract))
            except msgspec.DecodeError as error:
                logger.error("{}: passed by and cannot be read: {}", message.subject, error)
                heard = None
            await on_event(heard)

        return on_message

    for contract in contracts:
        await bus.client.subscribe(f"evt.{contract.TYPE}.*", cb=listener(contract))
    await bus.client.flush()
