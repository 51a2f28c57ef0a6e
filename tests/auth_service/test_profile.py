from uuid import UUID

import asyncpg
import httpx

from common.http.context import ServiceContext
from common.testing.cluster import MigratedDatabase
from common.testing.people import add_person
from tests.auth_service.conftest import OWNER


async def test_me_shows_who_i_am_and_where(auth: httpx.AsyncClient, owner: dict[str, str], tenant: str):
    me = (await auth.get("/auth/me", headers=owner)).json()
    assert me["email"] == OWNER["owner_email"].lower()
    assert me["name"] == ""
    assert me["avatar_url"] is None
    assert me["created_at"] < me["last_login_at"]
    assert [(row["id"], row["name"], row["role"]) for row in me["tenants"]] == [(tenant, "Somewhere Supply", "admin")]


async def test_my_name_can_be_changed_and_nothing_else(auth: httpx.AsyncClient, owner: dict[str, str]):
    renamed = await auth.patch("/auth/me", json={"name": "  Ada  "}, headers=owner)
    assert (renamed.status_code, renamed.json()["name"]) == (200, "Ada")
    for body in ({"name": "Ada", "role": "admin"}, {"email": "x@y"}, {"name": ""}, {"name": None}, {"name": "a\x00"}):
        assert (await auth.patch("/auth/me", json=body, headers=owner)).status_code == 422
    assert (await auth.get("/auth/me", headers=owner)).json()["name"] == "Ada"


async def test_a_token_whose_account_is_gone_is_refused(
    auth: httpx.AsyncClient, owner: dict[str, str], context: ServiceContext, database: MigratedDatabase
):
    del context
    await _run(database, "delete from auth.account")
    answer = await auth.get("/auth/me", headers=owner)
    assert answer.status_code == 401
    assert "WWW-Authenticate" in answer.headers


async def test_each_role_has_its_scopes_and_permissions_add_single_ones(
    auth: httpx.AsyncClient, tenant: str, operator: dict[str, str], database: MigratedDatabase
):
    rep = await add_person(database.superuser_dsn, UUID(tenant), "rep", permissions=["email:send", "no:such"])
    answer = await auth.post("/auth/operator/tokens", json={"email": rep.email}, headers=operator)
    token = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    membership = (await auth.get("/auth/me", headers=token)).json()["tenants"][0]
    assert membership["scopes"] == ["email:send", "tasks:work"]


async def _run(database: MigratedDatabase, statement: str) -> None:
    connection = await asyncpg.connect(database.superuser_dsn)
    await connection.execute(statement)
    await connection.close()
