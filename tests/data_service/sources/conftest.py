"""A vendor of the tests' own in the place of Meta's."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from services.data_service.domain.syncs.source_kinds import SOURCE_KINDS
from tests.data_service.harness import Data
from tests.data_service.sources.connected import Vendor


@pytest_asyncio.fixture(loop_scope="module")
async def vendor(data: Data, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Vendor]:
    """The vendor of every `meta_ads` source of the test; afterwards there are no sources left."""
    fake = Vendor()
    fake.is_open.set()
    described = replace(SOURCE_KINDS["meta_ads"], sync=fake.sync, check=fake.test)
    monkeypatch.setitem(SOURCE_KINDS, "meta_ads", described)
    yield fake
    fake.is_open.set()
    await data.admin.execute("delete from data.source")
