"""Guessing passwords: what is hashed, who is refused, and who is not."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg
import httpx
import pytest

from common.http.app import create_app
from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from common.testing.serve import serve
from services.auth_service import SPEC
from services.auth_service.domain import passwords, throttle
from tests.auth_service.conftest import OWNER, found
from tests.auth_service.test_forgotten_password import count_hashes, fetch

EMAIL, PASSWORD = OWNER["owner_email"], OWNER["owner_password"]
LIMIT = 10


async def login(auth: httpx.AsyncClient, email: str, password: str, address: str = "203.0.113.7") -> httpx.Response:
    body = {"email": email, "password": password}
    return await auth.post("/auth/password/login", json=body, headers={"X-Forwarded-For": address})


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.com"])
async def test_of_three_hundred_wrong_passwords_at_once_ten_are_hashed_for_any_email(
    settings: Settings, operator: dict[str, str], monkeypatch: pytest.MonkeyPatch, email: str
):
    async with many_calls_to(settings) as auth:
        await found(auth, operator)
        hashed = count_hashes(monkeypatch)
        answers = await asyncio.gather(*(login(auth, email, f"wrong {number}") for number in range(300)))
    assert Counter(answer.status_code for answer in answers) == {401: LIMIT, 429: 300 - LIMIT}
    assert len(hashed) == LIMIT
    for answer in answers:
        if answer.status_code == 429:
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert 800 < int(answer.headers["Retry-After"]) <= 900


@pytest.mark.usefixtures("quick_hashes")
async def test_two_hundred_right_passwords_at_once_from_one_address_are_all_let_in(
    settings: Settings, operator: dict[str, str]
):
    async with many_calls_to(settings) as auth:
        await found(auth, operator)
        answers = await asyncio.gather(*(login(auth, EMAIL, PASSWORD) for _ in range(200)))
    assert Counter(answer.status_code for answer in answers) == {200: 200}


@pytest.mark.usefixtures("quick_hashes")
async def test_the_answers_of_the_throttle_are_the_same_for_an_unknown_email(auth: httpx.AsyncClient, tenant: str):
    del tenant
    known = [await login(auth, EMAIL, "wrong") for _ in range(LIMIT + 1)]
    unknown = [await login(auth, "nobody@example.com", "wrong") for _ in range(LIMIT + 1)]
    for one, other in zip(known, unknown, strict=True):
        assert one.status_code == other.status_code
        assert one.json() | {"request_id": ""} == other.json() | {"request_id": ""}
        assert set(one.headers) == set(other.headers)


async def test_wrong_password_and_unknown_email_take_the_same_hashes_and_statements(
    auth: httpx.AsyncClient, tenant: str, database: MigratedDatabase, monkeypatch: pytest.MonkeyPatch
):
    del tenant
    hashed = count_hashes(monkeypatch)
    work: list[tuple[int, list[str]]] = []
    for email in (EMAIL, "nobody@example.com"):
        before = len(hashed)
        with statements_of_requests(monkeypatch) as statements:
            assert (await login(auth, email, "wrong")).status_code == 401
        work.append((len(hashed) - before, statements))
    assert work[0] == work[1]
    assert work[0][0] == 1
    await audited(database, 2)


async def test_ten_failures_keep_nobody_out_but_who_made_them(auth: httpx.AsyncClient, tenant: str):
    del tenant
    for _ in range(LIMIT):
        assert (await login(auth, EMAIL.upper(), "wrong", "198.51.100.1")).status_code == 401
    assert (await login(auth, EMAIL, PASSWORD, "198.51.100.1")).status_code == 429
    assert (await login(auth, "other@example.com", PASSWORD, "198.51.100.1")).status_code == 401
    assert (await login(auth, EMAIL, PASSWORD, "192.0.2.1")).status_code == 200


@pytest.mark.usefixtures("quick_hashes")
async def test_an_address_is_refused_after_a_hundred_failures_and_others_are_not(
    settings: Settings, operator: dict[str, str]
):
    async with many_calls_to(settings) as auth:
        await found(auth, operator)
        answers = await asyncio.gather(*(login(auth, f"{number}@example.com", "wrong") for number in range(100)))
        assert {answer.status_code for answer in answers} == {401}
        assert (await login(auth, EMAIL, PASSWORD)).status_code == 429
        assert (await login(auth, EMAIL, PASSWORD, "203.0.113.8")).status_code == 200


@pytest.mark.usefixtures("quick_hashes")
async def test_ipv6_addresses_of_one_network_count_as_one(settings: Settings, operator: dict[str, str]):
    async with many_calls_to(settings) as auth:
        await found(auth, operator)
        calls = (login(auth, f"{number}@example.com", "wrong", f"2001:db8:1:2::{number:x}") for number in range(100))
        assert {answer.status_code for answer in await asyncio.gather(*calls)} == {401}
        assert (await login(auth, EMAIL, PASSWORD, "2001:db8:1:2:ffff::1")).status_code == 429
        assert (await login(auth, EMAIL, PASSWORD, "2001:db8:1:3::1")).status_code == 200


async def test_a_success_gives_only_its_own_place_back(auth: httpx.AsyncClient, tenant: str):
    del tenant
    for _ in range(LIMIT - 1):
        assert (await login(auth, EMAIL, "wrong")).status_code == 401
        assert (await login(auth, EMAIL, PASSWORD)).status_code == 200
    assert (await login(auth, EMAIL, "wrong")).status_code == 401
    assert (await login(auth, EMAIL, PASSWORD)).status_code == 429


async def test_a_megabyte_of_password_costs_no_hash_and_is_refused(
    auth: httpx.AsyncClient, tenant: str, monkeypatch: pytest.MonkeyPatch
):
    del tenant
    hashed = count_hashes(monkeypatch)
    monkeypatch.setattr(passwords, "normalize", refuse_to_work)
    huge = "x" * (1 << 20)
    bodies: list[tuple[str, dict[str, Any]]] = [
        ("/auth/password/login", {"email": EMAIL, "password": huge}),
        ("/auth/password/reset", {"token": "A" * 43, "password": huge}),
        ("/auth/password/forgot", {"email": huge}),
    ]
    for path, body in bodies:
        answer = await auth.post(path, json=body)
        assert answer.status_code == 413, path
    chunked = await auth.post("/auth/password/login", content=in_pieces(f'{{"password": "{huge}"}}'))
    assert chunked.status_code == 413
    assert not hashed


async def test_marks_that_are_costly_to_order_are_refused_by_their_number(auth: httpx.AsyncClient):
    body = {"email": EMAIL, "password": "a" + "\u0315\u0300" * 3000}
    assert (await auth.post("/auth/password/login", json=body)).status_code in (413, 422)


async def test_one_character_may_be_typed_in_two_ways(
    auth: httpx.AsyncClient, operator: dict[str, str], database: MigratedDatabase
):
    composed, decomposed = "g\u00fcnstige \u00c4pfel heute", "gu\u0308nstige A\u0308pfel heute"
    await found(auth, operator, owner_password=decomposed)
    assert (await login(auth, EMAIL, composed)).status_code == 200
    assert (await login(auth, EMAIL, decomposed)).status_code == 200
    # As it was kept before: hashed as typed.
    as_typed = passwords._hasher.hash(decomposed)
    await fetch(database, f"update auth.credential set password_hash = '{as_typed}'")
    assert (await login(auth, EMAIL, decomposed)).status_code == 200


async def test_past_a_bound_who_signs_in_is_asked_to_come_again_and_nothing_is_counted(
    auth: httpx.AsyncClient, tenant: str, monkeypatch: pytest.MonkeyPatch
):
    del tenant
    monkeypatch.setattr(throttle, "MOST_WAITING", 0)
    for _ in range(LIMIT + 1):
        answer = await login(auth, EMAIL, PASSWORD)
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:branchwise:problem:too-many-sign-ins")
        assert int(answer.headers["Retry-After"]) > 0
    monkeypatch.undo()
    assert (await login(auth, EMAIL, PASSWORD)).status_code == 200


@pytest.mark.usefixtures("quick_hashes")
async def test_refusals_are_audited_where_they_belong_and_do_not_flood_the_log(
    auth: httpx.AsyncClient, tenant: str, database: MigratedDatabase
):
    for email in (EMAIL, "nobody@example.com"):
        await asyncio.gather(*(login(auth, email, "wrong") for _ in range(LIMIT + 30)))
    nobody = "00000000-0000-0000-0000-000000000000"
    wanted = {(who, why) for who in (tenant, nobody) for why in ("credentials-refused", "too-many-attempts")}
    rows: list[tuple[str, str, str]] = []
    async with asyncio.timeout(30):
        # (what was refused before it was looked up may be a row of its own)
        while {(row[0], row[2]) for row in rows} != wanted:
            rows = await audited(database, len(rows))
            await asyncio.sleep(0.05)
    assert len(rows) <= 6
    assert {row[1] for row in rows if row[0] == tenant} == {EMAIL.lower()}


async def audited(database: MigratedDatabase, at_least: int) -> list[tuple[str, str, str]]:
    """Tenant, target and reason of the refused sign-ins, once there are so many."""
    statement = (
        "select row(tenant_id::text, payload ->> 'target', payload -> 'detail' ->> 'because') from auth.outbox"
        " where payload ->> 'action' = 'sign-in.password' and payload ->> 'outcome' = 'refused'"
    )
    async with asyncio.timeout(20):
        while len(rows := await fetch(database, statement)) < at_least:
            await asyncio.sleep(0.05)
    return [tuple(row) for row in rows]  # pyright: ignore[reportReturnType, reportArgumentType] -- records of text


@asynccontextmanager
async def many_calls_to(settings: Settings) -> AsyncGenerator[httpx.AsyncClient]:
    """The auth service, and a client with a connection for each call."""
    limits = httpx.Limits(max_connections=1000, max_keepalive_connections=0)
    async with (
        serve(create_app(SPEC, settings)) as url,
        httpx.AsyncClient(base_url=url, timeout=100, limits=limits) as client,
    ):
        yield client


@contextmanager
def statements_of_requests(monkeypatch: pytest.MonkeyPatch) -> Generator[list[str]]:
    """What requests, and nothing in the background, ask of the database."""
    statements: list[str] = []

    def counted(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(self: asyncpg.Connection, query: str, *values: Any, **more: Any) -> Any:
            task = asyncio.current_task()
            if task is not None and "run_asgi" in repr(task.get_coro()):
                statements.append(query)
            return method(self, query, *values, **more)

        return call

    with monkeypatch.context() as patched:
        for name in ("execute", "fetch", "fetchrow", "fetchval"):
            patched.setattr(asyncpg.Connection, name, counted(getattr(asyncpg.Connection, name)))
        yield statements
    assert statements


def refuse_to_work(*_: object) -> str:
    message = "something was worked out"
    raise AssertionError(message)


async def in_pieces(text: str) -> AsyncGenerator[bytes]:
    for start in range(0, len(text), 4096):
        yield text[start : start + 4096].encode()
