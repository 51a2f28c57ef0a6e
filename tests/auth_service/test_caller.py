import base64
import json
import time
from datetime import UTC, datetime
from uuid import UUID, uuid4

import httpx

from common.auth.standing import hash_of_key
from common.http.context import ServiceContext

KEY = "a key of the tests, of thirty-two bytes and more"


async def add_key(context: ServiceContext, tenant: str, expires_at: datetime | None = None) -> str:
    api_key_id = uuid4()
    async with context.db.tenant(UUID(tenant)) as conn:
        await conn.execute(
            "insert into auth.api_key (tenant_id, api_key_id, name, hint, key_hash, scopes, expires_at)"
            " values ($1, $2, 'till', 'a key', $3, '{data:write}', $4)",
            UUID(tenant),
            api_key_id,
            hash_of_key(KEY),
            expires_at,
        )
    return str(api_key_id)


async def test_a_person_is_told_with_session_and_tenants(auth: httpx.AsyncClient, owner: dict[str, str], tenant: str):
    claims = json.loads(base64.urlsafe_b64decode(owner["Authorization"].split(".")[1] + "=="))
    answer = await auth.get("/auth/caller", headers=owner)
    assert answer.json() == {
        "account_id": claims["sub"],
        "session_id": claims["sid"],
        "api_key_id": None,
        "expires_at": claims["exp"],
        "tenants": [{"id": tenant, "plan": "enterprise"}],
    }


async def test_a_machine_is_told_with_its_tenant_alone(auth: httpx.AsyncClient, context: ServiceContext, tenant: str):
    api_key_id = await add_key(context, tenant)
    told = (await auth.get("/auth/caller", headers={"X-API-Key": KEY})).json()
    assert 30 < told.pop("expires_at") - time.time() <= 60
    assert told == {
        "account_id": api_key_id,
        "session_id": None,
        "api_key_id": api_key_id,
        "tenants": [{"id": tenant, "plan": "enterprise"}],
    }


async def test_a_keys_end_is_told(auth: httpx.AsyncClient, context: ServiceContext, tenant: str):
    await add_key(context, tenant, datetime(2100, 1, 1, tzinfo=UTC))
    told = (await auth.get("/auth/caller", headers={"X-API-Key": KEY})).json()
    assert told["expires_at"] == datetime(2100, 1, 1, tzinfo=UTC).timestamp()


async def test_what_was_ended_a_moment_ago_is_refused_though_nobody_was_told(
    auth: httpx.AsyncClient, context: ServiceContext, owner: dict[str, str], tenant: str
):
    await add_key(context, tenant)
    for headers in (owner, {"X-API-Key": KEY}):
        assert (await auth.get("/auth/caller", headers=headers)).status_code == 200
    await context.db.pool.execute("update auth.session set revoked_at = now()")
    async with context.db.tenant(UUID(tenant)) as conn:
        await conn.execute("update auth.api_key set revoked_at = now()")
    person, machine = [await auth.get("/auth/caller", headers=headers) for headers in (owner, {"X-API-Key": KEY})]
    assert (person.status_code, person.json()["type"]) == (401, "urn:branchwise:problem:session-ended")
    assert (machine.status_code, machine.json()["type"]) == (401, "urn:branchwise:problem:api-key-refused")


async def test_a_plan_is_told_as_it_is_now(
    auth: httpx.AsyncClient, context: ServiceContext, owner: dict[str, str], tenant: str
):
    await auth.get("/auth/caller", headers=owner)
    async with context.db.tenant(UUID(tenant)) as conn:
        await conn.execute("update auth.tenant set plan = 'free'")
    assert (await auth.get("/auth/caller", headers=owner)).json()["tenants"] == [{"id": tenant, "plan": "free"}]


async def test_nobody_two_at_once_and_the_unknown_are_refused(
    auth: httpx.AsyncClient, context: ServiceContext, owner: dict[str, str], tenant: str
):
    await add_key(context, tenant)
    for headers in (
        {},
        {"X-API-Key": ""},
        {"X-API-Key": KEY + "x"},
        {"X-API-Key": KEY, **owner},
        {"Authorization": "Bearer x.y.z"},
    ):
        answer = await auth.get("/auth/caller", headers=headers)
        assert answer.status_code == 401, headers
        assert "WWW-Authenticate" in answer.headers
