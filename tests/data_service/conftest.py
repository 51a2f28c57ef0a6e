"""The data service on real servers, running for all tests of a file; each has companies of its own."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from common.settings import Settings
from common.testing.cluster import MigratedDatabase, PostgresCluster
from common.testing.people import settings_for_people
from tests.data_service.harness import Data, analytics_answers, data_service


@pytest.fixture(scope="module")
def database(postgres: PostgresCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MigratedDatabase]:
    """A database for the tests of one file."""
    with postgres.database(tmp_path_factory.mktemp("data") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def settings(database: MigratedDatabase, nats_url_of_file: str) -> Settings:
    return settings_for_people(database.settings).model_copy(update={"nats_url": nats_url_of_file})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def data(settings: Settings, database: MigratedDatabase) -> AsyncIterator[Data]:
    """The data service, and beside it one who says for analytics that every batch is in the answers."""
    async with data_service(settings, database) as running, analytics_answers(settings, running.batches):
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lonely(settings: Settings, database: MigratedDatabase) -> AsyncIterator[Data]:
    """The data service alone: nobody refreshes anything. Not for a file whose tests have `data`."""
    async with data_service(settings, database) as running:
        yield running
