from pathlib import Path

import pytest

from services.gateway.domain.routes import needs_no_token, service_of

SERVICE_OF_CONTRACT_PATH = {
    "/analytics/stats": "analytics",
    "/analytics/email/config": "email",
    "/analytics/emails": "analytics",
    "/api/analytics": "analytics",
    "/api/analytics/dashboard/v5/kpi": "analytics",
    "/api/analytics/dashboard/x": "analytics",
    "/api/analytics/channel/x": "analytics",
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
    "/auth/caller": None,
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
        "/auth/password/forgot",
        "/auth/password/login",
        "/auth/password/reset",
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
        "/auth/password/",
        "/auth/password/change",
        "/auth/password/reset/x",
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
