import asyncio

import pytest

from common.settings import Settings
from common.testing.people import Person
from services.gateway.api import entry
from services.gateway.domain import request_headers
from tests.gateway.conftest import System
from tests.gateway.raw_http import raw_request
from tests.gateway.system_of_one import system_of_one

pytestmark = pytest.mark.asyncio(loop_scope="module")

APP = "https://app.example.com"
LIES = {
    "X-Forwarded-For": "10.0.0.1",
    "X-Forwarded-Host": "evil.example.com",
    "X-Forwarded-Proto": "https",
    "Forwarded": "for=10.0.0.1",
    "X-Real-IP": "10.0.0.2",
    "X-Account-Id": "00000000-0000-0000-0000-000000000001",
    "X-User-Id": "4711",
    "X-User-Email": "admin@example.com",
    "X-Role": "admin",
    "X-Scopes": "tenant:admin",
    "X-Auth-Request-User": "admin",
    "X-Remote-User": "admin",
    "Remote-User": "admin",
    "X-Principal": "admin",
    "X-Operator-Key": "0" * 64,
    "X-Original-URL": "/data/events",
    "X-Rewrite-URL": "/data/events",
    "X-HTTP-Method-Override": "DELETE",
    "X_Tenant_Id": "00000000-0000-0000-0000-000000000001",
    "X-Tenant_Id": "00000000-0000-0000-0000-000000000001",
    "TE": "trailers",
    "Proxy-Authorization": "Basic YTpi",
}


async def test_claims_from_outside_are_stripped(system: System):
    answer = await system.client.get("/data/thing", headers={**system.person.headers, **LIES})
    headers = answer.json()["headers"]
    names = [name for name, _ in headers]
    values = {value for _, value in headers}
    assert not values & {value for value in LIES.values() if len(value) > 1}
    assert not [name for name in names if "_" in name or name in ("forwarded", "te", "proxy-authorization")]
    assert dict(headers)["x-forwarded-for"] == "127.0.0.1"
    assert dict(headers)["x-forwarded-proto"] == "http"
    assert names.count("x-tenant-id") == 1


async def test_connection_cannot_name_away_what_was_judged(system: System):
    person = system.person.headers
    lines = [f"{name}: {value}".encode() for name, value in person.items()]
    named = b"Connection: close, Authorization, X-Tenant-Id, X-Dropped"
    status, _ = await raw_request(system.url, b"/data/thing", named, b"X-Dropped: 1", *lines)
    assert status == 200
    headers = dict(system.behind["data"].seen[0]["headers"])
    assert headers["authorization"] == person["Authorization"]
    assert headers["x-tenant-id"] == person["X-Tenant-Id"]
    assert "x-dropped" not in headers


async def test_a_request_id_is_taken_or_made_carried_on_and_answered(system: System):
    given = await system.client.get("/data/thing", headers={**system.person.headers, "X-Request-Id": "order-7.a:b"})
    assert given.headers.get_list("X-Request-Id") == ["order-7.a:b"]
    assert dict(given.json()["headers"])["x-request-id"] == "order-7.a:b"
    for bad in ("", "a b", "x" * 129, "a\tb", '"'):
        made = await system.client.get("/data/thing", headers={**system.person.headers, "X-Request-Id": bad})
        assert made.headers["X-Request-Id"] not in (bad, "")
        assert dict(made.json()["headers"])["x-request-id"] == made.headers["X-Request-Id"]
    refused = await system.client.get("/data/thing", headers={"X-Request-Id": "mine"})
    assert refused.headers["X-Request-Id"] == refused.json()["request_id"] == "mine"


async def test_a_trace_is_carried_on_or_begun(system: System):
    trace = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    given = await system.client.get("/data/thing", headers={**system.person.headers, "traceparent": trace})
    assert dict(given.json()["headers"])["traceparent"] == trace
    begun = await system.client.get("/data/thing", headers={**system.person.headers, "traceparent": "nonsense"})
    assert len(dict(begun.json()["headers"])["traceparent"]) == len(trace)


