"""Word of what no longer holds, so that nobody waits for a cache to run out: a revoked session, a changed role, a plan.

It goes over the bus directly, not through the outbox: caches end by themselves within a minute, and this only makes
it sooner. Who announces does so after the commit; who listens drops what it remembers.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from uuid import UUID

import msgspec
from loguru import logger
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

SUBJECT = "auth.access.changed"
_FLUSH_SECONDS = 2


class AccessChange(msgspec.Struct, frozen=True, kw_only=True):
    """Whose access is another now. `tenants` means all of their people and keys, such as after a change of plan.

    `signing_keys` are the ids of keys that verify no more, whatever was signed with them: somebody else may have them.
    """

    accounts: list[UUID] = []
    sessions: list[UUID] = []
    keys: list[UUID] = []
    tenants: list[UUID] = []
    signing_keys: list[str] = []


async def announce(client: Client, change: AccessChange) -> None:
    """Tell everybody who listens; returns once the bus has it. Away, it is no error: caches run out."""
    try:
        await client.publish(SUBJECT, msgspec.json.encode(change))
        await client.flush(_FLUSH_SECONDS)
    except (NatsError, TimeoutError, OSError) as error:
        logger.warning("a change of access was not announced, caches end within a minute: {}", error)


async def listen(client: Client, on_change: Callable[[AccessChange], Awaitable[None] | None]) -> None:
    """Call `on_change` for every announcement from now on."""

    async def on_message(message: Msg) -> None:
        with suppress(msgspec.DecodeError):
            waiting = on_change(msgspec.json.decode(message.data, type=AccessChange))
            if waiting is not None:
                await waiting

    await client.subscribe(SUBJECT, cb=on_message)
