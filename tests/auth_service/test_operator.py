from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from common.http.app import create_app
from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from common.testing.people import add_person, add_tenant
from common.testing.serve import client_of
from services.auth_service import SPEC
from services.auth_service.domain import passwords
from tests.auth_service.conftest import OWNER

BODY = {"name": "Second", "time_zone": "UTC", "currency": "EUR", **OWNER}
OTHER = {**BODY, "name": "Elsewhere", "owner_email": "other@example.com", "owner_password": "staple of another"}


@pytest.mark.parametrize("key", [None, "", "0" * 64, "é"])
async def test_without_the_homes_key_nothing_is_done(auth: httpx.AsyncClient, tenant: str, key: str | None):
    headers = [] if key is None else [(b"X-Operator-Key", key.encode())]
    for path, body in (
        ("/auth/operator/tenants", OTHER),
        ("/auth/operator/tokens", {"email": "a@b"}),
        (f"/auth/operator/tenants/{tenant}/tokens", None),
    ):
        answer = await auth.post(path, json=body, headers=headers)
        assert answer.status_code == 401
        assert "access_token" not in answer.text
    login = {"email": OTHER["owner_email"], "password": OTHER["owner_password"]}
    assert (await auth.post("/auth/password/login", json=login)).status_code == 401


async def test_an_owner_may_own_several_tenants_with_the_one_password(
    auth: httpx.AsyncClient, tenant: str, operator: dict[str, str]
):
    second = await auth.post("/auth/operator/tenants", json=BODY, headers=operator)
    assert second.status_code == 201
    other = await auth.post("/auth/operator/tenants", json={**BODY, "owner_password": "another one"}, headers=operator)
    assert (other.status_code, other.json()["type"]) == (409, "urn:branchwise:problem:owner-has-another-password")
    login = {"email": OWNER["owner_email"], "password": OWNER["owner_password"]}
    signed_in = (await auth.post("/auth/password/login", json=login)).json()
    assert {row["id"] for row in signed_in["tenants"]} == {tenant, second.json()["tenant_id"]}


@pytest.mark.parametrize(
    ("password", "kind", "says"),
    [
        ("password1", "validation", "Use at least 12 characters."),
        ("e\u0301" * 11, "validation", "Use at least 12 characters."),
        ("password1234", "password-guessable", "too easy to guess"),
        ("other@example.com", "password-guessable", "too easy to guess"),
        ("Elsewhere 2026", "password-guessable", "too easy to guess"),
    ],
)
async def test_a_new_owners_password_is_held_to_the_rules_of_all_new_ones(
    auth: httpx.AsyncClient, operator: dict[str, str], password: str, kind: str, says: str
):
    answer = await auth.post("/auth/operator/tenants", json={**OTHER, "owner_password": password}, headers=operator)
    assert (answer.status_code, answer.json()["type"]) == (422, f"urn:branchwise:problem:{kind}")
    (error,) = answer.json()["errors"]
    assert error["field"] == "owner_password"
    assert says in error["message"]
    assert password not in answer.text
    login = {"email": OTHER["owner_email"], "password": password}
    assert (await auth.post("/auth/password/login", json=login)).status_code == 401


async def test_an_owners_old_password_need_only_fit(
    auth: httpx.AsyncClient, tenant: str, operator: dict[str, str], database: MigratedDatabase
):
    del tenant
    connection = await asyncpg.connect(database.superuser_dsn)
    try:
        await connection.execute("update auth.credential set password_hash = $1", await passwords.hash_of("password1"))
    finally:
        await connection.close()
    body = {**BODY, "owner_password": "password1"}
    assert (await auth.post("/auth/operator/tenants", json=body, headers=operator)).status_code == 201


async def test_a_bad_tenant_makes_no_account(auth: httpx.AsyncClient, operator: dict[str, str]):
    for wrong in ({"time_zone": "Mars/Olympus"}, {"owner_email": "nobody"}, {"owner_password": "short"}):
        answer = await auth.post("/auth/operator/tenants", json={**BODY, **wrong}, headers=operator)
        assert answer.status_code == 422
        assert "short" not in answer.text
    token = await auth.post("/auth/operator/tokens", json={"email": OWNER["owner_email"]}, headers=operator)
    assert token.status_code == 404


async def test_development_tokens_hold(auth: httpx.AsyncClient, tenant: str, operator: dict[str, str]):
    answer = await auth.post("/auth/operator/tokens", json={"email": "OWNER@example.com"}, headers=operator)
    token = answer.json()["access_token"]
    me = await auth.get("/auth/me", headers={"Authorization": f"Bearer {token}"})
    assert me.json()["tenants"][0]["id"] == tenant


async def test_outside_development_no_token_is_minted(settings: Settings, operator: dict[str, str]):
    production = settings.model_copy(update={"environment": "production"})
    async with client_of(create_app(SPEC, production)) as auth:
        assert (await auth.post("/auth/operator/tenants", json=BODY, headers=operator)).status_code == 201
        answer = await auth.post("/auth/operator/tokens", json={"email": OWNER["owner_email"]}, headers=operator)
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:branchwise:problem:development-only")


async def test_a_tenants_token_is_its_first_admins_and_of_no_other_tenant(
    auth: httpx.AsyncClient, tenant: str, operator: dict[str, str], database: MigratedDatabase
):
    elsewhere = (await auth.post("/auth/operator/tenants", json=OTHER, headers=operator)).json()["tenant_id"]
    await add_person(database.superuser_dsn, UUID(tenant), "admin")
    await add_person(database.superuser_dsn, UUID(tenant), "rep")
    answer = await auth.post(f"/auth/operator/tenants/{tenant}/tokens", headers=operator)
    assert answer.status_code == 200
    assert answer.json()["token_type"] == "Bearer"
    signed_in = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    me = (await auth.get("/auth/me", headers=signed_in)).json()
    assert me["email"] == OWNER["owner_email"].lower()
    assert [row["id"] for row in me["tenants"]] == [tenant]
    new_name = {"name": "Taken over"}
    assert (await auth.patch(f"/auth/tenants/{elsewhere}", json=new_name, headers=signed_in)).status_code in (403, 404)
    assert (await auth.patch(f"/auth/tenants/{tenant}", json=new_name, headers=signed_in)).status_code == 200
    listed = (await auth.get("/auth/tenants", headers=signed_in)).json()
    assert [row["name"] for row in listed["data"]] == ["Taken over"]


async def test_a_tenants_token_is_minted_outside_development_too(
    settings: Settings, tenant: str, operator: dict[str, str]
):
    production = settings.model_copy(update={"environment": "production"})
    async with client_of(create_app(SPEC, production)) as auth:
        answer = await auth.post(f"/auth/operator/tenants/{tenant}/tokens", headers=operator)
    assert answer.status_code == 200


async def test_a_tenant_that_nobody_runs_has_no_token(
    auth: httpx.AsyncClient, operator: dict[str, str], database: MigratedDatabase
):
    without_admin = await add_tenant(database.superuser_dsn)
    await add_person(database.superuser_dsn, without_admin, "manager")
    for tenant_id in (uuid4(), without_admin):
        answer = await auth.post(f"/auth/operator/tenants/{tenant_id}/tokens", headers=operator)
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:branchwise:problem:tenant-has-no-admin")
    assert (await auth.post("/auth/operator/tenants/all/tokens", headers=operator)).status_code == 422
