"""The running services of these tests, and who can be told apart in them."""

from dataclasses import dataclass, replace
from typing import Annotated, Final
from uuid import UUID

import asyncpg
import httpx
from fastapi import APIRouter, Depends, FastAPI

from common.auth.principal import Principal
from common.auth.standing import hash_of_key
from common.http.app import ServiceSpec
from common.http.require import require
from common.settings import Settings
from common.testing.people import add_api_key, add_person, add_tenant
from services.auth_service.domain.signing_keys import opened
from tests.access.forger import Forger, Identity

OWNER: Final = {"owner_email": "owner@example.com", "owner_password": "a long one that nobody guesses 7"}
_FREE: Final = APIRouter()


@_FREE.get("/ws/probe")
async def probe(caller: Annotated[Principal, Depends(require("analytics:read"))]) -> dict[str, str]:
    """What a service that has no call of its own yet is asked for: its frame is the others'."""
    return {"email": caller.email}


@dataclass(frozen=True)
class System:
    """The running services by name, and who can be told apart in them."""

    urls: dict[str, str]
    apps: dict[str, FastAPI]
    client: httpx.AsyncClient
    settings: Settings
    superuser_dsn: str
    tenant_id: UUID
    forger: Forger
    refresh_token: str
    operator_key: str

    def token(self, identity: Identity | None = None) -> dict[str, str]:
        """Headers of a good token, of the owner unless told."""
        return {"Authorization": f"Bearer {self.forger.signed(self.forger.claims(identity))}"}

    async def person(self, role: str, *, tenant_id: UUID | None = None) -> Identity:
        """A new member with this role, of another tenant where one is given."""
        made = await add_person(self.superuser_dsn, tenant_id or self.tenant_id, role)  # pyright: ignore[reportArgumentType]
        return Identity(made.account_id, made.account_id, made.email)

    async def stranger(self) -> Identity:
        """The admin of another tenant."""
        return await self.person("admin", tenant_id=await add_tenant(self.superuser_dsn))

    async def alter_key(self, machine: dict[str, str], change: str) -> None:
        """Change the row of an API key, with no word of it to anybody."""
        superuser = await asyncpg.connect(self.superuser_dsn)
        await superuser.execute(
            f"update auth.api_key set {change} where key_hash = $1", hash_of_key(machine["X-API-Key"])
        )
        await superuser.close()

    async def refused_calls(self, service: str) -> set[str]:
        """The calls whose refusals a service has told of."""
        superuser = await asyncpg.connect(self.superuser_dsn)
        rows = await superuser.fetch(
            f"select payload ->> 'target' from {service}.outbox where event_type like 'audit.%'"
        )
        await superuser.close()
        return {row[0] for row in rows}

    async def machine(self, *scopes: str) -> dict[str, str]:
        """Headers of a new API key with these scopes."""
        return {"X-API-Key": await add_api_key(self.superuser_dsn, self.tenant_id, scopes)}


def with_a_call(spec: ServiceSpec) -> ServiceSpec:
    """The service, with a call to make where it has none."""
    return spec if spec.routers else replace(spec, routers=[_FREE])


async def peopled(
    settings: Settings, superuser_dsn: str, urls: dict[str, str], apps: dict[str, FastAPI], client: httpx.AsyncClient
) -> System:
    """A tenant with its owner, who has signed in, and the key that signs."""
    operator_key = settings.secret_file("operator_key")
    body = {"name": "Somewhere Supply", "time_zone": "UTC", "currency": "USD", **OWNER}
    made = await client.post(
        f"{urls['auth']}/auth/operator/tenants", json=body, headers={"X-Operator-Key": operator_key}
    )
    login = {"email": OWNER["owner_email"], "password": OWNER["owner_password"]}
    pair = (await client.post(f"{urls['auth']}/auth/password/login", json=login)).raise_for_status().json()
    superuser = await asyncpg.connect(superuser_dsn)
    row = await superuser.fetchrow("select kid, sealed_private_key from auth.signing_key")
    other = await add_person(superuser_dsn, await add_tenant(superuser_dsn))
    await superuser.execute("update auth.session set revoked_at = now() where session_id = $1", other.account_id)
    await superuser.close()
    assert row is not None
    forger = Forger(
        opened(settings, row["kid"], row["sealed_private_key"]),
        pair["access_token"],
        ended=Identity(other.account_id, other.account_id, other.email),
    )
    tenant_id = UUID(made.raise_for_status().json()["tenant_id"])
    return System(urls, apps, client, settings, superuser_dsn, tenant_id, forger, pair["refresh_token"], operator_key)
