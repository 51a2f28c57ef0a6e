"""Store webhook deliveries; those that arrive while a transaction commits are batched into the next one."""

import asyncio
from uuid import UUID

from common.db import Database
from services.data_service.store.shop.webhook_deliveries import Delivery, record_deliveries

_Source = tuple[UUID, UUID]
_Waiting = list[tuple[Delivery, asyncio.Future[None]]]


class DeliveryWriter:
    """Batches the deliveries of each source, so that a burst from one shop needs only a few transactions."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[_Source, _Waiting] = {}
        self._tasks: dict[_Source, asyncio.Task[None]] = {}

    async def write(self, tenant_id: UUID, source_id: UUID, delivery: Delivery) -> None:
        """Return once the delivery is committed; an error of its transaction is raised again."""
        source = tenant_id, source_id
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(source, []).append((delivery, written))
        if source not in self._tasks:
            self._tasks[source] = asyncio.create_task(self._write_all(source))
        await written

    async def _write_all(self, source: _Source) -> None:
        try:
            while batch := self._waiting.pop(source, None):
                await self._write_batch(source, batch)
        finally:
            del self._tasks[source]

    async def _write_batch(self, source: _Source, batch: _Waiting) -> None:
        tenant_id, source_id = source
        try:
            async with self._database.tenant(tenant_id) as connection:
                await record_deliveries(connection, tenant_id, source_id, [delivery for delivery, _ in batch])
        except Exception as error:  # noqa: BLE001 -- every waiting caller gets it
            for _, written in batch:
                if not written.done():
                    written.set_exception(error)
        else:
            for _, written in batch:
                if not written.done():
                    written.set_result(None)
