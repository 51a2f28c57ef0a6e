"""Access to the insights API, and the requests that it refuses."""

from typing import Any

import pytest

from services.insights_service.store.alert_settings import get_alert_settings
from tests.insights_service.conftest import Company, campaign

# Fixed, because it is a test parameter, which must be the same in every test process.
NOBODY = "5c3f9a52-6f0e-4a55-9d3b-8c1f0f7f2d11"

pytestmark = pytest.mark.asyncio(loop_scope="module")

SALE: dict[str, Any] = {"name": "Summer", "kind": "sale", "first_day": "2026-06-01", "last_day": "2026-06-14"}
SETTINGS: dict[str, Any] = {"alerts_per_week": 3, "least_impact_pct": 2.5}
READS = ("/insights", "/insights/settings", "/insights/events", "/insights/rules")


async def test_only_members_who_see_the_whole_company_may_read_insights(company: Company) -> None:
    await company.generate(campaign("pause"))
    [one] = await company.insights()
    reads = [*READS, f"/insights/{one['id']}", f"/api/analytics/insights/{company.tenant_id}"]
    writes: list[tuple[str, str, Any]] = [
        ("PATCH", f"/insights/{one['id']}", {"status": "acknowledged"}),
        ("POST", f"/insights/{one['id']}/feedback", {"useful": True}),
        ("POST", "/insights/generate", None),
        ("PUT", "/insights/settings", SETTINGS),
        ("POST", "/insights/events", SALE),
        ("DELETE", f"/insights/events/{NOBODY}", None),
    ]
    for path in reads:
        answers = {who: (await company.call("GET", path, who)) for who in company.people if who != "stranger"}
        statuses = {who: answer.status_code for who, answer in answers.items()}
        assert statuses == {
            "manager": 200, "other manager": 200, "analyst": 200, "rep": 403, "rep who may read": 403
        }, path  # fmt: skip
        assert answers["rep who may read"].json()["type"] == "urn:branchwise:problem:whole-company-only"
    for method, path, body in writes:
        for who in ("analyst", "rep", "rep who may read"):
            assert (await company.call(method, path, who, json=body)).status_code == 403, (who, path)
    foreign = await company.call("GET", f"/api/analytics/insights/{NOBODY}")
    assert (foreign.status_code, foreign.json()["type"]) == (403, "urn:branchwise:problem:other-organization")
    strangers = {await _status(company, method, path, body) for method, path, body in writes[:2]}
    assert strangers | {await _status(company, "GET", f"/insights/{one['id']}", None)} == {404}
    assert (await company.get("/insights", "stranger"))["total"] == 0
    [insight] = await company.insights()
    assert (insight["status"], insight["own_feedback"]) == ("open", None)


async def _status(company: Company, method: str, path: str, body: Any) -> int:
    return (await company.call(method, path, "stranger", json=body)).status_code


