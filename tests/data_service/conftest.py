"""The data service on real servers, with a tenant, its people and somebody who answers for analytics."""

from collections.abc import AsyncIterator
from typing import cast

import asyncpg
import pytest
from fastapi import FastAPI

from common.http.app import create_app
from common.http.context import ServiceContext
from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from common.testing.people import settings_for_people
from common.testing.serve import client_of
from services.data_service.contents import SPEC
from tests.data_service.harness import Data, analytics_answers


@pytest.fixture
def settings(database: MigratedDatabase, nats_url: str) -> Settings:
    return settings_for_people(database.settings).model_copy(update={"nats_url": nats_url})


@pytest.fixture
async def data(settings: Settings, database: MigratedDatabase) -> AsyncIterator[Data]:
    """The data service, and beside it one who says for analytics that every batch is in the answers."""
    app: FastAPI = create_app(SPEC, settings)
    admin = await asyncpg.connect(database.superuser_dsn)
    try:
        async with client_of(app) as api:
            running = Data(api, admin, cast("ServiceContext", app.state.context))
            async with analytics_answers(settings, running.batches):
                yield running
    finally:
        await admin.close()


@pytest.fixture
async def lonely(settings: Settings, database: MigratedDatabase) -> AsyncIterator[Data]:
    """The data service alone: nobody refreshes anything."""
    app: FastAPI = create_app(SPEC, settings)
    admin = await asyncpg.connect(database.superuser_dsn)
    try:
        async with client_of(app) as api:
            yield Data(api, admin, cast("ServiceContext", app.state.context))
    finally:
        await admin.close()
