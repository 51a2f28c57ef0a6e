"""What every service throws away by itself: delivered events, handled marks, answers, routine jobs and queue logs."""

import asyncio
from collections.abc import Awaitable, Callable

from loguru import logger

from common.http.context import ServiceContext

_EVERY_SECONDS = 3600
_AT_ONCE = 20_000


async def keep_house(context: ServiceContext) -> None:
    """Throw away once an hour until the service stops."""
    await every_hour(context, lambda: drop_aged(context))


async def drop_aged(context: ServiceContext, at_once: int = _AT_ONCE) -> None:
    """Drop what is past the ages in the look-up `housekeeping`'s policies (`database/policies`).

    Each step is a transaction of its own: the first time there may be millions of rows, which one statement would not
    drop within the time that any statement has, and so never.
    """
    # (PgQueuer keeps a line of every ticket's every step, and clears none.)
    aged = " where created < now() - interval '3 days'"
    for table, key, those in (
        ("outbox", "tenant_id, event_id", ""),
        ("inbox", "tenant_id, consumer, event_id", ""),
        ("idempotency_key", "tenant_id, account_id, key", ""),
        ("pgqueuer_log", "id", aged),
        ("pgqueuer_statistics", "id", aged),
        ("job", "tenant_id, job_id", ""),
    ):
        while not context.stopping.is_set():
            async with context.db.lookup("housekeeping") as connection:
                done = await connection.execute(
                    f"delete from {context.name}.{table} where ({key}) in"  # noqa: S608 -- own names; the policy says which rows
                    f" (select {key} from {context.name}.{table}{those} limit {at_once})"
                )
            if int(done.removeprefix("DELETE ")) < at_once:
                break


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
