"""Listens on the bus for changes of sessions, keys, roles and plans."""

import asyncio
from collections.abc import Awaitable, Callable

import nats
from loguru import logger
from nats.aio.client import Client
from nats.errors import Error as NatsError

from common.auth.access_changes import AccessChange, listen

_RETRY_SECONDS = 1


async def follow(url: str, on_change: Callable[[AccessChange], None], on_gap: Callable[[], None]) -> None:
    """Call `on_change` for every announcement, and `on_gap` when some may have been missed, until cancelled.

    The bus may be unavailable, also at the start: verdicts expire without it.
    """

    async def after_reconnecting() -> None:
        logger.info("NATS answers again: earlier verdicts are dropped")
        on_gap()

    client = await _connect(url, after_reconnecting)
    try:
        await listen(client, on_change)
        on_gap()
        await asyncio.Event().wait()
    finally:
        await client.close()


async def _connect(url: str, after_reconnecting: Callable[[], Awaitable[None]]) -> Client:
    logged: set[str] = set()

    async def log_once(error: Exception) -> None:
        reason = str(error) or type(error).__name__
        if reason not in logged:
            logged.add(reason)
            logger.warning("NATS is unavailable: changes of access take effect when verdicts expire: {}", reason)

    while True:
        try:
            return await nats.connect(
                url,
                name="branchwise-gateway",
                max_reconnect_attempts=-1,
                reconnect_time_wait=0.5,
                connect_timeout=3,
                ping_interval=10,
                error_cb=log_once,
                reconnected_cb=after_reconnecting,
            )
        except (OSError, NatsError, TimeoutError) as error:
            await log_once(error)
            await asyncio.sleep(_RETRY_SECONDS)
