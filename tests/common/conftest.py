"""A probe service on real servers."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import cast

import pytest
from fastapi import FastAPI

from common.http.app import ServiceSpec, create_app
from common.http.context import ServiceContext
from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from common.testing.probe import Run, Running
from common.testing.serve import client_of


@pytest.fixture
def settings(database: MigratedDatabase, nats_url: str) -> Settings:
    return database.settings.model_copy(update={"nats_url": nats_url})


@pytest.fixture
def run(settings: Settings) -> Run:
    """Start a service of a given table of contents on a real socket."""

    @asynccontextmanager
    async def start(spec: ServiceSpec) -> AsyncGenerator[Running]:
        app: FastAPI = create_app(spec, settings)
        async with client_of(app) as client:
            yield cast("ServiceContext", app.state.context), client

    return start
