"""Delete what each service no longer needs: delivered events, inbox rows, stored answers, old jobs and queue logs."""

import asyncio
from collections.abc import Awaitable, Callable

from loguru import logger

from common.http.context import ServiceContext

_EVERY_SECONDS = 3600
_BATCH_ROWS = 20_000


async def keep_house(context: ServiceContext) -> None:
    """Delete expired rows once an hour until the service stops."""
    await every_hour(context, lambda: drop_aged(context))


async def drop_aged(context: ServiceContext, at_once: int = _BATCH_ROWS) -> None:
    """Delete the rows that the policies of the look-up `housekeeping` (`database/policies`) mark as expired.

    They are deleted in batches of `at_once` rows, each in a transaction of its own: the first run may find millions of
    rows, which a single statement could not delete before its timeout.
    """
    # PgQueuer logs every step of every ticket and never deletes these rows.
    expired = " where created < now() - interval '3 days'"
    for table, key, condition in (
        ("outbox", "tenant_id, event_id", ""),
        ("inbox", "tenant_id, consumer, event_id", ""),
        ("idempotency_key", "tenant_id, account_id, key", ""),
        ("pgqueuer_log", "id", expired),
        ("pgqueuer_statistics", "id", expired),
        ("job", "tenant_id, job_id", ""),
    ):
        while not context.stopping.is_set():
            async with context.db.lookup("housekeeping") as connection:
                status = await connection.execute(
                    f"delete from {context.name}.{table} where ({key}) in"  # noqa: S608 -- own names; the policy says which rows
                    f" (select {key} from {context.name}.{table}{condition} limit {at_once})"
                )
            if int(status.removeprefix("DELETE ")) < at_once:
                break


async def every_hour(context: ServiceContext, clear: Callable[[], Awaitable[None]]) -> None:
    """Call `clear` at once and then every hour until the service stops. A failure is logged and retried next time."""
    while not context.stopping.is_set():
        try:
            await clear()
        except Exception as error:  # noqa: BLE001 -- it can wait an hour
            logger.warning("housekeeping: {}: {}", type(error).__name__, error)
        try:
            await asyncio.wait_for(context.stopping.wait(), _EVERY_SECONDS)
        except TimeoutError:
            continue
