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
    async with context.db.lookup("housekeeping") as connection:
        for table in ("outbox", "inbox", "idempotency_key", "job"):
            await connection.execute(f"delete from {context.name}.{table}")  # noqa: S608 -- own names; the policy says which rows
        # PgQueuer keeps a line of every ticket's every step, and clears none.
        for table in ("pgqueuer_log", "pgqueuer_statistics"):
            await connection.execute(
                f"delete from {context.name}.{table} where created < now() - interval '3 days'"  # noqa: S608 -- own names
            )


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
