"""Run a service's jobs. PgQueuer hands out the tickets of each lane, one for each attempt at a job or step of one."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import asyncpg
from loguru import logger
from pgqueuer.core.qm import QueueManager
from pgqueuer.db import AsyncpgPoolDriver

from common.db.pool import ACQUIRE_TIMEOUT_SECONDS, COMMAND_TIMEOUT_SECONDS, nothing_to_reset
from common.http.context import ServiceContext
from common.jobs.kind import JobKind
from common.jobs.lanes import WORK, entrypoint_of, lane_of
from common.jobs.lives import FAILED
from common.jobs.lost import lost_jobs, requeue_if_lost
from common.jobs.tickets import queue_queries, queue_settings
from common.jobs.worker import Worker

# A worker without a heartbeat for this long counts as dead, and its jobs go to another worker.
HEARTBEAT_TIMEOUT = timedelta(seconds=12)
# Nothing notifies the queue when a delayed ticket becomes due, so the queue is polled.
_LOOK_SECONDS = 5.0
_RESTART_SECONDS = 1.0
_FIND_LOST_SECONDS = 15


class QueueLoop(QueueManager):
    """PgQueuer's loop, which sets `shutdown` as soon as it ends for any reason.

    If its LISTEN connection or a statement fails, PgQueuer itself waits for the running jobs, possibly for hours,
    without taking other jobs and without any notice.
    """

    async def _run_periodic_health_check(self, interval: timedelta = timedelta(seconds=10)) -> None:
        """Run PgQueuer's check, and set `shutdown` when it ends.

        It fails with the listener, and is cancelled with the loop before PgQueuer waits for the running jobs.
        """
        try:
            await super()._run_periodic_health_check(interval)
        finally:
            self.shutdown.set()

    async def verify_structure(self) -> None:
        """Do nothing: our migrations create PgQueuer's tables, and a test compares them with what PgQueuer expects.

        PgQueuer's thirteen catalogue queries would be half of the database's work when a service starts.
        """


class JobRunner:
    """Runs one service's workers in all of its lanes."""

    def __init__(self, context: ServiceContext, kinds: Sequence[JobKind]) -> None:
        self.context = context
        self.kinds = {kind.name: kind for kind in kinds}
        for kind in self.kinds:
            FAILED.labels(
                context.name, kind
            )  # exported as 0 from the start: otherwise the first failure would not be an increase
        entrypoints = {WORK.entrypoint, *map(entrypoint_of, self.kinds)}
        self.lanes = [lane_of(entrypoint, context.settings.sync_slots) for entrypoint in sorted(entrypoints)]

    async def run(self, stopping: asyncio.Event) -> None:
        """Run jobs until `stopping` is set, and start again after a failure of the database."""
        while not stopping.is_set():
            try:
                await self._work(stopping)
            except Exception as error:  # noqa: BLE001 -- the database is away: the jobs wait in it
                logger.warning("jobs: waiting: {}: {}", type(error).__name__, error)
                await asyncio.sleep(_RESTART_SECONDS)

    async def _work(self, stopping: asyncio.Event) -> None:
        service = self.context.name
        # A separate pool: one connection listens, and PgQueuer's statements must not wait for those of requests.
        pool = await asyncpg.create_pool(
            self.context.settings.dsn(service),
            min_size=1,
            max_size=3,
            reset=nothing_to_reset,
            timeout=ACQUIRE_TIMEOUT_SECONDS,
            command_timeout=COMMAND_TIMEOUT_SECONDS,
            server_settings={"application_name": f"branchwise-{service}-jobs"},
        )
        try:
            manager = QueueLoop(queue_queries(AsyncpgPoolDriver(pool), service), queue_settings(service).channel)
            worker = Worker(self.context, self.kinds, manager.shutdown)
            for lane in self.lanes:
                manager.entrypoint(lane.entrypoint, concurrency_limit=lane.slots)(worker.work)
            helpers = [
                asyncio.create_task(_shut_down_on_stop(stopping, manager.shutdown)),
                asyncio.create_task(_log_lost_queue(manager.shutdown, stopping)),
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
        """Regularly queue jobs again that a crash of the database left without a ticket."""
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


async def _shut_down_on_stop(stopping: asyncio.Event, shutdown: asyncio.Event) -> None:
    await stopping.wait()
    shutdown.set()


async def _log_lost_queue(shutdown: asyncio.Event, stopping: asyncio.Event) -> None:
    await shutdown.wait()
    if not stopping.is_set():
        logger.warning("jobs: the queue is lost: jobs at work are handed back, then it is opened anew")