async def test_lists_can_be_filtered_and_are_sorted_by_severity_and_impact(company: Company) -> None:
    rows = [campaign("pause", f"C{n}", spend_cur=spend, leads_cur=20) for n, spend in enumerate((700, 30_000, 1500))]
    await company.generate(*rows, campaign("monitor", "M"), campaign("scale", "S", spend_cur=1300, leads_cur=80))
    listed = await company.get("/insights", limit=2)
    assert {name: listed[name] for name in ("total", "page", "limit", "has_more")} == {
        "total": 3, "page": 1, "limit": 2, "has_more": True
    }  # fmt: skip
    everything = [*listed["data"], *(await company.get("/insights", limit=2, page=2))["data"]]
    assert [one["evidence"]["campaign_name"] for one in everything] == ["C1", "S", "C2"]
    assert [one["impact_pct"] for one in everything] == sorted((one["impact_pct"] for one in everything), reverse=True)
    same = await company.get(f"/api/analytics/insights/{company.tenant_id}", limit=2)
    assert same == listed
    top = everything[0]["id"]
    (await company.call("PATCH", f"/insights/{top}", json={"status": "acknowledged"})).raise_for_status()
    found = {
        name: [one["id"] for one in await company.insights(**params)]
        for name, params in {
            "high": {"severity": "high"}, "acknowledged": {"status": "acknowledged"}, "open": {"status": "open"},
            "resolved": {"status": "resolved"}, "anomalies": {"type": "anomaly"}, "all": {"status": "all"},
            "recommendations": {"type": "recommendation"},
        }.items()
    }  # fmt: skip
    assert found["high"] == found["acknowledged"] == [top]
    assert found["open"] == [one["id"] for one in everything[1:]]
    assert (found["resolved"], found["anomalies"]) == ([], [])
    assert (len(found["recommendations"]), len(found["all"])) == (3, 5)


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("GET", "/insights?type=hunch", None, "type"),
        ("GET", "/insights?severity=1", None, "severity"),
        ("GET", "/insights?status=closed", None, "status"),
        ("GET", "/insights?limit=501", None, "limit"),
        ("GET", "/insights/nothing", None, "id"),
        ("GET", "/insights/forecast?metric=mood", None, "metric"),
        ("GET", "/insights/forecast?horizon=91", None, "horizon"),
        ("GET", "/insights/forecast?channel=Paid+Search", None, "channel"),
        ("GET", "/api/analytics/insights/nothing", None, "org_id"),
        ("PATCH", f"/insights/{NOBODY}", {"status": "done"}, "status"),
        ("PATCH", f"/insights/{NOBODY}", {"status": "open", "note": "\x00"}, "note"),
        ("POST", f"/insights/{NOBODY}/feedback", {"note": "?"}, "useful"),
        ("PUT", "/insights/settings", SETTINGS | {"alerts_per_week": -1}, "alerts_per_week"),
        ("PUT", "/insights/settings", SETTINGS | {"least_impact_pct": "NaN"}, "least_impact_pct"),
        ("PUT", "/insights/settings", SETTINGS | {"recipients": [SETTINGS]}, "recipients.0.recipient"),
        (
            "PUT",
            "/insights/settings",
            SETTINGS | {"recipients": [{**SETTINGS, "recipient": name} for name in ("a@b.example", " A@b.example")]},
            "recipients.1.recipient",
        ),
        (
            "PUT",
            "/insights/settings",
            SETTINGS | {"recipients": [{**SETTINGS, "recipient": "nobody@b.example"}]},
            "recipients.0.recipient",
        ),
        ("PUT", "/insights/settings", SETTINGS | {"language": "de"}, "language"),
        ("POST", "/insights/events", SALE | {"last_day": "2026-05-31"}, "first_day"),
        ("POST", "/insights/events", SALE | {"last_day": "2027-06-02"}, "last_day"),
        ("POST", "/insights/events", SALE | {"first_day": "1066-10-14"}, "first_day"),
        ("POST", "/insights/events", SALE | {"first_day": 0}, "first_day"),
        ("POST", "/insights/events", SALE | {"kind": "party"}, "kind"),
        ("POST", "/insights/events", SALE | {"channel": "Paid Search"}, "channel"),
    ],
)
async def test_invalid_requests_are_refused_naming_the_field(
    company: Company, method: str, path: str, body: Any, field: str
) -> None:
    answer = await company.call(method, path, json=body)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field], answer.text


async def test_an_accounts_last_feedback_counts_once_for_the_rule(company: Company) -> None:
    await company.generate(campaign("pause"), campaign("scale", "S"), campaign("monitor", "M"))
    ids = {one["rule"]: one["id"] for one in await company.insights(status="all")}
    answers = [
        await company.call("POST", f"/insights/{ids[rule]}/feedback", who, json={"useful": useful, "note": rule})
        for rule, who, useful in (
            ("budget.pause", "manager", False),
            ("budget.pause", "manager", True),
            ("budget.pause", "other manager", True),
            ("budget.scale", "manager", False),
        )
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 201, 201]
    assert (answers[1].json()["insight_id"], answers[1].json()["useful"]) == (ids["budget.pause"], True)
    assert "is_new" not in answers[0].json()
    assert await company.get("/insights/rules") == {
        "data": [
            {"rule": "budget.monitor", "shown": 0, "useful": 0, "noise": 0, "precision_pct": None},
            {"rule": "budget.pause", "shown": 1, "useful": 2, "noise": 0, "precision_pct": 100.0},
            {"rule": "budget.scale", "shown": 1, "useful": 0, "noise": 1, "precision_pct": 0.0},
        ],
        "total": 3, "page": 1, "limit": 50, "has_more": False,
    }  # fmt: skip
    insight = await company.get(f"/insights/{ids['budget.pause']}", "manager")
    assert (insight["own_feedback"]["useful"], insight["own_feedback"]["note"]) == (True, "budget.pause")
    assert (await company.get(f"/insights/{ids['budget.pause']}"))["own_feedback"] is None


async def test_a_forecast_without_analytics_is_unavailable(company: Company) -> None:
    company.advisor.statuses = [503]
    away = await company.call("GET", "/insights/forecast")
    assert (away.status_code, away.json()["type"]) == (503, "urn:branchwise:problem:figures-away")
    assert "Retry-After" in away.headers