async def test_every_answer_has_the_security_headers_once(system: System):
    for answer in (
        await system.client.get("/data/thing", headers=system.person.headers),
        await system.client.get("/data/thing"),
        await system.client.get("/health/live"),
        await system.client.get("/docs"),
    ):
        assert answer.headers.get_list("X-Content-Type-Options") == ["nosniff"]
        assert answer.headers.get_list("X-Frame-Options") == ["DENY"]
        assert answer.headers.get_list("Referrer-Policy") == ["no-referrer"]
        assert len(answer.headers.get_list("Content-Security-Policy")) == 1
        assert answer.headers.get_list("Cross-Origin-Opener-Policy") == ["same-origin"]
        assert answer.headers.get_list("Permissions-Policy") == [
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        ]
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "stand-in" not in answer.headers.get("Server", "")


async def test_cookies_reach_the_service_and_its_own_stay_apart(system: System):
    headers = {**system.person.headers, "Cookie": "signing-in=abc; other=1", "Origin": APP}
    answer = await system.client.get("/data/thing", headers=headers)
    assert answer.headers.get_list("Set-Cookie") == ["a=1", "b=2"]
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert dict(answer.json()["headers"])["cookie"] == "signing-in=abc; other=1"


async def test_a_browser_is_told_what_its_page_may_do(system: System):
    asks = {"Origin": APP, "Access-Control-Request-Method": "PATCH"}
    allowed = await system.client.options("/analytics/tasks/purchases/x", headers=asks)
    assert allowed.status_code == 204
    assert allowed.headers["Access-Control-Allow-Origin"] == APP
    assert "PATCH" in allowed.headers["Access-Control-Allow-Methods"]
    assert "X-Tenant-Id" in allowed.headers["Access-Control-Allow-Headers"]
    assert "Origin" in allowed.headers["Vary"]
    answer = await system.client.get("/data/thing", headers={**system.person.headers, "Origin": APP})
    assert answer.headers.get_list("Access-Control-Allow-Origin") == [APP]
    assert "X-Request-Id" in answer.headers["Access-Control-Expose-Headers"]
    refused = await system.client.get("/data/thing", headers={"Origin": APP})
    assert refused.status_code == 401
    assert refused.headers["Access-Control-Allow-Origin"] == APP


@pytest.mark.parametrize("origin", ["https://evil.example.com", "null", "https://app.example.com.evil.com", ""])
async def test_a_foreign_page_is_told_nothing(system: System, origin: str):
    asks = {"Origin": origin, "Access-Control-Request-Method": "GET"}
    for answer in (
        await system.client.options("/data/thing", headers=asks),
        await system.client.get("/data/thing", headers={**system.person.headers, "Origin": origin}),
    ):
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Access-Control-Allow-Methods" not in answer.headers


async def test_two_lengths_are_refused(system: System):
    both = (b"Content-Length: 3", b"Transfer-Encoding: chunked")
    body = b"0\r\n\r\nGET /data/smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
    await raw_request(system.url, b"/mp/collect", *both, method=b"POST", body=body)
    twice = (b"Content-Length: 3", b"Content-Length: 4")
    assert (await raw_request(system.url, b"/mp/collect", *twice, method=b"POST", body=b"abcd"))[0] == 400
    assert "/data/smuggled" not in {told["path"] for told in system.behind["data"].seen}


async def test_headers_that_were_read_are_remembered_for_a_minute_at_most(
    alone: Settings, person: Person, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(entry, "_MINUTE", 0.2)
    async with system_of_one(alone) as system:
        assert (await system.client.get("/data/x", headers=person.headers)).status_code == 200
        async with asyncio.timeout(30):
            # (nothing else shows what is remembered)
            while request_headers._read_cached.cache_info().currsize:  # pyright: ignore[reportPrivateUsage]
                await asyncio.sleep(0.02)
