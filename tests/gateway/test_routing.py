import asyncio
import json
import re

import pytest

from tests.gateway.conftest import System

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_request_arrives_as_it_was_sent(system: System):
    answer = await system.client.post(
        "/analytics/tasks/purchases/k%20e%C3%A9y?b=2&a=1&a=%2F",
        content=b'{"x": 1}',
        headers={**system.person.headers, "Content-Type": "application/json", "X-Custom": "kept"},
    )
    told = answer.json()
    headers = dict(told["headers"])
    assert (told["service"], told["method"]) == ("analytics", "POST")
    assert told["path"] == "/analytics/tasks/purchases/k%20e%C3%A9y"
    assert told["query"] == "b=2&a=1&a=%2F"
    assert told["size"] == 8
    assert headers["authorization"] == system.person.headers["Authorization"]
    assert headers["x-tenant-id"] == str(system.person.tenant_id)
    assert headers["content-type"] == "application/json"
    assert headers["x-custom"] == "kept"


async def test_every_method_is_passed_on(system: System):
    for method in ("GET", "PUT", "PATCH", "DELETE", "OPTIONS"):
        answer = await system.client.request(method, "/data/thing", headers=system.person.headers)
        assert answer.json()["method"] == method
    head = await system.client.head("/data/thing", headers=system.person.headers)
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["Content-Length"]) > 0


async def test_the_merged_document_holds_every_services_own_paths_and_schemas(system: System):
    document = (await system.client.get("/openapi.json")).json()
    assert {"/data/thing/{id}", "/analytics/thing/{id}", "/insights/thing/{id}"} <= set(document["paths"])
    assert "/auth/password/login" in document["paths"]
    # (the first page that whoever writes a frontend reads)
    assert "`POST /auth/password/login`" in document["info"]["description"]
    assert all(tag["description"] for tag in document["tags"])
    for hidden in ("/metrics", "/health/detailed", "/auth/operator/tenants"):
        assert hidden not in document["paths"]
    schemas = document["components"]["schemas"]
    assert (schemas["data.Thing"]["title"], schemas["insights.Thing"]["title"]) == (
        "Thing of data",
        "Thing of insights",
    )
    operation = document["paths"]["/data/thing/{id}"]["get"]
    assert operation["tags"] == ["data"]
    assert operation["security"] == [{"access token": []}]
    assert document["paths"]["/auth/password/login"]["post"]["security"] == []
    assert "#/components/schemas/data.Thing" in json.dumps(operation)
    assert set(references(document)) <= {f"#/components/schemas/{name}" for name in schemas}


def references(part: object) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if "$ref" in part else []
        return own + [found for value in part.values() for found in references(value)]
    return [found for value in part for found in references(value)] if isinstance(part, list) else []


async def test_one_page_documents_all_services(system: System):
    page = await system.client.get("/docs")
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    assert "/openapi.json" in page.text
    assert (await system.client.post("/docs")).status_code == 405


async def test_the_page_loads_all_that_it_needs_from_here_without_a_token(system: System):
    page = await system.client.get("/docs")
    wanted = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    files = [await system.client.get(path) for path in wanted]

    assert "//" not in page.text.replace("<!-- ", "").partition("<body>")[0]
    assert {file.headers["Content-Type"].partition(";")[0] for file in files} == {
        "text/css",
        "text/javascript",
        "image/png",
    }
    assert [file.status_code for file in files] == [200] * 3
    assert "https:" not in page.headers["Content-Security-Policy"]


async def test_ready_means_that_every_service_is(system: System):
    assert (await system.client.get("/health/live")).json() == {"status": "healthy"}
    ready = await system.client.get("/health/ready")
    assert (ready.status_code, ready.json()["status"]) == (200, "healthy")
    assert set(ready.json()["services"]) == {"analytics", "data", "auth", "insights", "email", "realtime"}


async def test_one_service_that_is_not_ready_makes_the_system_not_ready(system: System):
    system.behind["email"].unhealthy = True
    async with asyncio.timeout(20):
        while (ready := await system.client.get("/health/ready")).status_code != 503:
            await asyncio.sleep(0.05)
    assert ready.json()["services"]["email"] == "unhealthy"
    assert ready.json()["services"]["data"] == "healthy"


async def test_measurements_and_details_are_not_served_here(system: System):
    for path in ("/metrics", "/health/detailed", "/auth/operator/tokens", "/nowhere", "/"):
        assert (await system.client.get(path)).status_code == 401
        answer = await system.client.get(path, headers=system.person.headers)
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:branchwise:problem:no-such-path")
