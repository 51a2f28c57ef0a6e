"""Hearing of events in every process that listens, as they pass: for what a process remembers and must forget.

Nothing is stored for who is away, unlike a consumer's. Who listens looks at `bus.hears` and `bus.gaps`: what passed
while the connection was lost is not told again.
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
    """An event that passed by."""

    id: UUID
    tenant_id: UUID
    data: Any


async def hear(
    bus: Bus, contracts: Sequence[type[Contract]], on_event: Callable[[Heard | None], Awaitable[None]]
) -> None:
    """Call `on_event` for every event of these kinds from now on, and with None for one that cannot be read.

    Returns once the bus knows that we listen.
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
