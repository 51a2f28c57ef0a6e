"""Publish what a service counts in memory as events, every few seconds and once more when it stops.

Each count is published at most once: what a process has not published when it is killed is lost.
"""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple, Protocol
from uuid import UUID, uuid4

from loguru import logger

from common.db import Database
from common.events.envelope import Contract
from common.events.outbox import publish
from common.events.relay import Relay
from common.logging import request_id_var

TELL_SECONDS = 3.0


class Told(NamedTuple):
    """An event to publish. `request_id` is that of the request that it is about, if there is one."""

    tenant_id: UUID
    data: Contract
    request_id: str = ""


class Counter(Protocol):
    """Something that counts in memory."""

    def take(self, *, ending: bool) -> list[Told]:
        """Return the events that are due, or all of them if the service is ending, and remove them from the counts."""
        ...


class Teller:
    """Writes the events of counters into a service's outbox."""

    def __init__(self, service: str, db: Database, relay: Relay, counters: Sequence[Counter]) -> None:
        self._service = service
        self._db = db
        self._relay = relay
        self._counters = counters
        # By tenant. An event keeps its id until its commit is confirmed, so that a retry does not publish it twice.
        self._waiting: dict[UUID, list[tuple[UUID, Told]]] = {}

    async def run(self, stopping: asyncio.Event) -> None:
        """Publish regularly until stopped, and then once more."""
        while not stopping.is_set():
            try:
                await asyncio.wait_for(stopping.wait(), TELL_SECONDS)
            except TimeoutError:
                await self.tell()
        await self.tell(ending=True)

    async def tell(self, *, ending: bool = False) -> None:
        """Write the events that are due. While the database is down they stay in memory, and the counters continue."""
        if not self._waiting or ending:
            for counter in self._counters:
                for told in counter.take(ending=ending):
                    self._waiting.setdefault(told.tenant_id, []).append((uuid4(), told))
        for tenant_id in list(self._waiting):
            try:
                await self._write(tenant_id)
            except Exception as error:  # noqa: BLE001 -- whatever it is, the next time may be better
                logger.warning("what was counted is not written yet: {}: {}", type(error).__name__, error)
                return
            del self._waiting[tenant_id]

    async def _write(self, tenant_id: UUID) -> None:
        async with self._db.tenant(tenant_id) as connection:
            for event_id, told in self._waiting[tenant_id]:
                request_id_var.set(told.request_id)
                await publish(connection, self._service, told.data, tenant_id, event_id)
        self._relay.wake()