async def test_settings_are_replaced_as_a_whole(company: Company) -> None:
    assert await company.get("/insights/settings") == {
        "alerts_per_week": 7, "alerts_per_week_chosen": False, "least_impact_pct": 1, "language": None, "recipients": []
    }  # fmt: skip
    addresses = [company.people[who].email for who in ("manager", "analyst")]
    own = [{"recipient": address, "alerts_per_week": 1, "least_impact_pct": 9} for address in addresses]
    shouted = own[0] | {"recipient": f" {addresses[0].upper()}"}
    in_vietnamese = SETTINGS | {"language": "vi"}
    await company.call("PUT", "/insights/settings", json=in_vietnamese | {"recipients": [shouted, own[1]]})
    assert await company.get("/insights/settings") == in_vietnamese | {
        "alerts_per_week_chosen": True,
        "recipients": own[::-1],
    }
    answer = await company.call("PUT", "/insights/settings", json=SETTINGS | {"recipients": own[1:]})
    saved = SETTINGS | {"alerts_per_week_chosen": True, "language": None, "recipients": own[1:]}
    assert answer.json() == await company.get("/insights/settings") == saved
    # A new number counts from when it was chosen; saving the same again changes nothing.
    since = "select since from insights.alert_setting where tenant_id = $1"
    first = await company.superuser.fetchval(since, company.tenant_id)
    await company.call("PUT", "/insights/settings", json=saved)
    assert await company.superuser.fetchval(since, company.tenant_id) == first
    await company.call("PUT", "/insights/settings", json=saved | {"alerts_per_week": 20})
    later = "select since > $2 from insights.alert_setting where tenant_id = $1"
    assert await company.superuser.fetchval(later, company.tenant_id, first)
    await company.call("PUT", "/insights/settings", json=saved)
    # Recipients must be members who have joined the company and are not held to branches.
    await company.superuser.execute(
        "update auth.membership set joined_at = null where account_id = $1",
        company.people["other manager"].account_id,
    )
    for who in ("stranger", "rep", "rep who may read", "other manager"):
        other = {"recipient": company.people[who].email, **SETTINGS}
        refused = await company.call("PUT", "/insights/settings", json=SETTINGS | {"recipients": [other]})
        assert (refused.status_code, refused.json()["type"]) == (422, "urn:branchwise:problem:recipient-unknown"), who
    assert await company.get("/insights/settings") == saved


async def test_only_a_number_in_the_body_counts_as_chosen(company: Company) -> None:
    async def after(**body: Any) -> tuple[int, bool, bool]:
        """Save this; return how many alerts are wanted, whether somebody chose that, and whether it has a date."""
        (await company.call("PUT", "/insights/settings", json=body)).raise_for_status()
        async with company.superuser.transaction():
            settings = await get_alert_settings(company.superuser, company.tenant_id)
        assert (await company.get("/insights/settings"))["alerts_per_week"] == settings.alerts_per_week
        return settings.alerts_per_week, settings.is_chosen, settings.since is not None

    assert await after(language="vi") == (7, False, False)
    assert await after(least_impact_pct=2, alerts_per_week=None) == (7, False, False)
    # Putting back all that was read chooses nothing, unless the number is another one now.
    read = await company.get("/insights/settings")
    assert await after(**read) == (7, False, False)
    assert await after(**read | {"alerts_per_week": 5}) == (5, True, True)
    assert await after(**read) == (7, False, False)
    # Seven was only an upper bound until now, so nothing is owed for the time before.
    assert await after(alerts_per_week=7) == (7, True, True)
    assert await after(**await company.get("/insights/settings")) == (7, True, True)
    assert await after(alerts_per_week=3, language="vi") == (3, True, True)
    assert await after(language="en") == (7, False, False)


async def test_declared_events_can_be_added_listed_and_deleted(company: Company) -> None:
    made = [
        await company.call("POST", "/insights/events", json=SALE | more)
        for more in ({}, {"name": "Outage", "kind": "outage", "last_day": "2026-06-30", "location_id": "N"})
    ]
    assert [answer.status_code for answer in made] == [201, 201]
    listed = await company.get("/insights/events")
    assert listed["data"] == [made[1].json(), made[0].json()]
    assert (listed["data"][0]["name"], listed["data"][0]["location_id"], listed["total"]) == ("Outage", "N", 2)
    path = f"/insights/events/{made[0].json()['id']}"
    assert (await company.call("DELETE", path, "stranger")).status_code == 404
    assert [(await company.call("DELETE", path)).status_code for _ in range(2)] == [204, 404]
    assert (await company.get("/insights/events"))["total"] == 1
