import asyncio
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from common.audit import NO_TENANT
from tests.access.running import System

pytestmark = [pytest.mark.xdist_group("access"), pytest.mark.asyncio(loop_scope="module")]


async def refusal(system: System, tenant_id: UUID, because: str, actor: str) -> dict[str, Any]:
    """The entry of a tenant's log about this refusal, once it is there."""
    superuser = await asyncpg.connect(system.superuser_dsn)
    try:
        async with asyncio.timeout(30):
            while True:
                row = await superuser.fetchrow(
                    "select * from auth.audit_entry where tenant_id = $1 and actor = $2 and detail ->> 'because' = $3",
                    *(tenant_id, actor, because),
                )
                if row is not None:
                    return dict(row)
                await asyncio.sleep(0.1)
    finally:
        await superuser.close()


async def test_a_stranger_stands_in_the_operators_log_with_address_and_request(system: System):
    stranger = await system.stranger()
    headers = {**system.token(stranger), "X-Tenant-Id": str(system.tenant_id), "X-Request-Id": "attempt-17"}
    answer = await system.client.get(f"{system.urls['gateway']}/data/availability", headers=headers)
    assert answer.status_code == 403
    entry = await refusal(system, NO_TENANT, "not-a-member", stranger.email)
    assert (entry["target"], entry["address"], entry["request_id"]) == ("at the gateway", "127.0.0.1", "attempt-17")


async def test_a_key_that_is_used_elsewhere_or_was_revoked_stands_in_its_own_tenants_log(system: System):
    machine = await system.machine("data:read")
    url = f"{system.urls['gateway']}/data/availability"
    assert (await system.client.get(url, headers={**machine, "X-Tenant-Id": str(uuid4())})).status_code == 403
    await refusal(system, system.tenant_id, "not-a-member", "till")
    revoked = await system.machine("data:read")
    await system.alter_key(revoked, "revoked_at = now()")
    assert (await system.client.get(url, headers=revoked)).status_code == 401
    await refusal(system, system.tenant_id, "api-key-refused", "till")


async def test_a_session_that_has_ended_stands_in_the_operators_log(system: System):
    headers = system.token(system.forger.ended)
    assert (await system.client.get(f"{system.urls['gateway']}/auth/me", headers=headers)).status_code == 401
    await refusal(system, NO_TENANT, "session-ended", system.forger.ended.email)


async def test_a_malformed_or_doubled_tenant_header_is_nobodys_refusal(system: System):
    url = f"{system.urls['gateway']}/data/availability"
    member = await system.person("analyst")
    for values in (["x"], [""], [str(system.tenant_id)] * 2):
        headers = [*system.token(member).items(), *(("X-Tenant-Id", value) for value in values)]
        assert (await system.client.get(url, headers=headers)).status_code == 400
    fine = {**system.token(member), "X-Tenant-Id": str(system.tenant_id)}
    assert (await system.client.get(url, headers=fine)).status_code == 200
