"""Tells of what a service counts in memory: as events, every few seconds and once more when it stops.

What was counted and not yet told dies with a process that is killed; it is told at most once.
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
    """An event to be: `request_id` names the request that it is about, where there is one."""

    tenant_id: UUID
    data: Contract
    request_id: str = ""


class Counter(Protocol):
    """Something that counts in memory."""

    def take(self, *, ending: bool) -> list[Told]:
        """What is due to be told, all of it when the service is ending; it is not told again."""
        ...


class Teller:
    """Writes what counters give into a service's outbox."""

    def __init__(self, service: str, db: Database, relay: Relay, counters: Sequence[Counter]) -> None:
        self._service = service
        self._db = db
        self._relay = relay
        self._counters = counters
        # By tenant. An event keeps its id until it is known to be committed, so that it goes out once.
        self._waiting: dict[UUID, list[tuple[UUID, Told]]] = {}

    async def run(self, stopping: asyncio.Event) -> None:
        """Tell until stopped, and a last time then."""
        while not stopping.is_set():
            try:
                await asyncio.wait_for(stopping.wait(), TELL_SECONDS)
            except TimeoutError:
                await self.tell()
        await self.tell(ending=True)

    async def tell(self, *, ending: bool = False) -> None:
        """Write what is due; where the database is away, it waits in memory and the counters count on."""
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
