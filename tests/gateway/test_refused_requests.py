"""What operators read of the requests that the gateway refuses itself: a line each, as services write theirs."""

import json
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from loguru import logger

from common.rate_limits import InProcess
from common.settings import Settings
from common.testing.serve import serve
from services.gateway.api import entry, forwarding
from services.gateway.api.entry import Gateway
from tests.gateway.conftest import System
from tests.gateway.raw_http import raw_request

pytestmark = pytest.mark.asyncio(loop_scope="module")

_SECRET = "hunter22"


def _lines(settings: Settings) -> list[dict[str, Any]]:
    """Every entry of the gateway's log."""
    logger.complete()
    log: Path = settings.home / "logs" / "gateway.log"
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def _told_of(request_id: str, settings: Settings) -> list[str]:
    """What the gateway logged of one request, without how long it took; auth writes into the same file here."""
    told = [line["message"] for line in _lines(settings) if line["request_id"] == request_id]
    return [re.sub(r" \d+\.\d ms$", "", message) for message in told if not message.startswith("GET /auth/")]


async def test_a_refused_request_leaves_one_line_without_what_is_secret(system: System):
    token = system.person.headers
    refused: list[tuple[str, str, dict[str, str], str]] = [
        ("GET", "/data/locations", {}, "GET /data/locations 401"),
        ("POST", "/data/events", {"Authorization": f"Bearer {_SECRET}"}, "POST /data/events 401"),
        ("GET", "/data/x", token | {"X-Tenant-Id": str(uuid4())}, "GET /data/x 403"),
        ("GET", "/nowhere", token, "GET /nowhere 404"),
        ("GET", "/data//x", token, "GET /data//x 400"),
        ("DELETE", "/docs", {}, "DELETE /docs 405"),
        ("GET", f"/email/t/{_SECRET}/%2e%2e", {}, "GET /email/t/***/.. 400"),
        ("GET", f"/Email//t/{_SECRET}", {}, "GET /Email//t/*** 400"),
        ("GET", "/data/" + "x" * 1000, {}, "GET /data/" + "x" * 289 + "… 401"),
    ]
    for method, path, headers, told in refused:
        content = f'{{"note": "{_SECRET}"}}' if method == "POST" else None
        answer = await system.client.request(method, path, headers=headers, content=content, params={"code": _SECRET})
        assert _told_of(answer.headers["X-Request-Id"], system.settings) == [told]
    assert _SECRET not in json.dumps(_lines(system.settings))


async def test_headers_that_nobody_reads_leave_a_line_with_an_id_of_its_own(system: System):
    _, answer = await raw_request(system.url, b"/mp/collect?api_secret=x", b"X-Long: " + b"a" * (33 << 10))
    found = re.search(rb'"request_id":"([0-9a-f]{32})"', answer)
    assert found is not None
    assert b"x-request-id: " + found[1] in answer.lower()
    assert _told_of(found[1].decode(), system.settings) == ["GET /mp/collect 431"]


async def test_what_a_service_answers_is_left_to_its_own_log(system: System):
    before = len(_lines(system.settings))
    for path in ("/data/locations", "/health/live"):
        assert (await system.client.get(path, headers=system.person.headers)).status_code == 200
    told = [line["message"] for line in _lines(system.settings)[before:]]
    assert [message for message in told if "/data/locations" in message or "/health" in message] == []


async def test_a_service_that_is_down_too_large_a_body_and_too_many_requests_leave_a_line(
    alone: Settings, monkeypatch: pytest.MonkeyPatch
):
    def at_a_standing_time(_: Settings) -> InProcess:
        return InProcess(clock=lambda: 1000.0)

    def ten_bytes(_: str) -> int:
        return 10

    monkeypatch.setattr(entry, "open_storage", at_a_standing_time)
    monkeypatch.setattr(forwarding, "largest_body", ten_bytes)
    settings = alone.model_copy(update={"requests_per_second": 2})
    async with serve(Gateway(settings)) as url, httpx.AsyncClient(base_url=url) as client:
        answers = [await client.post("/mp/collect", content=body) for body in ("", _SECRET * 2, "")]
    told = [_told_of(answer.headers["X-Request-Id"], settings) for answer in answers]
    # A fault behind the gateway is a warning too, which says what failed.
    assert told == [
        ["POST /mp/collect: 502 the data service does not answer; try again", "POST /mp/collect 502"],
        ["POST /mp/collect 413"],
        ["POST /mp/collect 429"],
    ]
