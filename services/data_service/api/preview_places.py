"""Limit concurrent previews, each of which takes a process and a transaction that others may have to wait for."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

from services.data_service.errors import PreviewRunning, PreviewsBusy

_PLACES: Final = 2
_WAIT_SECONDS: Final = 10


class PreviewPlaces:
    """At most one preview per tenant, and a few in total."""

    def __init__(self, places: int = _PLACES, wait_seconds: float = _WAIT_SECONDS) -> None:
        self._free = asyncio.Semaphore(places)
        self._wait_seconds = wait_seconds
        self._tenants: set[UUID] = set()

    def refuse_second(self, tenant_id: UUID) -> None:
        """Refuse a second preview of a tenant; called before the upload, and again after it.

        Raises:
            PreviewRunning: the tenant has a running preview.
        """
        if tenant_id in self._tenants:
            raise PreviewRunning

    @asynccontextmanager
    async def of(self, tenant_id: UUID) -> AsyncGenerator[None]:
        """Hold a place for a preview of the tenant.

        Raises:
            PreviewRunning: the tenant has a running preview.
            PreviewsBusy: no place became free in time.
        """
        self.refuse_second(tenant_id)
        self._tenants.add(tenant_id)
        try:
            await self._one_of_the_few()
            try:
                yield
            finally:
                self._free.release()
        finally:
            self._tenants.discard(tenant_id)

    async def _one_of_the_few(self) -> None:
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._free.acquire()
        except TimeoutError:
            raise PreviewsBusy from None
