import asyncio
import json

import pytest
from typer.testing import CliRunner

from branchwise.app import app
from tests.access.running import System

pytestmark = [pytest.mark.xdist_group("access"), pytest.mark.asyncio(loop_scope="module")]


async def printed(system: System, *arguments: str) -> list[dict[str, object]]:
    """What `branchwise audit` prints of the running services, an entry a line."""
    environment = {
        "BRANCHWISE_HOME": str(system.settings.home),
        "AUTH_SERVICE_PORT": str(system.settings.port_of("auth")),
    }
    answer = await asyncio.to_thread(CliRunner().invoke, app, ["audit", *arguments], env=environment)
    assert answer.exit_code == 0, answer.output
    return [json.loads(line) for line in answer.stdout.splitlines()]


async def until_printed(system: System, action: str, *arguments: str) -> dict[str, object]:
    async with asyncio.timeout(30):
        while not (found := await printed(system, *arguments, "--action", action)):
            await asyncio.sleep(0.2)
    return found[0]


async def test_a_tenants_log_and_that_of_none_are_printed(system: System):
    created = await until_printed(system, "tenant.created", "--tenant", str(system.tenant_id))
    assert (created["actor_kind"], created["target"]) == ("operator", str(system.tenant_id))
    stranger = await system.stranger()
    headers = {**system.token(stranger), "X-Tenant-Id": str(system.tenant_id)}
    assert (await system.client.get(f"{system.urls['auth']}/auth/audit", headers=headers)).status_code == 403
    refused = await until_printed(system, "access", "--none", "--actor", stranger.email)
    assert (refused["actor"], refused["outcome"]) == (stranger.email, "refused")
    assert await printed(system, "--tenant", str(system.tenant_id), "--actor", stranger.email) == []


async def test_one_of_both_must_be_said():
    for arguments in ([], ["--none", "--tenant", "00000000-0000-0000-0000-000000000001"]):
        assert CliRunner().invoke(app, ["audit", *arguments]).exit_code == 2
