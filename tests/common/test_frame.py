import asyncio
import re
from typing import Annotated, Any

import asyncpg
import pytest
from fastapi import APIRouter, Header
from pydantic import AfterValidator, BaseModel
from starlette.types import Message

from common.events.bus import BusNotReady
from common.http import app as framing
from common.http.app import create_app
from common.http.housekeeping import drop_aged
from common.pagination import Page
from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from common.testing.probe import Run, probe_spec
from common.testing.redis_server import MISSING, PROGRAM, redis_server
from common.testing.serve import client_of


def _router() -> APIRouter:
    router = APIRouter()

    @router.get("/broken")
    async def broken() -> None:
        raise RuntimeError("password=hunter22 in select * from secrets")

    @router.get("/paged")
    async def paged(page: Page) -> dict[str, int]:
        return {"offset": page.offset}

    @router.get("/things/{name}")
    async def thing(name: str) -> str:
        return name

    @router.put("/things/{name}")
    async def change_thing(name: str) -> str:
        return name

    return router


async def test_every_part_shows_in_the_detailed_health(run: Run) -> None:
    async with run(probe_spec()) as (_, client):
        answer = await client.get("/health/detailed")

    assert answer.status_code == 200
    body = answer.json()
    parts = {"database", "event_bus", "cache", "disk_space", "memory", "workers", "external_apis"}
    assert set(body["checks"]) == parts
    assert body["checks"]["database"]["status"] == "healthy"
    assert body["timestamp"].endswith("Z")


@pytest.mark.skipif(PROGRAM is None, reason=MISSING)
async def test_the_cache_of_several_processes_is_seen_to_answer_or_not(settings: Settings, held_port: int) -> None:
    shared = settings.model_copy(update={"redis_url": f"valkey://127.0.0.1:{held_port}"})
    async with client_of(create_app(probe_spec(), shared)) as client:
        away = await client.get("/health/detailed")
        with redis_server(held_port):
            there = await client.get("/health/detailed")

    assert (away.status_code, away.json()["checks"]["cache"]["status"]) == (200, "degraded")
    assert there.json()["checks"]["cache"] == {"status": "healthy", "detail": "Redis"}


async def test_a_server_that_is_away_at_the_start_is_told_of_in_a_sentence(
    settings: Settings, held_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(framing, "_CONNECT_SECONDS", 0.3)
    told = list[Message]()

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    async def send(message: Message) -> None:
        told.append(message)

    app = create_app(probe_spec(), settings.model_copy(update={"nats_url": f"nats://127.0.0.1:{held_port}"}))
    with pytest.raises(BusNotReady):
        await app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send)
    message = f"NATS did not answer at nats://127.0.0.1:{held_port} within 0.3 s"
    assert told == [{"type": "lifespan.startup.failed", "message": message}]


async def test_the_docs_load_all_that_they_need_from_the_service_itself(run: Run) -> None:
    async with run(probe_spec()) as (_, client):
        page = await client.get("/docs")
        wanted = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        sizes = [len((await client.get(path)).raise_for_status().content) for path in wanted]

    assert len(wanted) == 3
    assert all(path.startswith("/docs/") for path in wanted)
    assert max(sizes) > 1_000_000  # the script


async def test_a_service_without_its_database_is_not_ready(run: Run) -> None:
    async with run(probe_spec()) as (context, client):
        before = await client.get("/health/ready")
        await context.db.close()
        after = await client.get("/health/ready")
        detailed = await client.get("/health/detailed")
        live = await client.get("/health/live")

    assert (before.status_code, after.status_code, live.status_code) == (200, 503, 200)
    assert detailed.status_code == 503


async def test_an_unforeseen_error_says_nothing_of_its_cause(run: Run) -> None:
    async with run(probe_spec(routers=[_router()])) as (_, client):
        answer = await client.get("/broken", headers={"X-Request-Id": "r-1"})

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == "r-1"
    assert "select" not in answer.text
    assert "hunter22" not in answer.text


async def test_an_unknown_path_is_a_problem_too(run: Run) -> None:
    async with run(probe_spec()) as (_, client):
        answer = await client.get("/nowhere")

    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:branchwise:problem:not-found"


async def test_a_wrong_method_is_told_every_right_one(run: Run) -> None:
    other = APIRouter()

    @other.post("/things/new")
    async def new_thing() -> None:
        """A path that the other router's routes fit too."""

    async with run(probe_spec(routers=[_router(), other])) as (_, client):
        answers = [await client.delete(path) for path in ("/things/old", "/things/new", "/docs")]

    assert [(answer.status_code, answer.headers["Allow"]) for answer in answers] == [
        (405, "GET, HEAD, PUT"),
        (405, "GET, HEAD, POST, PUT"),
        (405, "GET, HEAD"),
    ]
    assert answers[0].json()["type"] == "urn:branchwise:problem:method-not-allowed"


