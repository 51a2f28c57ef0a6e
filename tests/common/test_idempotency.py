import asyncio
import hashlib
import hmac
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Annotated
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter, Depends
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from common.auth.principal import Principal
from common.auth.roles import SCOPES_OF_ROLE
from common.db import Database
from common.http.context import ServiceContext
from common.http.idempotency import Idempotency
from common.problem import NotFound
from common.testing.probe import Run, probe_spec, some_tenant

ACCOUNT = UUID(int=77)


class Counter:
    """A route that counts how often it ran, and an authenticator that knows one person in two tenants."""

    def __init__(self) -> None:
        self.runs = 0
        self.hold = asyncio.Event()
        self.hold.set()
        self.entered = asyncio.Event()
        self.broken = False

    def router(self) -> APIRouter:
        router = APIRouter()

        @router.post("/count", status_code=201)
        async def count(body: dict[str, int]) -> dict[str, int]:
            self.runs += 1
            self.entered.set()
            await self.hold.wait()
            if self.broken:
                raise RuntimeError
            return {"run": self.runs, **body}

        @router.post("/missing")
        async def missing(number: Annotated[int, Depends(lambda: 1)]) -> None:
            self.runs += number
            raise NotFound("not here")

        return router

    @asynccontextmanager
    async def running(self, run: Run) -> AsyncGenerator[httpx.AsyncClient]:
        async with run(probe_spec(routers=[self.router()])) as (context, client):
            context.auth.principal = _as_header_says  # type: ignore[method-assign]
            yield client


async def _as_header_says(headers: list[tuple[bytes, bytes]], *_scopes: str) -> Principal:
    tenant = dict(headers).get(b"x-tenant-id", b"1")
    role = dict(headers).get(b"x-test-role", b"admin").decode()
    more = {name.decode() for name in dict(headers).get(b"x-test-scopes", b"").split()}
    branches = tuple(code.decode() for code in dict(headers).get(b"x-test-branches", b"").split())
    scopes = frozenset(SCOPES_OF_ROLE[role] | more)
    return Principal(ACCOUNT, some_tenant(int(tenant)), "a@b.example", role, scopes, branches)


@pytest.fixture
def counter() -> Counter:
    return Counter()


async def test_the_same_key_and_body_gives_the_first_answer(run: Run, counter: Counter) -> None:
    async with counter.running(run) as client:
        first = await client.post("/count", json={"a": 1}, headers={"Idempotency-Key": "k"})
        second = await client.post("/count", json={"a": 1}, headers={"Idempotency-Key": "k"})

    assert (first.status_code, first.json()) == (201, {"run": 1, "a": 1})
    assert (second.status_code, second.json()) == (201, {"run": 1, "a": 1})
    assert counter.runs == 1


async def test_the_same_key_with_another_body_is_refused(run: Run, counter: Counter) -> None:
    async with counter.running(run) as client:
        await client.post("/count", json={"a": 1}, headers={"Idempotency-Key": "k"})
        second = await client.post("/count", json={"a": 2}, headers={"Idempotency-Key": "k"})

    assert second.status_code == 422
    assert second.json()["type"].endswith("idempotency-key-reused")
    assert counter.runs == 1


async def test_what_is_kept_of_a_body_cannot_be_guessed_from_the_database_and_outlives_a_restart(
    run: Run, counter: Counter
) -> None:
    body = b'{"a": 1}'
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    async with run(probe_spec(routers=[counter.router()])) as (context, client):
        context.auth.principal = _as_header_says  # type: ignore[method-assign]
        assert (await client.post("/count", content=body, headers=headers)).status_code == 201
        async with context.db.of(await _as_header_says([])) as conn:
            kept = await conn.fetchval("select request_hash from insights.idempotency_key")
    # What a thief of the database can work out for each guess of the body.
    may = ["admin", *sorted(SCOPES_OF_ROLE["admin"]), ""]
    asked = f"{may}\n/count?\n".encode()
    assert kept not in [hashlib.sha256(each).digest() for each in (body, asked + body)]
    assert hmac.digest(b"", asked + body, hashlib.sha256) != kept
    async with counter.running(run) as client:
        again = await client.post("/count", content=body, headers=headers)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert counter.runs == 1


@pytest.mark.parametrize("kept", [b'{"run": 1, "a": 1} and more of it', b"{}", b""])
async def test_an_answer_that_does_not_open_is_refused_and_not_worked_out_again(
    run: Run, counter: Counter, kept: bytes
) -> None:
    async with run(probe_spec(routers=[counter.router()])) as (context, client):
        context.auth.principal = _as_header_says  # type: ignore[method-assign]
        await client.post("/count", json={"a": 1}, headers={"Idempotency-Key": "k"})
        async with context.db.of(await _as_header_says([])) as conn:
            await conn.execute("update insights.idempotency_key set body = $1", kept)
        again = await client.post("/count", json={"a": 1}, headers={"Idempotency-Key": "k"})

    assert again.status_code == 422
    assert again.json()["type"].endswith("idempotency-key-reused")
    assert counter.runs == 1


