"""Refusals of callers who are known, from the call to the log of who is to read them."""

import json
from uuid import UUID, uuid4

import httpx
import pytest

from common.audit import NO_TENANT
from common.http.context import ServiceContext
from common.testing.cluster import MigratedDatabase
from common.testing.people import add_person, add_tenant
from tests.auth_service.audit_log import entries, signed_in, until

AUDIT = "/auth/audit"


async def test_a_role_that_does_not_reach_is_written_down_with_a_count(
    auth: httpx.AsyncClient, operator: dict[str, str], context: ServiceContext, tenant: str, database: MigratedDatabase
):
    rep = await add_person(database.superuser_dsn, UUID(tenant), "rep")
    headers = await signed_in(auth, operator, rep.email)
    for _ in range(3):
        await auth.get(AUDIT, headers=headers)
    await auth.delete(f"/auth/api-keys/{uuid4()}", headers=headers)
    await auth.delete(f"/auth/api-keys/{uuid4()}", headers=headers)
    seen = await entries(context, UUID(tenant), "access", at_least=2)
    assert {(row["target"], row["count"]) for row in seen} == {
        ("GET /auth/audit", 3),
        ("DELETE /auth/api-keys/{id}", 2),
    }
    assert {(row["actor"], row["outcome"], row["address"]) for row in seen} == {(rep.email, "refused", "127.0.0.1")}
    assert {row["detail"]["because"] for row in seen} == {"scope-missing"}


@pytest.mark.usefixtures("told_soon")
async def test_a_stranger_cannot_write_into_the_log_of_the_tenant_aimed_at(
    auth: httpx.AsyncClient, owner: dict[str, str], operator: dict[str, str], context: ServiceContext, tenant: str,
    database: MigratedDatabase,
):  # fmt: skip
    del owner
    other = await add_tenant(database.superuser_dsn)
    stranger = await add_person(database.superuser_dsn, other)
    headers = await signed_in(auth, operator, stranger.email)
    assert (await auth.get(AUDIT, headers={**headers, "X-Tenant-Id": tenant})).status_code == 403
    assert (await auth.patch(f"/auth/tenants/{tenant}", json={"name": "x"}, headers=headers)).status_code == 403
    seen = await entries(context, NO_TENANT, "access", at_least=2)
    assert {row["actor"] for row in seen} == {stranger.email}
    async with context.db.tenant(UUID(tenant)) as conn:
        said = await conn.fetch("select detail, actor from auth.audit_entry")
    assert stranger.email not in str([dict(row) for row in said])


@pytest.mark.usefixtures("told_soon")
async def test_a_key_used_where_it_may_not_be_is_written_down_for_its_own_tenant(
    auth: httpx.AsyncClient, owner: dict[str, str], context: ServiceContext, tenant: str
):
    body = {"name": "till", "scopes": ["tenant:admin"]}
    key = (await auth.post("/auth/api-keys", json=body, headers=owner)).json()
    machine = {"X-API-Key": key["key"]}
    await auth.get(AUDIT, headers={**machine, "X-Tenant-Id": str(uuid4())})
    await auth.delete(f"/auth/api-keys/{key['id']}", headers=owner)
    await auth.get(AUDIT, headers=machine)
    seen = await entries(context, UUID(tenant), "access", at_least=2)
    assert {row["detail"]["because"] for row in seen} == {"not-a-member", "api-key-refused"}
    assert {(row["actor_kind"], row["actor"], str(row["actor_id"])) for row in seen} == {("api-key", "till", key["id"])}


@pytest.mark.usefixtures("told_soon")
async def test_a_session_that_has_ended_is_written_down_for_the_operator(
    auth: httpx.AsyncClient, owner: dict[str, str], context: ServiceContext
):
    await context.db.pool.execute("update auth.session set revoked_at = now()")
    assert (await auth.get("/auth/me", headers=owner)).status_code == 401
    [seen] = await entries(context, NO_TENANT, "access")
    assert (seen["actor"], seen["detail"]["because"]) == ("owner@example.com", "session-ended")


async def test_nobody_known_leaves_nothing(auth: httpx.AsyncClient, context: ServiceContext):
    for headers in ({}, {"Authorization": "Bearer x.y.z"}, {"X-API-Key": "bw_nonsense"}):
        assert (await auth.get(AUDIT, headers=headers)).status_code == 401
    assert len(context.refusals) == 0


async def test_no_secret_of_a_sign_in_stands_in_the_log(
    auth: httpx.AsyncClient, owner: dict[str, str], context: ServiceContext, tenant: str
):
    await auth.post("/auth/password/login", json={"email": "owner@example.com", "password": "Tr0ub4dor and 3"})
    await entries(context, UUID(tenant), "sign-in")

    async def said() -> str:
        async with context.db.tenant(UUID(tenant)) as conn:
            rows = await conn.fetch(
                "select payload::text from auth.outbox union all select detail::text from auth.audit_entry"
            )
        return json.dumps([row[0] for row in rows])

    text = await until(said)
    assert "Tr0ub4dor" not in text
    assert owner["Authorization"].split()[1] not in text
