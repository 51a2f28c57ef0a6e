"""What passes the gateway and what it refuses, measured where only this machine can ask."""

import asyncio
import socket

import httpx
import pytest

from common.settings import Settings
from common.testing.serve import serve
from services.gateway.api import entry
from services.gateway.api.entry import Gateway
from services.gateway.domain.routes import Route
from tests.gateway.conftest import System

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _counts(settings: Settings) -> dict[str, float]:
    """How many requests were measured, by their labels."""
    async with httpx.AsyncClient() as client:
        told = await client.get(f"http://127.0.0.1:{settings.gateway_metrics_port}/metrics")
    name = "http_request_duration_seconds_count{"
    lines = [line.removeprefix(name) for line in told.text.splitlines() if line.startswith(name)]
    return {line.partition("}")[0]: float(line.rpartition(" ")[2]) for line in lines if 'service="gateway"' in line}


async def test_each_request_is_measured_by_where_it_went_and_what_came_of_it(system: System):
    before = await _counts(system.settings)
    token = system.person.headers
    answers = [
        await system.client.get("/data/locations", headers=token),
        await system.client.get("/data/anything/else", headers=token),
        await system.client.get("/data/locations"),
        await system.client.get("/nowhere", headers=token),
        await system.client.get("/data//locations", headers=token),
        await system.client.request("PROPFIND", "/health/live"),
        await system.client.get("/health/live"),
        await system.client.get("/metrics", headers=token),
    ]
    after = await _counts(system.settings)

    assert [answer.status_code for answer in answers] == [200, 200, 401, 404, 400, 405, 200, 404]
    assert {
        labels: number - before.get(labels, 0) for labels, number in after.items() if number > before.get(labels, 0)
    } == {
        'method="GET",route="data",service="gateway",status="200"': 2,
        'method="GET",route="data",service="gateway",status="401"': 1,
        'method="GET",route="unmatched",service="gateway",status="404"': 2,
        'method="GET",route="unmatched",service="gateway",status="400"': 1,
        'method="other",route="/health/live",service="gateway",status="405"': 1,
        'method="GET",route="/health/live",service="gateway",status="200"': 1,
    }


async def test_a_fault_of_its_own_is_no_caller_who_left(alone: Settings, monkeypatch: pytest.MonkeyPatch):
    def at_fault(_path: bytes) -> Route:
        message = "nobody foresaw this"
        raise RuntimeError(message)

    monkeypatch.setattr(entry, "route_of", at_fault)
    labels = 'method="GET",route="unmatched",service="gateway",status="500"'
    async with serve(Gateway(alone), alone.gateway_port) as url, httpx.AsyncClient() as client:
        before = await _counts(alone)
        answer = await client.get(url + "/data/locations")
        after = await _counts(alone)
    assert answer.status_code == 500
    assert after[labels] == before.get(labels, 0) + 1


async def test_beside_its_metrics_nothing_is_told_and_the_process_is(system: System):
    url = f"http://127.0.0.1:{system.settings.gateway_metrics_port}"
    async with httpx.AsyncClient(base_url=url) as client:
        told = await client.get("/metrics")
        others = [await client.get("/"), await client.get("/auth/operator/tenants"), await client.post("/metrics")]
    assert told.headers["content-type"].startswith("text/plain; version=")
    assert "process_resident_memory_bytes" in told.text
    assert 'worker_restarts_total{service="gateway",worker="access_changes"}' in told.text
    assert [answer.status_code for answer in others] == [404, 404, 405]
    reader, writer = await asyncio.open_connection("127.0.0.1", system.settings.gateway_metrics_port)
    writer.write(b"nonsense\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 404")
    writer.close()


async def test_a_gateway_whose_metrics_port_is_taken_serves_all_the_same(alone: Settings):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = alone.model_copy(update={"gateway_metrics_port": taken.getsockname()[1]})
        async with serve(Gateway(settings), settings.gateway_port) as url, httpx.AsyncClient() as client:
            assert (await client.get(url + "/health/live")).status_code == 200
