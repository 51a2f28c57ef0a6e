"""The refresher: keeps every tenant's summaries up to date, at once when idle and not too often under load."""

import asyncio
from uuid import UUID

from loguru import logger

from common.answers import Answers
from common.events.contracts.analytics_day_refreshed import DayRefreshed
from common.events.outbox import publish
from common.events.pieces import in_pieces
from common.http.context import ServiceContext
from services.analytics_service.store.refresh import analyze_if_grown, dirty_tenants, refresh_tenant

# Looked at even when nobody wakes us: another replica may have taken the event and died.
_POLL_SECONDS = 2.0
_AFTER_FAILURE_SECONDS = 5.0
_WHILE_ANOTHER_DOES_SECONDS = 0.2
# One tenant's rebuild must not keep the others waiting, nor all of the pool busy.
_AT_ONCE = 3


class Refresher:
    """Runs refreshes of dirty tenants, one at a time per tenant, whoever else does too."""

    def __init__(self, context: ServiceContext, answers: Answers) -> None:
        self._context = context
        self._answers = answers
        self._wake = asyncio.Event()
        self._running: dict[UUID, asyncio.Task[None]] = {}
        self._resting: dict[UUID, float] = {}

    def wake(self) -> None:
        """Look for dirty tenants now."""
        self._wake.set()

    async def run(self) -> None:
        """Refresh until the service stops; what is in hand is finished first."""
        stopping = self._context.stopping
        stop = asyncio.ensure_future(self._wake_at_stop(stopping))
        while not stopping.is_set():
            self._wake.clear()
            wait = _POLL_SECONDS
            try:
                wait = await self._start_due()
            except Exception as error:  # noqa: BLE001 -- the database is away: try again until told to stop
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
        """Start what is due; returns the seconds until the next is."""
        wait = _POLL_SECONDS
        clock = asyncio.get_running_loop().time()
        for tenant_id, due_in in await dirty_tenants(self._context.db):
            due_in = max(due_in, self._resting.get(tenant_id, 0.0) - clock)  # noqa: PLW2901 -- the later of both
            if tenant_id in self._running:
                continue
            if due_in > 0:
                wait = min(wait, max(due_in, 0.01))
                continue
            # (one that ends looks again)
            if len(self._running) >= _AT_ONCE:
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
                    self._rest(tenant_id, _WHILE_ANOTHER_DOES_SECONDS)
                    return
                pieces = in_pieces(refreshed.batch_ids)
                events = [DayRefreshed(batch_ids=batch_ids, days=refreshed.days) for batch_ids in pieces]
                ids = [await publish(connection, self._context.name, event, tenant_id) for event in events]
            # Before anybody is told: who asks because of the event must get what is new.
            for event_id, event in zip(ids, events, strict=True):
                await self._answers.changed(event_id, tenant_id, event)
            self._context.wake_relay()
            self._resting.pop(tenant_id, None)
            async with database.tenant(tenant_id) as connection:
                await analyze_if_grown(connection, tenant_id, but_events=refreshed.events_analyzed)
        except Exception as error:  # noqa: BLE001 -- one tenant's trouble must not stop the others' refreshes
            logger.opt(exception=error).error("refresh of tenant {} failed, again soon", tenant_id)
            self._rest(tenant_id, _AFTER_FAILURE_SECONDS)

    def _rest(self, tenant_id: UUID, seconds: float) -> None:
        self._resting[tenant_id] = asyncio.get_running_loop().time() + seconds


def wake_refresher(context: ServiceContext) -> None:
    """Called once an event's dirty keys have committed."""
    context.extras["refresher"].wake()


async def keep_fresh(context: ServiceContext) -> None:
    """Run the refresher that `prepare` made."""
    await context.extras["refresher"].run()
