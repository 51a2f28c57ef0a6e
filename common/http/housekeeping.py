"""What every service throws away by itself: delivered events, handled marks, answers, routine jobs and queue logs."""

import asyncio
from collections.abc import Awaitable, Callable

from loguru import logger

from common.http.context import ServiceContext

_EVERY_SECONDS = 3600


async def keep_house(context: ServiceContext) -> None:
    """Throw away once an hour until the service stops."""
    await every_hour(context, lambda: drop_aged(context))


async def drop_aged(context: ServiceContext) -> None:
    """Drop what is past the ages in the look-up `housekeeping`'s policies (`database/policies`)."""
    # Each in a transaction of its own: where very much is dropped for the first time, the others go all the same.
    # (PgQueuer keeps a line of every ticket's every step, and clears none.)
    aged = " where created < now() - interval '3 days'"
    for table, those in (
        *(("outbox", ""), ("inbox", ""), ("idempotency_key", "")),
        *(("pgqueuer_log", aged), ("pgqueuer_statistics", aged)),
        ("job", ""),
    ):
        async with context.db.lookup("housekeeping") as connection:
            await connection.execute(f"delete from {context.name}.{table}{those}")  # noqa: S608 -- own names; the policy says which rows


async def every_hour(context: ServiceContext, clear: Callable[[], Awaitable[None]]) -> None:
    """Do it now and once an hour until the service stops; what fails is tried again in the next."""
    while not context.stopping.is_set():
        try:
            await clear()
        except Exception as error:  # noqa: BLE001 -- it can wait an hour
            logger.warning("housekeeping: {}: {}", type(error).__name__, error)
        try:
            await asyncio.wait_for(context.stopping.wait(), _EVERY_SECONDS)
        except TimeoutError:
            continue
