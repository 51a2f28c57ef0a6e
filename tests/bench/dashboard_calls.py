"""Every read of the analytics service, with parameters and limits in milliseconds. Missing ones are reported."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from made_history import LAST, edged

from services.analytics_service import app

_THREE_YEARS, _A_MONTH, _TWO_MONTHS = edged(1060), edged(28), edged(60)
_WHOLE_YEAR, _HALF_A_YEAR = (LAST - timedelta(days=364), LAST), (LAST - timedelta(days=179), LAST)
_MARKETING = "/api/analytics"
_ARRAYS = (
    "/dashboard/v5/trend/leads",
    "/dashboard/v5/trend/spend",
    "/campaigns/v7/metrics/trend",
    "/sales/v5/campaigns",
    "/campaigns/v5/campaigns/wow",
    "/campaigns/v5/campaigns/scatter-matrix",
    "/sales/v6/reco/budget",
    "/campaigns/v5/campaigns/anomalies",
    "/campaigns/v7/insights/campaign-performance",
    "/sales/v5/share/platforms",
    "/sales/v5/utm-sources",
    "/sales/v6/leads/paid-split/platforms",
    "/products",
    "/branches",
    "/utm-audit",
    "/changes",
    "/quality",
)
_LISTS = ("purchases", "cart-abandonment", "search-analysis", "repeat-visits")
# These do not belong to the dashboard: health and metrics, retention, and reads of a single thing by its id.
_NOT_ASKED = {
    "/health/live",
    "/health/ready",
    "/health/detailed",
    "/api/analytics/jobs/{id}",
    "/analytics/dead-letters",
    "/api/analytics/retention",
    "/api/analytics/retention/exports",
    "/api/analytics/retention/exports/{export_id}",
}


@dataclass(frozen=True)
class Call:
    """A path with its parameters, its name in the table, and the milliseconds to hold and to aim at."""

    route: str
    asked: str
    parameters: dict[str, Any]
    hold: float = 20.0
    aim: float = 10.0
    within: dict[str, Any] = field(default_factory=dict[str, Any])
    only: str = ""  # The function whose statement alone is measured; '' for all statements of the call.

    @property
    def path(self) -> str:
        """Return the path with its parameters filled in."""
        return self.route.format(**self.within)


def dashboard_calls(tenant_id: UUID) -> list[Call]:
    """Return all calls, for one company."""
    three_years = _marketing(_THREE_YEARS)
    calls = [Call(_MARKETING + path, "3 years", three_years) for path in ("/dashboard/v5/kpi", *_ARRAYS)]
    calls += [
        Call(_MARKETING + "/dashboard/v5/kpi", "365 days", _marketing(_WHOLE_YEAR), 2, 1, only="get_marketing_kpi"),
        Call(
            _MARKETING + "/sales/v5/campaigns", "3 years, of two platforms", three_years | {"platforms": "meta,google"}
        ),
        Call(_MARKETING + "/products", "3 years, 500 of them", three_years | {"limit": 500}),
        Call(_MARKETING + "/dashboard/{org_id}", "3 years", three_years, within={"org_id": tenant_id}),
        Call(_MARKETING + "/channel/{channel_id}", "3 years", three_years, within={"channel_id": "paid-search"}),
        Call(_MARKETING + "/ledger", "two months", _marketing(_TWO_MONTHS)),
        Call(_MARKETING + "/reports", "campaigns of 3 years", three_years | {"kind": "campaigns", "format": "csv"}),
        Call(_MARKETING, "saved ones", {}),
        Call(_MARKETING + "/aggregate/differences", "all", {}),
        Call("/api/goals/{org_id}", "12 goals", {}, within={"org_id": tenant_id}),
        Call("/analytics/locations", "all", {}),
        Call("/analytics/search", "a user", {"q": "buyer42"}),
        Call("/analytics/search", "of each kind", {"q": "comp"}),
        Call("/analytics/search", "mistyped", {"q": "sprinfield"}),
        Call("/analytics/stats", "a month", _visits(_A_MONTH)),
        Call("/analytics/stats", "365 days", _visits(_WHOLE_YEAR)),
        Call("/analytics/stats", "a month of a branch", _visits(_A_MONTH) | {"location_id": "L05"}),
        Call("/analytics/stats", "365 days of a branch", _visits(_WHOLE_YEAR) | {"location_id": "L05"}),
        Call("/analytics/tasks/recovery", "a month", _visits(_A_MONTH)),
        Call("/analytics/tasks/recovery", "180 days", _visits(_HALF_A_YEAR)),
    ]
    calls += [Call(f"/analytics/tasks/{kind}", "a month", _visits(_A_MONTH), 25) for kind in _LISTS]
    missing = _reads() - {call.route for call in calls} - _NOT_ASKED
    assert not missing, f"calls that nobody measures: {', '.join(sorted(missing))}"
    return calls


def _reads() -> set[str]:
    return {path for path, operations in app.openapi()["paths"].items() if "get" in operations}


def _marketing(days: tuple[Any, Any]) -> dict[str, Any]:
    return {"date_from": days[0].isoformat(), "date_to": days[1].isoformat()}


def _visits(days: tuple[Any, Any]) -> dict[str, Any]:
    return {"start_date": days[0].isoformat(), "end_date": days[1].isoformat()}
