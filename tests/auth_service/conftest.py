"""The auth service on real servers."""

from collections.abc import AsyncGenerator
from typing import cast

import httpx
import pytest
from fastapi import FastAPI

from common.http.app import create_app
from common.http.context import ServiceContext
from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from common.testing.serve import client_of
from services.auth_service import SPEC

OWNER = {"owner_email": "Owner@Example.com", "owner_password": "correct horse battery"}


@pytest.fixture
def settings(database: MigratedDatabase, nats_url: str) -> Settings:
    return database.settings.model_copy(update={"nats_url": nats_url, "environment": "development"})


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    return create_app(SPEC, settings)


@pytest.fixture
async def auth(app: FastAPI) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of the auth service."""
    async with client_of(app) as client:
        yield client


@pytest.fixture
def context(auth: httpx.AsyncClient, app: FastAPI) -> ServiceContext:
    """The running service's own parts."""
    del auth
    return cast("ServiceContext", app.state.context)


@pytest.fixture
def operator(settings: Settings) -> dict[str, str]:
    """The header of who can read the home."""
    return {"X-Operator-Key": settings.secret_file("operator_key")}


@pytest.fixture
async def tenant(auth: httpx.AsyncClient, operator: dict[str, str]) -> str:
    """The id of a tenant whose admin is OWNER."""
    body = {"name": "Somewhere Supply", "time_zone": "America/Chicago", "currency": "USD", **OWNER}
    answer = await auth.post("/auth/operator/tenants", json=body, headers=operator)
    assert answer.status_code == 201, answer.text
    return answer.json()["tenant_id"]


@pytest.fixture
async def owner(auth: httpx.AsyncClient, tenant: str) -> dict[str, str]:
    """The headers of the tenant's admin, signed in."""
    del tenant
    body = {"email": OWNER["owner_email"], "password": OWNER["owner_password"]}
    answer = await auth.post("/auth/password/login", json=body)
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}