async def test_a_key_belongs_to_its_tenant(run: Run, counter: Counter) -> None:
    async with counter.running(run) as client:
        await client.post("/count", json={"a": 1}, headers={"Idempotency-Key": "k", "X-Tenant-Id": "1"})
        other = await client.post("/count", json={"a": 1}, headers={"Idempotency-Key": "k", "X-Tenant-Id": "2"})

    assert other.json()["run"] == 2


async def test_of_two_at_once_one_runs_and_the_other_is_told_to_wait(run: Run, counter: Counter) -> None:
    counter.hold.clear()
    async with counter.running(run) as client:
        first = asyncio.create_task(client.post("/count", json={"a": 1}, headers={"Idempotency-Key": "k"}))
        await counter.entered.wait()
        second = await client.post("/count", json={"a": 1}, headers={"Idempotency-Key": "k"})
        counter.hold.set()
        answer = await first

    assert second.status_code == 409
    assert answer.json()["run"] == 1


async def test_a_failure_of_ours_frees_the_key(run: Run, counter: Counter) -> None:
    counter.broken = True
    async with counter.running(run) as client:
        first = await client.post("/count", json={"a": 1}, headers={"Idempotency-Key": "k"})
        counter.broken = False
        second = await client.post("/count", json={"a": 1}, headers={"Idempotency-Key": "k"})

    assert first.status_code == 500
    assert first.headers["content-type"] == "application/problem+json"
    assert second.status_code == 201


async def test_a_refusal_is_an_answer_and_kept(run: Run, counter: Counter) -> None:
    async with counter.running(run) as client:
        await client.post("/missing", headers={"Idempotency-Key": "k"})
        second = await client.post("/missing", headers={"Idempotency-Key": "k"})

    assert second.status_code == 404
    assert second.headers["content-type"] == "application/problem+json"
    assert counter.runs == 1


async def test_an_answer_is_stored_before_it_is_sent(run: Run) -> None:
    stored: list[object] = []
    async with run(probe_spec()) as (context, _):

        async def note_what_is_stored(message: Message) -> None:
            if message["type"] == "http.response.start":
                async with context.db.tenant(some_tenant()) as connection:
                    stored.append(await connection.fetchval("select status from insights.idempotency_key"))

        await Idempotency(PlainTextResponse("done", 201))(_request(context), _no_body, note_what_is_stored)

    assert stored == [201]


async def test_an_answer_that_cannot_be_stored_is_still_given(run: Run) -> None:
    sent: list[Message] = []
    async with run(probe_spec()) as (context, _):

        async def work_and_lose_the_database(scope: Scope, receive: Receive, send: Send) -> None:
            context.db = await Database.connect(context.settings.dsn("insights"), name="insights")
            await context.db.close()
            await PlainTextResponse("done", 201)(scope, receive, send)

        async def keep(message: Message) -> None:
            sent.append(message)

        before = context.db
        await Idempotency(work_and_lose_the_database)(_request(context), _no_body, keep)
        context.db = before

    assert sent[0]["status"] == 201


def _request(context: ServiceContext) -> Scope:
    context.auth.principal = _as_header_says  # type: ignore[method-assign]
    return {
        "type": "http",
        "method": "POST",
        "path": "/count",
        "query_string": b"",
        "headers": [(b"idempotency-key", b"k")],
        "app": SimpleNamespace(state=SimpleNamespace(context=context)),
    }


async def _no_body() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def test_a_key_that_is_no_plain_text_is_refused(run: Run, counter: Counter) -> None:
    async with counter.running(run) as client:
        answer = await client.post("/count", json={"a": 1}, headers={"Idempotency-Key": "k" * 256})

    assert answer.status_code == 422
    assert counter.runs == 0


async def test_who_lost_the_role_does_not_read_its_first_answer(run: Run, counter: Counter) -> None:
    async with counter.running(run) as client:
        await client.post("/count", json={"a": 1}, headers={"Idempotency-Key": "k"})
        second = await client.post("/count", json={"a": 1}, headers={"Idempotency-Key": "k", "X-Test-Role": "rep"})

    assert second.status_code == 422
    assert counter.runs == 1


@pytest.mark.parametrize("lost", ["a scope", "a branch"])
async def test_who_lost_anything_but_the_role_does_not_read_its_first_answer(
    run: Run, counter: Counter, lost: str
) -> None:
    had = {"X-Test-Role": "rep", "X-Test-Scopes": "data:write", "X-Test-Branches": "D07 D08"}
    has = had | ({"X-Test-Scopes": ""} if lost == "a scope" else {"X-Test-Branches": "D07"})
    async with counter.running(run) as client:
        first, second = [
            await client.post("/count", json={"a": 1}, headers={"Idempotency-Key": "k", **rights})
            for rights in (had, has)
        ]

    assert (first.status_code, second.status_code) == (201, 422)
    assert counter.runs == 1


async def test_a_body_that_broke_off_claims_no_key(run: Run, counter: Counter) -> None:
    async with counter.running(run) as client:
        _, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
        writer.write(
            b"POST /count HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nIdempotency-Key: k\r\n"
            b'Content-Length: 8\r\n\r\n{"a"'
        )
        await writer.drain()
        writer.write_eof()
        writer.close()
        await writer.wait_closed()
        whole = await client.post("/count", json={"a": 1}, headers={"Idempotency-Key": "k"})

    assert whole.status_code == 201
    assert counter.runs == 1
