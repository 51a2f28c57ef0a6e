"""Who has just made a tenant works in it at once, though the gateway has just asked what they belong to."""

import asyncio

import pytest

from common.settings import Settings
from common.testing.people import add_person, add_tenant
from tests.gateway.conftest import Servers
from tests.gateway.system_of_one import system_of_one

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_tenant_that_was_just_made_passes_at_once_however_late_its_announcement_is(
    alone: Settings, servers: Servers, monkeypatch: pytest.MonkeyPatch
):
    async def hear_nothing(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("services.gateway.api.entry.follow", hear_nothing)
    dsn = servers.database.superuser_dsn
    person = await add_person(dsn, await add_tenant(dsn))
    async with system_of_one(alone) as system:
        body = {"name": "Another", "time_zone": "UTC", "currency": "EUR"}
        for _ in range(3):
            assert (await system.client.get("/data/x", headers=person.headers)).status_code == 200
            made = await system.client.post("/auth/tenants", json=body, headers=person.headers)
            assert made.status_code == 201, made.text
            headers = {**person.headers, "X-Tenant-Id": made.json()["id"]}
            assert (await system.client.get("/data/x", headers=headers)).status_code == 200
