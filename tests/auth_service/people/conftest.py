"""A tenant with people in it, on the running auth service, and the mails that go out."""

import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from common.auth.roles import Role
from common.db import Connection
from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from common.testing.people import add_person, add_tenant
from common.testing.smtp import SmtpSink


@dataclass(frozen=True)
class Someone:
    """A member who is signed in."""

    id: str
    email: str
    headers: dict[str, str]


@dataclass
class Office:
    """A tenant, called through `api`; `admin` runs it, `rows` sees past the policies."""

    api: httpx.AsyncClient
    rows: Connection
    id: UUID
    admin: Someone
    smtp: SmtpSink
    _hire: Any

    async def hire(self, role: Role, **rights: Any) -> Someone:
        """Another member with this role, signed in."""
        return await self._hire(self.id, role, **rights)

    async def call(self, method: str, path: str, who: Someone | None = None, **request: Any) -> httpx.Response:
        """A call in this tenant, by the admin unless it is somebody else's."""
        return await self.api.request(method, path, headers=(who or self.admin).headers, **request)

    async def invite(self, email: str = "", **body: Any) -> dict[str, Any]:
        """Invite somebody; answers the invitation."""
        body = {"email": email or f"{uuid4().hex[:10]}@example.com", "role": "rep", **body}
        answer = await self.call("POST", "/auth/invitations", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def token_in_mail(self, count: int) -> str:
        """The link's token of the mail that is the `count`th to go out."""
        mails = await self.smtp.wait_for(count)
        text = mails[count - 1].message.get_body(("plain",))
        assert text is not None
        found = re.search(r"[?&]token=([\w-]+)", text.get_content())
        assert found
        return found.group(1)

    async def accept(self, token: str, **body: Any) -> httpx.Response:
        """Follow a link."""
        return await self.api.post("/auth/invitations/accept", json={"token": token, **body})

    async def member(self, account_id: str) -> dict[str, Any]:
        """A member as the admin sees them."""
        answer = await self.call("GET", f"/api/users/{account_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def settings(database: MigratedDatabase, nats_url: str, smtp_sink: SmtpSink) -> Settings:
    mail = {"default_smtp_server": smtp_sink.host, "default_smtp_port": smtp_sink.port, "default_use_tls": False}
    return database.settings.model_copy(update={"nats_url": nats_url, "environment": "development", **mail})


@pytest.fixture
async def offices(
    auth: httpx.AsyncClient, operator: dict[str, str], database: MigratedDatabase, smtp_sink: SmtpSink
) -> AsyncGenerator[list[Office]]:
    """Two tenants that have nothing to do with one another."""

    async def hire(tenant_id: UUID, role: Role, **rights: Any) -> Someone:
        person = await add_person(database.superuser_dsn, tenant_id, role, **rights)
        answer = await auth.post("/auth/operator/tokens", json={"email": person.email}, headers=operator)
        assert answer.status_code == 200, answer.text
        token = answer.json()["access_token"]
        headers = {"Authorization": f"Bearer {token}", "X-Tenant-Id": str(tenant_id)}
        return Someone(str(person.account_id), person.email, headers)

    rows = await asyncpg.connect(database.superuser_dsn)
    try:
        made: list[Office] = []
        for name in ("Somewhere Supply", "Elsewhere Tools"):
            tenant_id = await add_tenant(database.superuser_dsn, name=name)
            made.append(Office(auth, rows, tenant_id, await hire(tenant_id, "admin"), smtp_sink, hire))
        yield made
    finally:
        await rows.close()


@pytest.fixture
def office(offices: list[Office]) -> Office:
    return offices[0]


@pytest.fixture
def elsewhere(offices: list[Office]) -> Office:
    return offices[1]
