import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from common.http.app import create_app
from common.http.context import ServiceContext
from common.settings import Settings
from common.testing.serve import client_of
from services.auth_service import SPEC
from services.auth_service.domain.random_token import hash_of_token
from tests.auth_service.conftest import OWNER

Pair = dict[str, Any]
LOGIN = {"email": OWNER["owner_email"], "password": OWNER["owner_password"]}
REFUSED = (401, "urn:branchwise:problem:refresh-refused")


@pytest.fixture
async def pair(auth: httpx.AsyncClient, tenant: str) -> Pair:
    """The first pair of a session."""
    del tenant
    return (await auth.post("/auth/password/login", json=LOGIN)).json()


async def exchange(auth: httpx.AsyncClient, pair: Pair) -> httpx.Response:
    return await auth.post("/auth/refresh", json={"refresh_token": pair["refresh_token"]})


async def next_pair(auth: httpx.AsyncClient, pair: Pair) -> Pair:
    answer = await exchange(auth, pair)
    assert answer.status_code == 200, answer.text
    return answer.json()


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"]


async def me(auth: httpx.AsyncClient, pair: Pair) -> int:
    return (await auth.get("/auth/me", headers={"Authorization": f"Bearer {pair['access_token']}"})).status_code


async def let_pass(context: ServiceContext, pair: Pair, seconds: float) -> None:
    """As if a token had been used this much earlier."""
    moved = await context.db.pool.execute(
        "update auth.refresh_token set used_at = used_at - make_interval(secs => $2) where token_hash = $1",
        hash_of_token(pair["refresh_token"]),
        seconds,
    )
    assert moved == "UPDATE 1"


async def sealed_answers(context: ServiceContext) -> int:
    count: int = await context.db.pool.fetchval("select count(sealed_answer) from auth.refresh_token")
    return count


async def test_a_refresh_token_gives_a_new_pair_of_the_same_session(auth: httpx.AsyncClient, pair: Pair):
    new = await next_pair(auth, pair)
    assert new.keys() == pair.keys()
    assert new["refresh_token"] != pair["refresh_token"]
    assert new["access_token"] != pair["access_token"]
    assert new["user"] == pair["user"]
    assert [await me(auth, each) for each in (pair, new)] == [200, 200]
    listed = (await auth.get("/auth/sessions", headers={"Authorization": f"Bearer {new['access_token']}"})).json()
    assert listed["total"] == 1


async def test_a_session_lives_thirty_days_from_its_last_use(
    auth: httpx.AsyncClient, context: ServiceContext, pair: Pair
):
    await context.db.pool.execute("update auth.session set expires_at = now() + interval '1 minute'")
    await next_pair(auth, pair)
    left: float = await context.db.pool.fetchval(
        "select extract(epoch from expires_at - now())::float8 from auth.session"
    )
    assert 30 * 86_400 - 60 < left <= 30 * 86_400


async def test_the_same_token_again_within_ten_seconds_gets_the_same_pair(
    auth: httpx.AsyncClient, context: ServiceContext, pair: Pair
):
    first = await exchange(auth, pair)
    # (and a busy machine's while)
    await let_pass(context, pair, 5)
    again = await exchange(auth, pair)
    assert again.content == first.content
    assert await me(auth, again.json()) == 200
    await next_pair(auth, again.json())


async def test_the_same_token_after_ten_seconds_ends_the_session(
    auth: httpx.AsyncClient, context: ServiceContext, pair: Pair
):
    new = await next_pair(auth, pair)
    await let_pass(context, pair, 10.1)
    assert said(await exchange(auth, pair)) == REFUSED
    assert said(await exchange(auth, new)) == REFUSED
    assert [await me(auth, each) for each in (pair, new)] == [401, 401]
    assert await context.db.pool.fetchval("select revoked_because from auth.session") == "reuse"
    assert await sealed_answers(context) == 0


async def test_the_same_token_is_refused_once_its_successor_was_used(auth: httpx.AsyncClient, pair: Pair):
    newest = await next_pair(auth, await next_pair(auth, pair))
    assert said(await exchange(auth, pair)) == REFUSED, "though ten seconds have not passed"
    assert said(await exchange(auth, newest)) == REFUSED


async def test_a_grandparent_ends_the_family_with_its_access_tokens_everywhere(
    auth: httpx.AsyncClient, settings: Settings, context: ServiceContext, pair: Pair
):
    child = await next_pair(auth, pair)
    grandchild = await next_pair(auth, child)
    async with client_of(create_app(SPEC, settings)) as replica:
        assert [await me(replica, each) for each in (pair, child, grandchild)] == [200, 200, 200]
        await let_pass(context, pair, 86_400 * 20)
        assert said(await exchange(auth, pair)) == REFUSED
        async with asyncio.timeout(20):
            while {await me(replica, each) for each in (pair, child, grandchild)} != {401}:
                await asyncio.sleep(0.01)
        assert said(await exchange(replica, grandchild)) == REFUSED


