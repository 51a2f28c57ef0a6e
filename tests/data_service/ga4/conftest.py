"""The data service beside a GA4 that stands in for Google's; each test has a property and a company of its own."""

from collections.abc import Iterator

import pytest
import pytest_asyncio

from common.settings import Settings
from tests.data_service.ga4.property import Property
from tests.data_service.harness import Data
from tests.data_service.unhurried import unhurried
from tests.standins.ga4.server import Ga4Standin

__all__ = ["unhurried"]


@pytest.fixture(scope="module")
def google() -> Iterator[Ga4Standin]:
    with Ga4Standin() as standin:
        yield standin


@pytest.fixture(scope="module")
def settings(settings: Settings, google: Ga4Standin) -> Settings:
    return settings.model_copy(update={"ga4_endpoint": google.endpoint})


@pytest_asyncio.fixture(loop_scope="module")
async def shop(data: Data, google: Ga4Standin) -> Property:
    """A connected property without events; what the test before told the stand-in to do wrong is over."""
    google.faults.fail_always(None)
    google.faults.most_rows = None
    return await Property.connect(data, google)
