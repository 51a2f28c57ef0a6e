"""An ad account of its own for each test."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from common.clock import now
from services.data_service.domain.meta_ads import account, await_report
from tests.data_service.harness import Data
from tests.data_service.meta_ads import connected as connecting
from tests.data_service.meta_ads.connected import Connected, connected, served
from tests.data_service.unhurried import unhurried

__all__ = ["unhurried"]


@pytest.fixture(autouse=True)
def one_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """The days of accounts do not end in the middle of a test."""
    at = now()
    for module in (account, connecting):
        monkeypatch.setattr(module, "now", lambda: at)


@pytest_asyncio.fixture(loop_scope="module")
async def meta(data: Data, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Connected]:
    """A company with an account of three campaigns and forty days; reports are looked at without pause."""
    monkeypatch.setattr(await_report, "LOOKS", (0.01,))
    with served() as (world, url):
        yield await connected(data, world, url, world.accounts[0])
