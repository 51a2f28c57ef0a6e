"""The roads' side of the data service's store, on a real database."""

from collections.abc import AsyncIterator

import pytest_asyncio

from common.testing.cluster import MigratedDatabase
from tests.data_service.roads.road_tenants import Roads, connected


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def roads(database: MigratedDatabase) -> AsyncIterator[Roads]:
    """Tenants of their own for each test of a file."""
    made = await connected(database)
    yield made
    await made.db.close()
    await made.admin.close()
