"""Running a service's jobs: PgQueuer hands out each lane's tickets, one for each attempt at a job or step of it."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import asyncpg
from loguru import logger
from pgqueuer.core.qm import QueueManager
from pgqueuer.db import AsyncpgPoolDriver

from common.db.pool import nothing_to_reset
from common.http.context import ServiceContext
from common.jobs.kind import JobKind
from common.jobs.lanes import WORK, entrypoint_of, lane_of
from common.jobs.lives import FAILED
from common.jobs.lost import lost_jobs, requeue_if_lost
from common.jobs.tickets import queue_queries, queue_settings
from common.jobs.worker import Worker

# A worker that has not been heard of for this long is dead, and its jobs go to another.
HEARTBEAT_TIMEOUT = timedelta(seconds=12)
# Nothing tells of a pause that is over: it is looked for.
_LOOK_SECONDS = 5.0
_RESTART_SECONDS = 1.0
_FIND_LOST_SECONDS = 15


class QueueLoop(QueueManager):
    """PgQueuer's loop; `shutdown` is set as soon as it ends, however that comes.

    Where its LISTEN hears nothing or a statement fails, PgQueuer first waits for the jobs at work, for hours if need
    be, takes no other meanwhile, and tells nobody.
    """

    async def _run_periodic_health_check(self, interval: timedelta = timedelta(seconds=10)) -> None:
        """As PgQueuer's; it fails with the listener, and is cancelled with the loop before the jobs are waited for."""
        try:
            await super()._run_periodic_health_check(interval)
        finally:
            self.shutdown.set()

    async def verify_structure(self) -> None:
        """Nothing: our migrations make its tables, and a test asks PgQueuer whether they are what it wants.

        Its thirteen questions to the catalogue are half of what starting a service costs the database.
        """


class JobRunner:
    """One service's workers, in all its lanes."""

    def __init__(self, context: ServiceContext, kinds: Sequence[JobKind]) -> None:
        self.context = context
        self.kinds = {kind.name: kind for kind in kinds}
        for kind in self.kinds:
            FAILED.labels(context.name, kind)  # told as 0 from the start: else the first failure would be no increase
        entrypoints = {WORK.entrypoint, *map(entrypoint_of, self.kinds)}
        self.lanes = [lane_of(entrypoint, context.settings.sync_slots) for entrypoint in sorted(entrypoints)]

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until told to stop; starts over when the database went away."""
        while not stopping.is_set():
            try:
                await self._work(stopping)
            except Exception as error:  # noqa: BLE001 -- the database is away: the jobs wait in it
                logger.warning("jobs: waiting: {}: {}", type(error).__name__, error)
                await asyncio.sleep(_RESTART_SECONDS)

    async def _work(self, stopping: asyncio.Event) -> None:
        service = self.context.name
        # A pool of its own: one connection listens, and PgQueuer's statements must not wait for requests.
        pool = await asyncpg.create_pool(
            self.context.settings.dsn(service),
            min_size=1,
            max_size=3,
            reset=nothing_to_reset,
            server_settings={"application_name": f"branchwise-{service}-jobs"},
        )
        try:
            manager = QueueLoop(queue_queries(AsyncpgPoolDriver(pool), service), queue_settings(service).channel)
            worker = Worker(self.context, self.kinds, manager.shutdown)
            for lane in self.lanes:
                manager.entrypoint(lane.entrypoint, concurrency_limit=lane.slots)(worker.work)
            helpers = [
                asyncio.create_task(_pass_on(stopping, manager.shutdown)),
                asyncio.create_task(_tell_of_a_lost_queue(manager.shutdown, stopping)),
                asyncio.create_task(self._find_lost_jobs(stopping)),
            ]
            try:
                await manager.run(
                    dequeue_timeout=timedelta(seconds=_LOOK_SECONDS),
                    shutdown_on_listener_failure=True,
                    heartbeat_timeout=HEARTBEAT_TIMEOUT,
                )
            finally:
                for helper in helpers:
                    helper.cancel()
        finally:
            pool.terminate()

    async def _find_lost_jobs(self, stopping: asyncio.Event) -> None:
        """Queue again what a crash of the database left without a ticket."""
        while not stopping.is_set():
            try:
                await self._queue_lost_jobs()
            except Exception as error:  # noqa: BLE001 -- it is looked for again
                logger.warning("jobs: could not look for lost ones: {}: {}", type(error).__name__, error)
            await asyncio.sleep(_FIND_LOST_SECONDS)

    async def _queue_lost_jobs(self) -> None:
        async with self.context.db.lookup("lost_jobs") as connection:
            tickets = await lost_jobs(connection, self.context.name)
        for ticket in tickets:
            async with self.context.db.tenant(ticket.tenant_id) as connection:
                if await requeue_if_lost(connection, self.context.name, ticket):
                    logger.warning("job {}: its ticket was lost, queued again", ticket.job_id)


async def _pass_on(stopping: asyncio.Event, shutdown: asyncio.Event) -> None:
    await stopping.wait()
    shutdown.set()


async def _tell_of_a_lost_queue(shutdown: asyncio.Event, stopping: asyncio.Event) -> None:
    await shutdown.wait()
    if not stopping.is_set():
        logger.warning("jobs: the queue is lost: jobs at work are handed back, then it is opened anew")
