"""The refresher: brings the summaries of dirty tenants up to date, at once when idle and less often under load."""

import asyncio
from uuid import UUID

from loguru import logger

from common.answers import Answers
from common.events.contracts.analytics_day_refreshed import DayRefreshed
from common.events.outbox import publish
from common.events.pieces import in_pieces
from common.http.context import ServiceContext
from services.analytics_service.store.refresh import analyze_if_grown, dirty_tenants, refresh_tenant

# Tenants are polled even without a wake-up: another replica may have consumed the event and then died.
_POLL_SECONDS = 2.0
_AFTER_FAILURE_SECONDS = 5.0
_RETRY_IF_BUSY_SECONDS = 0.2
# More than one, so that a tenant's rebuild does not block the others; few, so that connections remain for requests.
_MAX_CONCURRENT = 3


class Refresher:
    """Refreshes dirty tenants; at most one refresh per tenant at a time, also across replicas."""

    def __init__(self, context: ServiceContext, answers: Answers) -> None:
        self._context = context
        self._answers = answers
        self._wake = asyncio.Event()
        self._running: dict[UUID, asyncio.Task[None]] = {}
        self._not_before: dict[UUID, float] = {}

    def wake(self) -> None:
        """Look for dirty tenants now."""
        self._wake.set()

    async def run(self) -> None:
        """Refresh until the service stops; refreshes that are running are finished first."""
        stopping = self._context.stopping
        stop = asyncio.ensure_future(self._wake_at_stop(stopping))
        while not stopping.is_set():
            self._wake.clear()
            wait = _POLL_SECONDS
            try:
                wait = await self._start_due()
            except Exception as error:  # noqa: BLE001 -- the database is unavailable: try again until the service stops
                logger.warning("refresher: waiting: {}: {}", type(error).__name__, error)
            try:
                await asyncio.wait_for(self._wake.wait(), wait)
            except TimeoutError:
                continue
        await asyncio.gather(*self._running.values(), stop)

    async def _wake_at_stop(self, stopping: asyncio.Event) -> None:
        await stopping.wait()
        self.wake()

    async def _start_due(self) -> float:
        """Start the refreshes that are due; return the seconds until the next one may be."""
        wait = _POLL_SECONDS
        clock = asyncio.get_running_loop().time()
        for tenant_id, due_in in await dirty_tenants(self._context.db):
            due_in = max(due_in, self._not_before.get(tenant_id, 0.0) - clock)  # noqa: PLW2901 -- the later of both
            if tenant_id in self._running:
                continue
            if due_in > 0:
                wait = min(wait, max(due_in, 0.01))
                continue
            # The end of a running refresh wakes the loop, which looks for due tenants again.
            if len(self._running) >= _MAX_CONCURRENT:
                continue
            task = asyncio.ensure_future(self._refresh(tenant_id))
            self._running[tenant_id] = task
            task.add_done_callback(lambda _, tenant_id=tenant_id: self._done(tenant_id))
        return wait

    def _done(self, tenant_id: UUID) -> None:
        del self._running[tenant_id]
        self.wake()

    async def _refresh(self, tenant_id: UUID) -> None:
        database = self._context.db
        try:
            async with database.tenant(tenant_id) as connection:
                refreshed = await refresh_tenant(connection, tenant_id)
                if refreshed is None:
                    self._delay(tenant_id, _RETRY_IF_BUSY_SECONDS)
                    return
                chunks = in_pieces(refreshed.batch_ids)
                events = [DayRefreshed(batch_ids=batch_ids, days=refreshed.days) for batch_ids in chunks]
                ids = [await publish(connection, self._context.name, event, tenant_id) for event in events]
            # Drop outdated answers before the event is sent: a client that reacts to it must get the new figures.
            for event_id, event in zip(ids, events, strict=True):
                await self._answers.changed(event_id, tenant_id, event)
            self._context.wake_relay()
            self._not_before.pop(tenant_id, None)
            async with database.tenant(tenant_id) as connection:
                await analyze_if_grown(connection, tenant_id, but_events=refreshed.events_analyzed)
        except Exception as error:  # noqa: BLE001 -- one tenant's failure must not stop the others
            logger.opt(exception=error).error("refresh of tenant {} failed, again soon", tenant_id)
            self._delay(tenant_id, _AFTER_FAILURE_SECONDS)

    def _delay(self, tenant_id: UUID, seconds: float) -> None:
        self._not_before[tenant_id] = asyncio.get_running_loop().time() + seconds


def wake_refresher(context: ServiceContext) -> None:
    """Wake the refresher; called after an event's dirty keys were committed."""
    context.extras["refresher"].wake()


async def keep_fresh(context: ServiceContext) -> None:
    """Run the refresher that `prepare` created."""
    await context.extras["refresher"].run()
