from uuid import UUID

import asyncpg
import httpx
import pytest

from common.http.context import ServiceContext
from common.testing.cluster import MigratedDatabase
from services.auth_service.domain.random_token import hash_of_token
from services.auth_service.jobs.housekeeping import clear
from tests.auth_service.conftest import OWNER

LOGIN = {"email": OWNER["owner_email"], "password": OWNER["owner_password"]}


@pytest.fixture
async def tokens(auth: httpx.AsyncClient, tenant: str) -> list[str]:
    """Two refresh tokens of a session: a used one and its successor."""
    del tenant
    first = (await auth.post("/auth/password/login", json=LOGIN)).json()["refresh_token"]
    second = (await auth.post("/auth/refresh", json={"refresh_token": first})).json()["refresh_token"]
    return [first, second]


async def kept(context: ServiceContext, tokens: list[str]) -> list[bool]:
    rows = await context.db.pool.fetch("select token_hash from auth.refresh_token")
    hashes = {row["token_hash"] for row in rows}
    return [hash_of_token(token) in hashes for token in tokens]


async def age(context: ServiceContext, table: str, column: str, days: float) -> None:
    await context.db.pool.execute(f"update auth.{table} set {column} = {column} - interval '1 day' * $1", days)


async def test_used_tokens_are_known_for_thirty_days_after_their_use(context: ServiceContext, tokens: list[str]):
    await age(context, "refresh_token", "used_at", 29.9)
    await clear(context)
    assert await kept(context, tokens) == [True, True]
    await age(context, "refresh_token", "used_at", 0.2)
    await clear(context)
    assert await kept(context, tokens) == [False, True]


async def test_a_reuse_is_still_detected_on_the_last_day(
    auth: httpx.AsyncClient, context: ServiceContext, tokens: list[str]
):
    await age(context, "refresh_token", "used_at", 29.9)
    await clear(context)
    for token in tokens:
        assert (await auth.post("/auth/refresh", json={"refresh_token": token})).status_code == 401
    assert await context.db.pool.fetchval("select revoked_because from auth.session") == "reuse"


async def test_an_ended_session_is_kept_thirty_days_past_its_time(context: ServiceContext, tokens: list[str]):
    await context.db.pool.execute("update auth.session set revoked_at = now()")
    await age(context, "session", "expires_at", 59.9)
    await clear(context)
    assert await kept(context, tokens) == [True, True]
    await age(context, "session", "expires_at", 0.2)
    await clear(context)
    assert await context.db.pool.fetchval("select count(*) from auth.session") == 0
    assert await kept(context, tokens) == [False, False]


async def test_an_answer_is_forgotten_after_its_grace_and_not_before(context: ServiceContext, tokens: list[str]):
    del tokens
    for seconds, answers in ((8, 1), (3, 0)):
        await age(context, "refresh_token", "used_at", seconds / 86_400)
        await clear(context)
        assert await context.db.pool.fetchval("select count(sealed_answer) from auth.refresh_token") == answers


async def test_what_began_and_never_ended_goes_once_it_has_expired(context: ServiceContext, tokens: list[str]):
    del tokens
    account_id: UUID = await context.db.pool.fetchval("select account_id from auth.account")
    for hours in (1, -1):
        await context.db.pool.execute(
            "insert into auth.pending_sign_in"
            " (state_hash, provider, redirect_uri, browser_hash, sealed_secrets, expires_at)"
            " values (sha256($1), 'p', 'r', 'b', 's', now() + interval '1 hour' * $2)",
            str(hours).encode(),
            hours,
        )
        await context.db.pool.execute(
            "insert into auth.mailed_link"
            " (token_hash, account_id, account_email, purpose, email, mailbox, job_id, expires_at)"
            " values (sha256($1), $2, 'a@b', 'verify-email', 'a@b', 'a@b', gen_random_uuid(),"
            " now() + interval '1 day' * ($3 - 0.5))",
            str(hours).encode(),
            account_id,
            hours,
        )
    await clear(context)
    for table in ("pending_sign_in", "mailed_link"):
        assert await context.db.pool.fetchval(f"select count(*) from auth.{table}") == 1


async def test_an_address_that_a_mail_was_asked_for_is_forgotten_a_day_later(
    context: ServiceContext, tokens: list[str], tenant: str, database: MigratedDatabase
):
    del tokens
    no_tenant = "00000000-0000-0000-0000-000000000000"
    jobs = [
        (no_tenant, "completed", 1.1, "gone"),
        (no_tenant, "failed", 1.1, "gone"),
        (no_tenant, "completed", 0.9, "of today"),
        (no_tenant, "running", 1.1, "not ended"),
        (tenant, "completed", 9.0, "a tenant's"),
    ]
    rows = await asyncpg.connect(database.superuser_dsn)
    await rows.executemany(
        "insert into auth.job (tenant_id, kind, status, finished_at, params, awaiting)"
        " values ($1, 'a-test', $2, now() - interval '1 day' * $3, jsonb_build_object('email', $4::text), true)",
        jobs,
    )
    await clear(context)
    left = await rows.fetch("select params->>'email' as email from auth.job where kind = 'a-test' order by 1")
    await rows.close()
    assert [row["email"] for row in left] == ["a tenant's", "not ended", "of today"]