async def test_a_head_is_answered_as_its_get_without_the_body(run: Run) -> None:
    async with run(probe_spec(routers=[_router()])) as (_, client):
        pairs = [(await client.get(path), await client.head(path)) for path in ("/paged", "/paged?page=0", "/nowhere")]

    for read, head in pairs:
        assert (head.status_code, head.content) == (read.status_code, b"")
        told = {name: value for name, value in head.headers.items() if name not in {"x-request-id", "date"}}
        assert told.items() <= read.headers.items()
    assert [head.status_code for _, head in pairs] == [200, 422, 404]


async def test_a_validation_error_names_each_field(run: Run) -> None:
    async with run(probe_spec(routers=[_router()])) as (_, client):
        answer = await client.get("/paged", params={"page": 0, "limit": 501})

    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"page", "limit"}


async def test_a_wrong_value_has_the_callers_name_wherever_it_stands(run: Run) -> None:
    class Note(BaseModel):
        body: str
        lines: list[int] = []

    router = APIRouter()

    @router.put("/notes/{number}")
    async def change_note(number: int, note: Note, page: int = 1, x_part: Annotated[int, Header()] = 1) -> None:
        """Validated only."""

    right, good = "/notes/1", {"body": "", "lines": []}
    requests: list[tuple[str, dict[str, Any], list[str]]] = [
        ("/notes/one?page=two", {"json": good, "headers": {"X-Part": "three"}}, ["number", "page", "x-part"]),
        (right, {"json": {"lines": [1, "two"]}}, ["body", "lines.1"]),
        (right, {"json": []}, ["body"]),
        (right, {}, ["body"]),
        (right, {"content": '{"lines": ', "headers": {"Content-Type": "application/json"}}, ["body"]),
    ]
    async with run(probe_spec(routers=[router])) as (_, client):
        answers = [await client.put(path, **more) for path, more, _ in requests]

    named = [[error["field"] for error in answer.json()["errors"]] for answer in answers]
    assert named == [names for _, _, names in requests]


async def test_what_a_check_of_ours_says_of_a_value_stands_as_it_is(run: Run) -> None:
    def even(number: int) -> int:
        if number % 2:
            message = "has to be even"
            raise ValueError(message)
        return number

    checked = APIRouter()

    @checked.get("/halved")
    async def halved(number: Annotated[int, AfterValidator(even)]) -> int:
        return number // 2

    async with run(probe_spec(routers=[checked])) as (_, client):
        problem = (await client.get("/halved", params={"number": 3})).json()

    assert problem["detail"] == "number: has to be even"
    assert problem["errors"] == [{"field": "number", "message": "has to be even"}]


async def test_a_request_id_that_could_forge_a_log_line_is_replaced(run: Run) -> None:
    async with run(probe_spec()) as (_, client):
        answer = await client.get("/health/live", headers={"X-Request-Id": "a b{}"})

    assert answer.headers["X-Request-Id"] not in {"a b{}", ""}


async def test_requests_are_measured_by_route(run: Run) -> None:
    async with run(probe_spec(routers=[_router()])) as (_, client):
        await client.get("/paged")
        metrics = (await client.get("/metrics")).text

    assert 'http_request_duration_seconds_count{method="GET",route="/paged",service="insights",status="200"}' in metrics


async def test_housekeeping_drops_only_what_is_past_its_age(run: Run, database: MigratedDatabase) -> None:
    async with run(probe_spec()) as (context, _):
        owner = await asyncpg.connect(database.superuser_dsn)
        await owner.execute(
            "insert into insights.outbox (tenant_id, event_type, payload, occurred_at, published_at)"
            " select gen_random_uuid(), 'x', '{}', now() - age, now() - age"
            " from unnest(array[interval '13 days', interval '15 days']) age"
        )
        await drop_aged(context)
        left = await owner.fetchval("select count(*) from insights.outbox where event_type = 'x'")
        await owner.close()

    assert left == 1


async def test_old_lines_of_the_queues_log_go(run: Run, database: MigratedDatabase) -> None:
    owner = await asyncpg.connect(database.superuser_dsn)
    await owner.execute(
        "insert into insights.pgqueuer_log (created, job_id, status, priority, entrypoint)"
        " select now() - age, 1, 'successful', 0, 'run_sync'"
        " from unnest(array[interval '2 days', interval '4 days']) age"
    )
    async with run(probe_spec()), asyncio.timeout(30):
        while await owner.fetchval("select count(*) from insights.pgqueuer_log") != 1:
            await asyncio.sleep(0.02)
    await owner.close()
