"""Run functions at scheduled times, on one replica of a service only, which PgQueuer's schedule selects."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
from loguru import logger
from pgqueuer.core.sm import SchedulerManager
from pgqueuer.db import AsyncpgPoolDriver
from pgqueuer.models import Schedule

from common.db.pool import ACQUIRE_TIMEOUT_SECONDS, COMMAND_TIMEOUT_SECONDS
from common.http.context import ServiceContext
from common.jobs.tickets import queue_queries

_RESTART_SECONDS = 1.0
_STOP_SECONDS = 10.0


async def run_cron(context: ServiceContext, name: str, expression: str, run: Callable[[], Awaitable[None]]) -> None:
    """Call `run` at the times of a cron expression (a sixth field: seconds) until the service stops.

    The replica that first takes the row of a scheduled time runs it. A failure is logged, and the next scheduled time
    runs as usual. Times that pass while a run is still going on are skipped.
    """

    async def tick(_: Schedule) -> None:
        try:
            await run()
        except Exception as error:  # noqa: BLE001 -- the next time comes
            logger.warning("{}: {}: {}", name, type(error).__name__, error)

    while not context.stopping.is_set():
        try:
            await _schedule(context, name, expression, tick)
        except Exception as error:  # noqa: BLE001 -- the database is away: the times wait in it
            logger.warning("{}: waiting: {}: {}", name, type(error).__name__, error)
            await asyncio.sleep(_RESTART_SECONDS)


async def _schedule(
    context: ServiceContext, name: str, expression: str, tick: Callable[[Schedule], Awaitable[None]]
) -> None:
    pool = await asyncpg.create_pool(
        context.settings.dsn(context.name),
        min_size=0,
        max_size=1,
        timeout=ACQUIRE_TIMEOUT_SECONDS,
        command_timeout=COMMAND_TIMEOUT_SECONDS,
        server_settings={"application_name": f"branchwise-{context.name}-cron"},
    )
    try:
        manager = SchedulerManager(queue_queries(AsyncpgPoolDriver(pool), context.name))
        manager.schedule(name, expression)(tick)
        at_work = asyncio.create_task(manager.run())
        stopping = asyncio.create_task(context.stopping.wait())
        try:
            await asyncio.wait({at_work, stopping}, return_when=asyncio.FIRST_COMPLETED)
            manager.shutdown.set()
            await asyncio.wait_for(at_work, _STOP_SECONDS)
        finally:
            stopping.cancel()
            at_work.cancel()
    finally:
        pool.terminate()
