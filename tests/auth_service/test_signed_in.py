import asyncio
from uuid import UUID, uuid4

import httpx
import pytest

from common.http.context import ServiceContext
from services.auth_service.api.signed_in import answer_signed_in
from services.auth_service.domain import passwords
from services.auth_service.errors.sign_in import AccountShutOut
from tests.auth_service.conftest import OWNER

CREDENTIALS = {"email": OWNER["owner_email"], "password": OWNER["owner_password"]}


async def account_of(context: ServiceContext) -> UUID:
    account_id: UUID = await context.db.pool.fetchval(
        "select account_id from auth.account where email = $1", "owner@example.com"
    )
    return account_id


async def audited(context: ServiceContext, tenant: str) -> list[tuple[str, str]]:
    async with context.db.tenant(UUID(tenant)) as conn:
        rows = await conn.fetch("select payload->>'action' as action, payload->>'outcome' as outcome from auth.outbox")
    return [(row["action"], row["outcome"]) for row in rows if row["action"]]


async def test_a_sign_in_begins_a_session_and_is_audited(auth: httpx.AsyncClient, context: ServiceContext, tenant: str):
    answer = await auth.post(
        "/auth/password/login", json=CREDENTIALS, headers={"User-Agent": "Sextant/1.0 " + "x" * 900}
    )
    assert len(answer.json()["refresh_token"]) == 43
    row = await context.db.pool.fetchrow("select * from auth.session where method = 'password'")
    assert row is not None
    assert (row["account_id"], row["user_agent"][:12], row["address"]) == (
        await account_of(context),
        "Sextant/1.0 ",
        "127.0.0.1",
    )
    assert (row["expires_at"] - row["created_at"]).days == 30
    assert ("sign-in.password", "done") in await audited(context, tenant)


async def test_a_refresh_token_is_kept_as_a_hash_only(auth: httpx.AsyncClient, context: ServiceContext, tenant: str):
    del tenant
    token = (await auth.post("/auth/password/login", json=CREDENTIALS)).json()["refresh_token"]
    kept = await context.db.pool.fetch("select * from auth.refresh_token")
    assert len(kept) == 1
    assert token not in str(kept)
    assert len(kept[0]["token_hash"]) == 32


async def test_a_disabled_account_is_answered_like_a_wrong_password(
    auth: httpx.AsyncClient, context: ServiceContext, tenant: str
):
    await context.db.pool.execute("update auth.account set disabled_at = now()")
    disabled = await auth.post("/auth/password/login", json=CREDENTIALS)
    wrong = await auth.post("/auth/password/login", json={**CREDENTIALS, "password": "not this one"})
    assert disabled.status_code == wrong.status_code == 401
    assert disabled.json() | {"request_id": ""} == wrong.json() | {"request_id": ""}
    assert ("sign-in.password", "refused") in await audited(context, tenant)
    assert await context.db.pool.fetchval("select count(*) from auth.session") == 0


async def test_an_account_that_does_not_exist_is_shut_out(context: ServiceContext):
    with pytest.raises(AccountShutOut):
        await answer_signed_in(context, uuid4(), "oidc:google", "")


async def test_many_sign_ins_of_one_account_at_once_all_succeed(context: ServiceContext, tenant: str):
    del tenant
    account_id = await account_of(context)
    pairs = await asyncio.gather(*(answer_signed_in(context, account_id, "password", "") for _ in range(20)))
    assert len({pair.refresh_token for pair in pairs}) == 20


async def test_a_password_that_is_changed_while_it_is_looked_at_lets_nobody_in(
    auth: httpx.AsyncClient, context: ServiceContext, tenant: str, monkeypatch: pytest.MonkeyPatch
):
    account_id, fits = await account_of(context), passwords.fits
    newer = await passwords.hash_of("another passphrase altogether")

    async def fits_and_is_changed(password: str, password_hash: str | None) -> bool:
        right = await fits(password, password_hash)
        await context.db.pool.execute("update auth.credential set password_hash = $1", newer)
        return right

    monkeypatch.setattr(passwords, "fits", fits_and_is_changed)
    answer = await auth.post("/auth/password/login", json=CREDENTIALS)
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:branchwise:problem:credentials-refused")
    began = "select count(*) from auth.session where account_id = $1"
    assert await context.db.pool.fetchval(began, account_id) == 0
    assert ("sign-in.password", "done") not in await audited(context, tenant)
