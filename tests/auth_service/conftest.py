"""The auth service on real servers."""

from collections.abc import AsyncGenerator, Iterator
from typing import cast
from uuid import UUID

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI

from common.events import teller
from common.http.context import ServiceContext
from common.settings import Settings
from common.testing.apps import app_of
from common.testing.cluster import MigratedDatabase
from common.testing.people import add_tenant
from common.testing.serve import client_of
from common.testing.superuser import as_superuser
from services.auth_service import SPEC
from services.auth_service.domain import passwords

# A hash says what it cost: the owner's real password is looked at in a millisecond, where the service's takes 80.
CHEAPLY = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
OWNER = {"owner_email": "Owner@Example.com", "owner_password": "correct horse battery"}


@pytest.fixture
def settings(database: MigratedDatabase, nats_url: str) -> Settings:
    return database.settings.model_copy(update={"nats_url": nats_url, "environment": "development"})


@pytest.fixture
def app(settings: Settings) -> Iterator[FastAPI]:
    with app_of(SPEC, settings) as app:
        yield app


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
async def tenant(auth: httpx.AsyncClient, database: MigratedDatabase) -> str:
    """The id of a tenant whose admin is OWNER, put into the database as the operator's call would."""
    del auth
    tenant_id = await add_tenant(database.superuser_dsn, time_zone="America/Chicago", currency="USD")
    await add_owner(database, tenant_id)
    return str(tenant_id)


@pytest.fixture
async def founded(auth: httpx.AsyncClient, operator: dict[str, str]) -> str:
    """The same by the operator's call: OWNER's password is hashed as the service hashes, and it is written down."""
    return await found(auth, operator)


async def found(auth: httpx.AsyncClient, operator: dict[str, str], **more: str) -> str:
    """Have the operator make a tenant; answers its id."""
    body = {"name": "Somewhere Supply", "time_zone": "America/Chicago", "currency": "USD", **OWNER, **more}
    answer = await auth.post("/auth/operator/tenants", json=body, headers=operator)
    assert answer.status_code == 201, answer.text
    return answer.json()["tenant_id"]


@pytest.fixture
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed in three milliseconds: for tests that count hashes by the hundred."""
    quick = PasswordHasher(time_cost=1, memory_cost=4096, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", quick)
    monkeypatch.setattr(passwords, "_DUMMY_HASH", quick.hash("nobody's"))


@pytest.fixture
def told_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a service counts in memory is told five times a second, where nobody asks for how much at once."""
    monkeypatch.setattr(teller, "TELL_SECONDS", 0.2)


async def add_owner(database: MigratedDatabase, tenant_id: UUID) -> None:
    """Make OWNER, who has proved the mailbox, the tenant's admin."""
    await as_superuser(
        database.superuser_dsn,
        "with made as"
        " (insert into auth.account (email, email_verified_at) values ($2, now()) returning account_id),"
        " credential as (insert into auth.credential (account_id, password_hash) select account_id, $3 from made)"
        " insert into auth.membership (tenant_id, account_id, role, joined_at)"
        " select $1, account_id, 'admin', now() from made",
        tenant_id,
        OWNER["owner_email"].lower(),
        CHEAPLY.hash(OWNER["owner_password"]),
    )


@pytest.fixture
async def owner(auth: httpx.AsyncClient, tenant: str) -> dict[str, str]:
    """The headers of the tenant's admin, signed in."""
    del tenant
    return await owner_signed_in(auth)


async def owner_signed_in(auth: httpx.AsyncClient) -> dict[str, str]:
    """OWNER's headers after a sign-in by password."""
    body = {"email": OWNER["owner_email"], "password": OWNER["owner_password"]}
    answer = await auth.post("/auth/password/login", json=body)
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}
