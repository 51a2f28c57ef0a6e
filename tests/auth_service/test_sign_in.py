import asyncio
import base64
import json
import time
from statistics import median

import httpx
from fastapi import FastAPI

from common.http.app import create_app
from common.settings import Settings
from common.testing.people import SECRET, settings_for_people
from common.testing.serve import client_of
from services.auth_service import SPEC
from services.auth_service.domain import passwords
from tests.auth_service.conftest import OWNER


def credentials(**other: str) -> dict[str, str]:
    return {"email": OWNER["owner_email"], "password": OWNER["owner_password"], **other}


async def test_a_password_gives_a_token_with_user_and_tenants(auth: httpx.AsyncClient, tenant: str):
    answer = await auth.post("/auth/password/login", json=credentials(email=" OWNER@example.COM "))
    body = answer.json()
    assert answer.status_code == 200
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == 15 * 60
    assert body["user"]["email"] == "owner@example.com"
    assert body["user"]["last_login_at"].endswith("Z")
    assert [(row["id"], row["role"], row["permissions"]) for row in body["tenants"]] == [(tenant, "admin", [])]
    assert "tenant:admin" in body["tenants"][0]["scopes"]


async def test_a_token_names_its_key_type_issuer_and_audience(auth: httpx.AsyncClient, owner: dict[str, str]):
    header, claims, _ = (part + "==" for part in owner["Authorization"].removeprefix("Bearer ").split("."))
    keys = (await auth.get("/auth/.well-known/jwks.json")).json()["keys"]
    assert len(keys) == 1
    assert "d" not in keys[0]
    assert json.loads(base64.urlsafe_b64decode(header)) == {"alg": "EdDSA", "typ": "at+jwt", "kid": keys[0]["kid"]}
    said = json.loads(base64.urlsafe_b64decode(claims))
    assert said["iss"] == said["aud"] == "branchwise"
    assert said["exp"] - said["iat"] == 15 * 60
    assert set(said) == {"iss", "aud", "sub", "sid", "email", "jti", "iat", "exp"}


async def test_wrong_password_and_unknown_email_get_the_same_answer(auth: httpx.AsyncClient, tenant: str):
    del tenant
    wrong = await auth.post("/auth/password/login", json=credentials(password="not this one"))
    unknown = await auth.post("/auth/password/login", json=credentials(email="nobody@example.com"))
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.headers["WWW-Authenticate"] == unknown.headers["WWW-Authenticate"] == "Bearer"
    assert wrong.headers["Content-Type"] == "application/problem+json"
    assert wrong.json() | {"request_id": ""} == unknown.json() | {"request_id": ""}


async def test_wrong_password_and_unknown_email_take_the_same_work(auth: httpx.AsyncClient, founded: str):
    del founded

    async def cpu_seconds(body: dict[str, str]) -> float:
        # Not the clock's: the service runs in this process, and whatever else the machine does must not count.
        started = time.process_time()
        await auth.post("/auth/password/login", json=body)
        return time.process_time() - started

    wrong, unknown = credentials(password="not this one"), credentials(email="nobody@example.com")
    pairs = [(await cpu_seconds(wrong), await cpu_seconds(unknown)) for _ in range(9)]
    ratio = median(known for known, _ in pairs) / median(nobody for _, nobody in pairs)
    assert 0.5 < ratio < 2


async def test_hashing_leaves_the_event_loop_free():
    hashing = asyncio.create_task(passwords.fits("whatever", None))
    turns = 0
    while not hashing.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 50, "hashed on the loop it would be over in a turn or two"
    assert hashing.result() is False


async def test_bad_bodies_are_named_field_by_field(auth: httpx.AsyncClient):
    for body in ({}, {"email": "a@b", "password": "x" * 129}, {"email": "a\x00@b", "password": "x"}, [], "text"):
        answer = await auth.post("/auth/password/login", json=body)
        assert answer.status_code == 422, body
        assert answer.json()["errors"], body
        assert "xxx" not in answer.text


async def test_passwords_are_kept_as_argon2id_of_owasp_strength(auth: httpx.AsyncClient, app: FastAPI, founded: str):
    del auth, founded
    stored: str = await app.state.context.db.pool.fetchval("select password_hash from auth.credential")
    assert stored.startswith("$argon2id$")
    memory, passes, _ = stored.split("$")[3].split(",")
    assert int(memory.removeprefix("m=")) >= 46 * 1024
    assert int(passes.removeprefix("t=")) >= 1


async def test_a_second_replica_signs_and_verifies_with_the_same_key(
    auth: httpx.AsyncClient, settings: Settings, owner: dict[str, str]
):
    async with client_of(create_app(SPEC, settings)) as replica:
        assert (await replica.get("/auth/me", headers=owner)).status_code == 200
        assert (await replica.get("/auth/.well-known/jwks.json")).json() == (
            await auth.get("/auth/.well-known/jwks.json")
        ).json()


async def test_hs256_signs_with_the_secret_and_publishes_no_key(settings: Settings, operator: dict[str, str]):
    async with client_of(create_app(SPEC, settings_for_people(settings))) as auth:
        tenant = {"name": "Shared Secret", "time_zone": "UTC", "currency": "EUR", **OWNER}
        assert (await auth.post("/auth/operator/tenants", json=tenant, headers=operator)).status_code == 201
        token = (await auth.post("/auth/password/login", json=credentials())).json()["access_token"]
        jwks = await auth.get("/auth/.well-known/jwks.json")
        assert jwks.json() == {"keys": []}
        assert SECRET not in jwks.text
        me = await auth.get("/auth/me", headers={"Authorization": f"Bearer {token}"})
        assert me.json()["tenants"][0]["name"] == "Shared Secret"