async def test_a_reuse_is_written_into_the_log_of_each_tenant(
    auth: httpx.AsyncClient, operator: dict[str, str], context: ServiceContext, tenant: str, pair: Pair
):
    body = {"name": "Second", "time_zone": "UTC", "currency": "EUR", **OWNER}
    second = (await auth.post("/auth/operator/tenants", json=body, headers=operator)).json()["tenant_id"]
    await next_pair(auth, await next_pair(auth, pair))
    await exchange(auth, pair)
    for each in (tenant, second):
        async with context.db.tenant(UUID(each)) as conn:
            told = await conn.fetchval(
                "select count(*) from auth.outbox where payload->>'action' = 'session.revoked'"
                " and payload->'detail'->>'because' = 'reuse'"
            )
        assert told == 1


async def test_another_session_of_the_account_is_not_touched_by_a_reuse(auth: httpx.AsyncClient, pair: Pair):
    other = (await auth.post("/auth/password/login", json=LOGIN)).json()
    await next_pair(auth, await next_pair(auth, pair))
    assert said(await exchange(auth, pair)) == REFUSED
    assert await me(auth, other) == 200
    await next_pair(auth, other)


async def test_of_fifty_uses_at_once_one_wins_and_all_get_its_pair(
    auth: httpx.AsyncClient, settings: Settings, context: ServiceContext, pair: Pair
):
    async with client_of(create_app(SPEC, settings)) as replica:
        answers = await asyncio.gather(*(exchange((auth, replica)[turn % 2], pair) for turn in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert await context.db.pool.fetchval("select count(*) from auth.refresh_token") == 2
    await next_pair(auth, answers[0].json())


async def test_of_fifty_late_uses_at_once_none_gets_anything(
    auth: httpx.AsyncClient, context: ServiceContext, pair: Pair
):
    await next_pair(auth, pair)
    await let_pass(context, pair, 11)
    answers = await asyncio.gather(*(exchange(auth, pair) for _ in range(50)))
    assert {said(answer) for answer in answers} == {REFUSED}


async def test_an_answer_is_kept_sealed_and_only_until_the_next_exchange(
    auth: httpx.AsyncClient, context: ServiceContext, pair: Pair
):
    child = await next_pair(auth, pair)
    kept: str = await context.db.pool.fetchval("select sealed_answer from auth.refresh_token where used_at is not null")
    assert kept.startswith("v1.")
    assert child["refresh_token"] not in kept
    await next_pair(auth, child)
    assert await sealed_answers(context) == 1


async def test_tokens_do_not_pass_for_one_another(auth: httpx.AsyncClient, pair: Pair):
    assert await me(auth, {"access_token": pair["refresh_token"]}) == 401
    assert said(await exchange(auth, {"refresh_token": pair["access_token"]})) == REFUSED
    await next_pair(auth, pair)


async def ended(context: ServiceContext) -> None:
    await context.db.pool.execute("update auth.session set revoked_at = now(), revoked_because = 'logout'")


async def expired(context: ServiceContext) -> None:
    await context.db.pool.execute("update auth.session set expires_at = now()")


async def disabled(context: ServiceContext) -> None:
    await context.db.pool.execute("update auth.account set disabled_at = now()")


@pytest.mark.parametrize("what", [ended, expired, disabled])
async def test_nothing_is_refreshed_for_what_does_not_stand(
    auth: httpx.AsyncClient, context: ServiceContext, pair: Pair, what: Callable[[ServiceContext], Awaitable[None]]
):
    child = await next_pair(auth, pair)
    await what(context)
    assert said(await exchange(auth, child)) == REFUSED
    assert said(await exchange(auth, pair)) == REFUSED, "within the grace time"


async def test_all_refusals_are_the_same_answer(auth: httpx.AsyncClient, context: ServiceContext, pair: Pair):
    unknown = await exchange(auth, {"refresh_token": "x" * 43})
    await next_pair(auth, pair)
    await let_pass(context, pair, 11)
    reused = await exchange(auth, pair)
    assert reused.json() | {"request_id": ""} == unknown.json() | {"request_id": ""}
    assert unknown.headers["WWW-Authenticate"] == reused.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    "body", [{}, {"refresh_token": ""}, {"refresh_token": "x" * 5000}, {"refresh_token": "x", "role": "admin"}]
)
async def test_a_malformed_request_is_named(auth: httpx.AsyncClient, body: dict[str, str]):
    answer = await auth.post("/auth/refresh", json=body)
    assert answer.status_code == 422
    assert "xxx" not in answer.text
