import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from common.auth.api_key_text import is_whole
from common.auth.roles import SCOPES
from common.auth.standing import hash_of_key
from common.events import publish
from common.events.contracts.auth_api_key_used import ApiKeyUsed
from common.http.context import ServiceContext
from common.testing.cluster import MigratedDatabase
from common.testing.people import add_api_key, add_person, add_tenant
from tests.auth_service.audit_log import entries, until

KEYS = "/auth/api-keys"


async def made(auth: httpx.AsyncClient, owner: dict[str, str], **body: Any) -> dict[str, Any]:
    answer = await auth.post(
        KEYS, json={"name": "till", "scopes": ["tenant:admin", "data:read"], **body}, headers=owner
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


async def listed(auth: httpx.AsyncClient, owner: dict[str, str]) -> list[dict[str, Any]]:
    return (await auth.get(KEYS, headers=owner)).json()["data"]


async def headers_of(auth: httpx.AsyncClient, operator: dict[str, str], email: str) -> dict[str, str]:
    token = await auth.post("/auth/operator/tokens", json={"email": email}, headers=operator)
    return {"Authorization": f"Bearer {token.json()['access_token']}"}


async def test_a_key_is_shown_once_and_kept_as_a_hash(
    auth: httpx.AsyncClient, owner: dict[str, str], database: MigratedDatabase
):
    answer = await auth.post(KEYS, json={"name": " till ", "scopes": ["data:read", "analytics:read"]}, headers=owner)
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    key = answer.json()
    assert set(key) == {"id", "name", "key", "scopes", "expires_at"}
    assert (key["name"], key["scopes"], key["expires_at"]) == ("till", ["analytics:read", "data:read"], None)
    assert is_whole(key["key"])
    superuser = await asyncpg.connect(database.superuser_dsn)
    row = await superuser.fetchrow("select * from auth.api_key")
    held = await superuser.fetch(
        "select payload::text as said from auth.outbox union all select detail::text from auth.audit_entry"
    )
    await superuser.close()
    assert row is not None
    assert row["key_hash"] == hash_of_key(key["key"])
    assert key["key"] not in str(row) + str(held)
    [shown] = await listed(auth, owner)
    assert key["key"] not in str(shown)
    assert key["key"].startswith(shown["hint"])
    assert (shown["status"], shown["uses"], shown["last_used_at"], shown["revoked_at"]) == ("active", 0, None, None)
    me = (await auth.get("/auth/me", headers=owner)).json()
    assert shown["created_by"] == me["id"]


@pytest.mark.parametrize(
    "body",
    [
        {"scopes": []},
        {"scopes": ["everything"]},
        {"scopes": ["data:read", ""]},
        {"scopes": "data:read"},
        {"scopes": None},
        {"name": " "},
        {"name": "x" * 201},
        {"name": "a\x00b"},
        {"expires_at": "2020-01-01T00:00:00Z"},
        {"expires_at": "2099-01-01T00:00:00"},
        {"expires_at": "9999-12-31T23:59:59-12:00"},
        {"expires_at": "soon"},
        {"tenant_id": "3f2504e0-4f89-41d3-9a0c-0305e82c3301"},
        {"created_by": "3f2504e0-4f89-41d3-9a0c-0305e82c3301"},
        {"key": "bw_mine"},
        {"uses": 7},
    ],
    ids=str,
)
async def test_a_key_that_makes_no_sense_is_not_made(
    auth: httpx.AsyncClient, owner: dict[str, str], body: dict[str, Any]
):
    answer = await auth.post(KEYS, json={"name": "till", "scopes": ["data:read"], **body}, headers=owner)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"].startswith(next(iter(body)))
    assert await listed(auth, owner) == []


async def test_a_key_gets_no_scope_that_its_maker_lacks(
    auth: httpx.AsyncClient, operator: dict[str, str], tenant: str, database: MigratedDatabase
):
    maker = await add_person(database.superuser_dsn, UUID(tenant), "analyst", permissions=["tenant:admin"])
    headers = await headers_of(auth, operator, maker.email)
    answer = await auth.post(KEYS, json={"name": "x", "scopes": ["data:read", "data:write"]}, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:branchwise:problem:scope-missing")
    assert "data:write" in answer.json()["detail"]
    assert (await made(auth, headers))["scopes"] == ["data:read", "tenant:admin"]


async def test_only_an_admin_makes_sees_or_ends_keys(
    auth: httpx.AsyncClient, owner: dict[str, str], operator: dict[str, str], tenant: str, database: MigratedDatabase
):
    key = await made(auth, owner)
    manager = await add_person(database.superuser_dsn, UUID(tenant), "manager")
    headers = await headers_of(auth, operator, manager.email)
    for answer in (
        await auth.get(KEYS, headers=headers),
        await auth.post(KEYS, json={"name": "x", "scopes": ["data:read"]}, headers=headers),
        await auth.delete(f"{KEYS}/{key['id']}", headers=headers),
    ):
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:branchwise:problem:scope-missing")
    [shown] = await listed(auth, owner)
    assert shown["status"] == "active"


async def test_a_key_with_every_scope_makes_no_keys_and_changes_no_people(
    auth: httpx.AsyncClient, owner: dict[str, str]
):
    key = await made(auth, owner, scopes=list(SCOPES))
    machine = {"X-API-Key": key["key"]}
    assert [row["id"] for row in await listed(auth, machine)] == [key["id"]]
    document = (await auth.get("/openapi.json")).json()
    tried = 0
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            if method == "get" or described.get("security") != [{"access token": []}]:
                continue
            body = {"name": "x", "scopes": ["data:read"], "email": "new@example.com", "role": "admin"}
            url = path.replace("{id}", key["id"])
            answer = await auth.request(method, url, json=body, headers=machine)
            assert answer.status_code in (401, 403), (method, path, answer.text)
            if answer.status_code == 403:
                assert answer.json()["type"] == "urn:branchwise:problem:person-needed", (method, path)
                tried += 1
    assert tried >= 2
    [still] = await listed(auth, owner)
    assert still["status"] == "active"


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/auth/me"), ("PATCH", "/auth/me"), ("GET", "/auth/sessions"), ("GET", "/auth/tenants")],
)
async def test_what_is_for_people_takes_no_key(auth: httpx.AsyncClient, owner: dict[str, str], method: str, path: str):
    key = await made(auth, owner, scopes=list(SCOPES))
    answer = await auth.request(method, path, headers={"X-API-Key": key["key"]})
    assert answer.status_code == 401


async def test_a_key_works_in_its_own_tenant_only(
    auth: httpx.AsyncClient, owner: dict[str, str], tenant: str, database: MigratedDatabase
):
    key = await made(auth, owner)
    other = await add_tenant(database.superuser_dsn)
    for tenant_id, status in ((tenant, 200), (tenant.upper(), 200), (str(other), 403), (str(uuid4()), 403)):
        answer = await auth.get(KEYS, headers={"X-API-Key": key["key"], "X-Tenant-Id": tenant_id})
        assert answer.status_code == status, answer.text
    assert (await auth.get(KEYS, headers={"X-API-Key": key["key"], "X-Tenant-Id": ""})).status_code == 400


async def test_a_key_counts_only_in_its_header_and_alone(auth: httpx.AsyncClient, owner: dict[str, str]):
    key = (await made(auth, owner))["key"]
    right = {"X-API-Key": key}
    assert (await auth.get(KEYS, headers=right)).status_code == 200
    for query in ("X-API-Key", "x-api-key", "api_key", "key", "apikey"):
        assert (await auth.get(KEYS, params={query: key})).status_code == 401
    refused: list[list[tuple[str, str]]] = [
        [*right.items(), *owner.items()],
        [("X-API-Key", key), ("X-API-Key", key)],
        [("X-API-Key", key), ("x-api-key", "")],
        [("X-API-Key", f"{key},{key}")],
        [("X-API-Key", key[:-1])],
        [("X-API-Key", key.swapcase())],
        [("X-API-Key", f"Bearer {key}")],
        [("Authorization", f"Bearer {key}")],
        [("Authorization", f"ApiKey {key}")],
        [("Cookie", f"X-API-Key={key}")],
    ]
    for headers in refused:
        answer = await auth.get(KEYS, headers=headers)
        assert answer.status_code == 401, headers
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_revoked_key_is_out_at_once_and_stays_listed(auth: httpx.AsyncClient, owner: dict[str, str]):
    key = await made(auth, owner)
    machine = {"X-API-Key": key["key"]}
    assert (await auth.get(KEYS, headers=machine)).status_code == 200
    assert (await auth.delete(f"{KEYS}/{key['id']}", headers=owner)).status_code == 204
    answer = await auth.get(KEYS, headers=machine)
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:branchwise:problem:api-key-refused")
    [shown] = await listed(auth, owner)
    assert shown["status"] == "revoked"
    assert (await auth.delete(f"{KEYS}/{key['id']}", headers=owner)).status_code == 204
    assert (await listed(auth, owner))[0]["revoked_at"] == shown["revoked_at"]
    assert (await auth.delete(f"{KEYS}/{uuid4()}", headers=owner)).status_code == 404


async def test_a_key_past_its_time_opens_nothing(
    auth: httpx.AsyncClient, owner: dict[str, str], tenant: str, database: MigratedDatabase
):
    end = datetime.now(UTC) + timedelta(hours=1)
    key = await add_api_key(database.superuser_dsn, UUID(tenant), ["tenant:admin"], expires_at=end)
    connection = await asyncpg.connect(database.superuser_dsn)
    try:
        await connection.execute("update auth.api_key set expires_at = now() where key_hash = $1", hash_of_key(key))
    finally:
        await connection.close()
    assert (await auth.get(KEYS, headers={"X-API-Key": key})).status_code == 401
    [shown] = await listed(auth, owner)
    assert shown["status"] == "expired"


async def test_a_key_that_ends_while_it_is_remembered_is_out(
    auth: httpx.AsyncClient, tenant: str, database: MigratedDatabase, monkeypatch: pytest.MonkeyPatch
):
    end = datetime.now(UTC) + timedelta(hours=1)
    key = await add_api_key(database.superuser_dsn, UUID(tenant), ["tenant:admin"], expires_at=end)
    assert (await auth.get(KEYS, headers={"X-API-Key": key})).status_code == 200
    monkeypatch.setattr("common.auth.standing.now", lambda: end)
    assert (await auth.get(KEYS, headers={"X-API-Key": key})).status_code == 401


async def test_another_tenants_key_is_neither_seen_nor_ended(
    auth: httpx.AsyncClient, owner: dict[str, str], database: MigratedDatabase
):
    other = await add_tenant(database.superuser_dsn)
    key = await add_api_key(database.superuser_dsn, other, ["tenant:admin"])
    [shown] = await listed(auth, {"X-API-Key": key})
    assert await listed(auth, owner) == []
    assert (await auth.delete(f"{KEYS}/{shown['id']}", headers=owner)).status_code == 404
    assert (await auth.get(KEYS, headers={"X-API-Key": key})).status_code == 200


@pytest.mark.usefixtures("told_soon")
async def test_uses_are_counted_exactly_once_each_and_not_when_the_gateway_asks(
    auth: httpx.AsyncClient, owner: dict[str, str]
):
    key = await made(auth, owner)
    before = datetime.now(UTC)
    machine = {"X-API-Key": key["key"]}
    for path in (KEYS, KEYS, "/auth/audit"):
        await auth.get(path, headers=machine)
    for _ in range(3):
        await auth.get("/auth/caller", headers=machine)
    await asyncio.gather(*(auth.get(KEYS, headers=machine) for _ in range(20)))

    async def counted() -> dict[str, Any] | None:
        [shown] = await listed(auth, owner)
        return shown if shown["uses"] >= 23 else None

    shown = await until(counted)
    assert shown["uses"] == 23
    assert before <= datetime.fromisoformat(shown["last_used_at"]) <= datetime.now(UTC)


async def test_what_was_counted_is_written_when_the_service_stops(
    context: ServiceContext, tenant: str, database: MigratedDatabase, auth: httpx.AsyncClient
):
    key = await add_api_key(database.superuser_dsn, UUID(tenant), ["tenant:admin"])
    for _ in range(5):
        await auth.get(KEYS, headers={"X-API-Key": key})
    context.stopping.set()
    superuser = await asyncpg.connect(database.superuser_dsn)

    async def written() -> int:
        said = "select sum((payload ->> 'uses')::int) from auth.outbox where event_type = 'auth.api_key.used.v1'"
        return int(await superuser.fetchval(said) or 0)

    assert await until(written) == 5
    await superuser.close()


async def test_making_and_ending_a_key_are_written_down(
    auth: httpx.AsyncClient, owner: dict[str, str], context: ServiceContext, tenant: str
):
    key = await made(auth, owner, expires_at="2099-01-01T00:00:00Z")
    await auth.delete(f"{KEYS}/{key['id']}", headers=owner)
    await auth.delete(f"{KEYS}/{key['id']}", headers=owner)
    seen = await entries(context, UUID(tenant), "api-key", at_least=2)
    assert [(row["action"], row["target"]) for row in seen] == [
        ("api-key.revoked", key["id"]),
        ("api-key.created", key["id"]),
    ]
    assert seen[0]["actor"] == "owner@example.com"
    assert seen[1]["detail"] == {
        "name": "till",
        "scopes": ["data:read", "tenant:admin"],
        "expires_at": "2099-01-01T00:00:00Z",
    }


async def test_word_of_another_tenants_key_counts_nothing_and_the_same_word_counts_once(
    auth: httpx.AsyncClient, owner: dict[str, str], context: ServiceContext, tenant: str, database: MigratedDatabase
):
    key = await made(auth, owner)
    other = await add_tenant(database.superuser_dsn)
    used = ApiKeyUsed(api_key_id=UUID(key["id"]), uses=7, last_used_at=datetime.now(UTC))
    said = uuid4()
    for tenant_id, event_id in ((other, uuid4()), (UUID(tenant), said), (UUID(tenant), said)):
        async with context.db.tenant(tenant_id) as conn:
            await publish(conn, "auth", used, tenant_id, event_id)
        context.wake_relay()
    end = ApiKeyUsed(api_key_id=UUID(key["id"]), uses=100, last_used_at=datetime(2020, 1, 1, tzinfo=UTC))
    async with context.db.tenant(UUID(tenant)) as conn:
        await publish(conn, "auth", end, UUID(tenant))

    async def counted() -> dict[str, Any] | None:
        [shown] = await listed(auth, owner)
        return shown if shown["uses"] >= 100 else None

    shown = await until(counted)
    assert shown["uses"] == 107
    assert datetime.fromisoformat(shown["last_used_at"]) == used.last_used_at
