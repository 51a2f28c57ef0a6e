import json
from pathlib import Path

import pytest

from services.gateway.domain.routes import needs_no_token, service_of
from tests.gateway.conftest import System

SERVICE_OF_CONTRACT_PATH = {
    "/analytics/stats": "analytics",
    "/analytics/email/config": "email",
    "/analytics/emails": "analytics",
    "/api/analytics": "analytics",
    "/api/analytics/dashboard/v5/kpi": "analytics",
    "/api/analytics/insights/x": "insights",
    "/api/analytics/insightsx": "analytics",
    "/api/goals": "analytics",
    "/api/goals/x": "analytics",
    "/data/events": "data",
    "/api/sync/woocommerce": "data",
    "/api/campaigns": "data",
    "/api/campaigns/x/performance": "data",
    "/mp/collect": "data",
    "/debug/mp/collect": "data",
    "/auth/me": "auth",
    "/api/users/x": "auth",
    "/api/teams": "auth",
    "/api/organizations/x": "auth",
    "/insights": "insights",
    "/insights/forecast": "insights",
    "/email/t/abc": "email",
    "/ws": "realtime",
    "/ws/ticket": "realtime",
    "/chat/rooms": "realtime",
    "/notifications": "realtime",
    "/files/x": "realtime",
    "/metrics": None,
    "/health/detailed": None,
    "/auth/operator/tokens": None,
    "/auth/operator": None,
    "/": None,
    "/api": None,
    "/api/usersx": None,
    "/Auth/me": None,
}


@pytest.mark.parametrize(("path", "service"), SERVICE_OF_CONTRACT_PATH.items())
def test_each_path_has_the_contracts_service(path: str, service: str | None):
    assert service_of(path) == service


def test_every_call_of_the_contract_is_routed():
    contract = Path(__file__).parents[3] / "shared" / "design" / "contract_paths.txt"
    if not contract.exists():
        pytest.skip("the contract's list of paths is not beside the project")
    calls = [line.split() for line in contract.read_text().splitlines() if line and not line.startswith("#")]
    assert [path for _, path in calls if service_of(path) is None] == []


@pytest.mark.parametrize(
    "path",
    [
        "/auth/login",
        "/auth/callback",
        "/auth/password/login",
        "/auth/refresh",
        "/auth/.well-known/jwks.json",
        "/ws",
        "/email/t/abc",
        "/email/unsubscribe/abc",
        "/data/webhooks/woocommerce/x",
        "/mp/collect",
        "/debug/mp/collect",
    ],
)
def test_open_calls_need_no_token(path: str):
    assert needs_no_token(path)


@pytest.mark.parametrize(
    "path",
    [
        "/auth/me",
        "/auth/logout",
        "/auth/loginx",
        "/auth/login/x",
        "/auth/password",
        "/auth/tenants",
        "/ws/ticket",
        "/ws/",
        "/email/t",
        "/email/tx/y",
        "/data/webhooks",
        "/data/events",
        "/mp",
        "/metrics",
        "/api/users",
    ],
)
def test_nothing_else_is_open(path: str):
    assert not needs_no_token(path)


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


async def test_ready_means_that_every_service_is(system: System):
    assert (await system.client.get("/health/live")).json() == {"status": "healthy"}
    ready = await system.client.get("/health/ready")
    assert (ready.status_code, ready.json()["status"]) == (200, "healthy")
    assert set(ready.json()["services"]) == {"analytics", "data", "auth", "insights", "email", "realtime"}


async def test_one_service_that_is_not_ready_makes_the_system_not_ready(system: System):
    system.behind["email"].unhealthy = True
    ready = await system.client.get("/health/ready")
    assert ready.status_code == 503
    assert ready.json()["services"]["email"] == "unhealthy"
    assert ready.json()["services"]["data"] == "healthy"


async def test_measurements_and_details_are_not_served_here(system: System):
    for path in ("/metrics", "/health/detailed", "/auth/operator/tokens", "/nowhere", "/"):
        assert (await system.client.get(path)).status_code == 401
        answer = await system.client.get(path, headers=system.person.headers)
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:branchwise:problem:no-such-path")
