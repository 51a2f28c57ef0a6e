"""An ad account of its own for each test."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.data_service.domain.meta_ads import await_report
from tests.data_service.harness import Data
from tests.data_service.meta_ads.connected import Connected, connected, served


@pytest_asyncio.fixture(loop_scope="module")
async def meta(data: Data, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Connected]:
    """A company with an account of three campaigns and forty days; reports are looked at without pause."""
    monkeypatch.setattr(await_report, "LOOKS", (0.01,))
    with served() as (world, url):
        yield await connected(data, world, url, world.accounts[0])
