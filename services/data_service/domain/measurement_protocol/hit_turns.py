"""Limit how many hits of one tenant are recorded at the same time."""

import asyncio
from typing import Final
from uuid import UUID
from weakref import WeakValueDictionary

# A better road that takes a day of a million hits holds it for a minute: those who wait for it must not have every
# connection to the database, which other tenants need meanwhile.
_PART_OF_ALL: Final = 3


class HitTurns:
    """Turns by tenant, as many as a third of the `connections`; who has none waits without one."""

    def __init__(self, connections: int) -> None:
        self._at_once = max(1, connections // _PART_OF_ALL)
        self._turns: WeakValueDictionary[UUID, asyncio.Semaphore] = WeakValueDictionary()

    def of(self, tenant_id: UUID) -> asyncio.Semaphore:
        """Return the tenant's semaphore, to be held while a hit is recorded."""
        turns = self._turns.get(tenant_id)
        if turns is None:
            turns = self._turns[tenant_id] = asyncio.Semaphore(self._at_once)
        return turns
