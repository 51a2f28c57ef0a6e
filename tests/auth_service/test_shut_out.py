import asyncio
from uuid import UUID

import httpx

from common.http.app import create_app
from common.http.context import ServiceContext
from common.settings import Settings
from common.testing.serve import client_of
from services.auth_service import SPEC
from services.auth_service.api.signed_in import answer_signed_in
from services.auth_service.errors.sign_in import AccountShutOut
from tests.auth_service.conftest import OWNER

LOGIN = {"email": OWNER["owner_email"], "password": OWNER["owner_password"]}
NAMED = {"email": " OWNER@example.com"}


async def change(auth: httpx.AsyncClient, operator: dict[str, str], what: str) -> httpx.Response:
    return await auth.post(f"/auth/operator/accounts/{what}", json=NAMED, headers=operator)


async def test_a_revoked_account_is_out_everywhere_at_once(
    auth: httpx.AsyncClient, settings: Settings, operator: dict[str, str], owner: dict[str, str]
):
    pair = (await auth.post("/auth/password/login", json=LOGIN)).json()
    async with client_of(create_app(SPEC, settings)) as replica:
        assert (await replica.get("/auth/me", headers=owner)).status_code == 200
        answer = await change(auth, operator, "revoke")
        assert answer.json() | {"account_id": ""} == {
            "account_id": "",
            "email": "owner@example.com",
            "disabled": True,
            "sessions_ended": 2,
            "api_keys_ended": 0,
            "invitations_ended": 0,
        }
        assert (await auth.get("/auth/me", headers=owner)).status_code == 401
        async with asyncio.timeout(20):
            while (await replica.get("/auth/me", headers=owner)).status_code != 401:
                await asyncio.sleep(0.01)
    assert (await auth.post("/auth/refresh", json={"refresh_token": pair["refresh_token"]})).status_code == 401
    assert (await auth.post("/auth/password/login", json=LOGIN)).status_code == 401
    minted = await auth.post("/auth/operator/tokens", json=NAMED, headers=operator)
    assert (minted.status_code, minted.json()["type"]) == (403, "urn:branchwise:problem:account-shut-out")


async def test_a_restored_account_signs_in_again_but_its_old_tokens_stay_out(
    auth: httpx.AsyncClient, operator: dict[str, str], owner: dict[str, str]
):
    await change(auth, operator, "revoke")
    assert (await change(auth, operator, "restore")).json()["disabled"] is False
    assert (await auth.get("/auth/me", headers=owner)).status_code == 401
    assert (await auth.post("/auth/password/login", json=LOGIN)).status_code == 200


async def test_both_are_written_into_the_tenants_log_as_the_operators(
    auth: httpx.AsyncClient, context: ServiceContext, operator: dict[str, str], tenant: str
):
    for what in ("revoke", "restore"):
        await change(auth, operator, what)
    async with context.db.tenant(UUID(tenant)) as conn:
        rows = await conn.fetch(
            "select payload->>'action' as action, payload->>'actor_kind' as kind, payload->>'target' as target"
            " from auth.outbox where payload->>'action' like 'account.%' order by 1 desc"
        )
    assert [tuple(row) for row in rows] == [
        ("account.revoked", "operator", "owner@example.com"),
        ("account.restored", "operator", "owner@example.com"),
    ]


async def test_nobody_signs_in_past_a_revocation_that_happens_at_the_same_time(
    auth: httpx.AsyncClient, context: ServiceContext, operator: dict[str, str], tenant: str
):
    del tenant
    account_id: UUID = await context.db.pool.fetchval("select account_id from auth.account")

    async def sign_in() -> None:
        try:
            await answer_signed_in(context, account_id, "password", "")
        except AccountShutOut:
            return

    await asyncio.gather(
        *(sign_in() for _ in range(8)), change(auth, operator, "revoke"), *(sign_in() for _ in range(8))
    )
    standing = "select count(*) from auth.session where revoked_at is null"
    assert await context.db.pool.fetchval(standing) == 0


async def test_only_the_operator_and_only_known_accounts(
    auth: httpx.AsyncClient, operator: dict[str, str], owner: dict[str, str]
):
    for what in ("revoke", "restore"):
        assert (await auth.post(f"/auth/operator/accounts/{what}", json=NAMED, headers=owner)).status_code == 401
        unknown = await auth.post(f"/auth/operator/accounts/{what}", json={"email": "a@b"}, headers=operator)
        assert (unknown.status_code, unknown.json()["type"]) == (404, "urn:branchwise:problem:account-not-found")
        more = {**NAMED, "disabled": False}
        answer = await auth.post(f"/auth/operator/accounts/{what}", json=more, headers=operator)
        assert answer.status_code == 422
    assert (await auth.get("/auth/me", headers=owner)).status_code == 200
