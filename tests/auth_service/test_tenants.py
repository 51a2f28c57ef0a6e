import json
from uuid import UUID, uuid4

import httpx
import pytest

from common.http.context import ServiceContext
from common.testing.cluster import MigratedDatabase
from common.testing.people import add_person
from services.auth_service.domain.tenant_limits import OF_ACCOUNT
from tests.auth_service.audit_log import signed_in
from tests.auth_service.conftest import OWNER

GOOD = {"name": "New Place", "time_zone": "Europe/Berlin", "currency": "EUR"}


async def events_of(context: ServiceContext, tenant_id: str) -> list[list[str]]:
    async with context.db.tenant(UUID(tenant_id)) as conn:
        rows = await conn.fetch(
            "select payload from auth.outbox where event_type = 'auth.tenant.changed.v1' order by occurred_at"
        )
    return [json.loads(row["payload"])["changed"] for row in rows]


async def test_whoever_creates_a_tenant_is_its_admin(auth: httpx.AsyncClient, owner: dict[str, str]):
    made = await auth.post("/auth/tenants", json=GOOD, headers=owner)
    assert made.status_code == 201
    settings = made.json()
    assert settings["plan"] == "enterprise"
    assert settings["week_start"] == "monday"
    assert settings["google_analytics_config"] == {"property_id": None, "location_source": None}
    me = (await auth.get("/auth/me", headers=owner)).json()
    assert {row["name"]: row["role"] for row in me["tenants"]} == {"New Place": "admin", "Somewhere Supply": "admin"}


async def test_tenants_and_organizations_are_the_same_list(auth: httpx.AsyncClient, owner: dict[str, str]):
    await auth.post("/api/organizations", json=GOOD, headers=owner)
    tenants = (await auth.get("/auth/tenants", headers=owner)).json()
    assert [row["name"] for row in tenants["data"]] == ["New Place", "Somewhere Supply"]
    assert (tenants["total"], tenants["page"], tenants["limit"], tenants["has_more"]) == (2, 1, 50, False)
    assert (await auth.get("/api/organizations", headers=owner)).json() == tenants
    second = (await auth.get("/auth/tenants?page=2&limit=1", headers=owner)).json()
    assert [row["name"] for row in second["data"]] == ["Somewhere Supply"]


async def test_a_change_merges_nested_settings_and_tells_what_changed(
    auth: httpx.AsyncClient, owner: dict[str, str], tenant: str, context: ServiceContext
):
    url = f"/auth/tenants/{tenant}"
    await auth.patch(url, json={"google_analytics_config": {"property_id": "123"}}, headers=owner)
    change = {"time_zone": "Asia/Tokyo", "google_analytics_config": {"location_source": "geo.country"}}
    answer = await auth.patch(url, json=change, headers=owner)
    assert answer.status_code == 200
    assert answer.json()["time_zone"] == "Asia/Tokyo"
    assert answer.json()["currency"] == "USD"
    assert answer.json()["google_analytics_config"] == {"property_id": "123", "location_source": "geo.country"}
    assert await events_of(context, tenant) == [
        ["google_analytics_config.property_id"],
        ["time_zone", "google_analytics_config.location_source"],
    ]


async def test_ages_are_set_one_by_one_and_taken_back_by_null(
    auth: httpx.AsyncClient, owner: dict[str, str], tenant: str, context: ServiceContext
):
    url = f"/auth/tenants/{tenant}"
    for change, ages in (
        ({}, (None, None, None)),
        ({"hourly_days": 1, "event_days": 90}, (1, None, 90)),
        ({"daily_days": 365}, (1, 365, 90)),
        ({"hourly_days": None}, (None, 365, 90)),
    ):
        answer = await auth.patch(url, json={"retention": change}, headers=owner)
        assert answer.status_code == 200, answer.text
        assert answer.json()["retention"] == dict(zip(("hourly_days", "daily_days", "event_days"), ages, strict=True))
    for wrong in (
        *({"hourly_days": 0}, {"daily_days": 364}, {"event_days": 89}, {"daily_days": 36_526}),
        *({"hourly_days": 1.5}, {"hourly_days": "7"}, {"months": 1}, None),
    ):
        answer = await auth.patch(url, json={"retention": wrong}, headers=owner)
        assert answer.status_code == 422, wrong
        assert answer.json()["errors"][0]["field"] == ".".join(["retention", *(wrong or ())]), wrong
    told = [["retention.hourly_days", "retention.event_days"], ["retention.daily_days"], ["retention.hourly_days"]]
    assert await events_of(context, tenant) == told


async def test_a_change_to_the_same_values_is_none(
    auth: httpx.AsyncClient, owner: dict[str, str], tenant: str, context: ServiceContext
):
    for body in ({"currency": "USD"}, {}, {"google_analytics_config": {}}):
        answer = await auth.patch(f"/auth/tenants/{tenant}", json=body, headers=owner)
        assert answer.status_code == 200
    assert await events_of(context, tenant) == []


async def test_null_clears_what_may_be_empty(auth: httpx.AsyncClient, owner: dict[str, str], tenant: str):
    url = f"/api/organizations/{tenant}"
    assert (await auth.put(url, json={"country": "DE"}, headers=owner)).json()["country"] == "DE"
    assert (await auth.put(url, json={"country": None}, headers=owner)).json()["country"] is None
    assert (await auth.put(url, json={"name": None}, headers=owner)).status_code == 422


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "localtime"),
        ("time_zone", ""),
        ("currency", "usd"),
        ("currency", "DEM"),
        ("currency", "XXX"),
        ("country", "ZZ"),
        ("country", "EU"),
        ("week_start", "someday"),
        ("name", "   "),
        ("name", "x" * 201),
        ("plan", "free"),
        ("tenant_id", str(UUID(int=1))),
        ("google_analytics_config", {"location_source": "geo.continent"}),
        ("google_analytics_config", {"location_source": "event_param:"}),
        ("google_analytics_config", {"location_source": "event_param:a b"}),
        ("google_analytics_config", {"property_id": "properties/1"}),
        ("google_analytics_config", {"secret": "x"}),
        ("google_analytics_config", "geo.city"),
    ],
)
async def test_settings_that_make_no_sense_are_named(
    auth: httpx.AsyncClient, owner: dict[str, str], tenant: str, field: str, value: object
):
    before = (await auth.get("/auth/tenants", headers=owner)).json()
    for answer in (
        await auth.patch(f"/auth/tenants/{tenant}", json={field: value}, headers=owner),
        await auth.post("/auth/tenants", json={**GOOD, field: value}, headers=owner),
    ):
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"].startswith(field)
    assert (await auth.get("/auth/tenants", headers=owner)).json() == before


@pytest.mark.parametrize("rule", ["event_param:store_id", "user_property:default_branch_id", "geo.region", "geo.city"])
async def test_every_rule_of_the_definitions_is_taken(
    auth: httpx.AsyncClient, owner: dict[str, str], tenant: str, rule: str
):
    body = {"google_analytics_config": {"location_source": rule}}
    answer = await auth.patch(f"/auth/tenants/{tenant}", json=body, headers=owner)
    assert answer.json()["google_analytics_config"]["location_source"] == rule


async def test_one_account_makes_so_many_tenants_a_day_and_the_operator_any_number(
    auth: httpx.AsyncClient, owner: dict[str, str], operator: dict[str, str]
):
    paths = ("/auth/tenants", "/api/organizations")
    for made in range(OF_ACCOUNT.amount):
        answer = await auth.post(paths[made % 2], json=GOOD, headers=owner)
        assert answer.status_code == 201, answer.text
    for path in paths:
        refused = await auth.post(path, json=GOOD, headers=owner)
        assert (refused.status_code, refused.json()["type"]) == (429, "urn:branchwise:problem:too-many-tenants")
        assert 0 < int(refused.headers["Retry-After"]) <= 86_400
    assert (await auth.get("/auth/tenants", headers=owner)).json()["total"] == OF_ACCOUNT.amount + 1
    answer = await auth.post("/auth/operator/tenants", json={**GOOD, **OWNER}, headers=operator)
    assert answer.status_code == 201, answer.text


async def test_an_account_that_made_enough_tenants_keeps_nobody_else_from_making_theirs(
    auth: httpx.AsyncClient,
    owner: dict[str, str],
    tenant: str,
    operator: dict[str, str],
    database: MigratedDatabase,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(OF_ACCOUNT, "amount", 1)
    other = await add_person(database.superuser_dsn, UUID(tenant), "rep")
    theirs = await signed_in(auth, operator, other.email)
    statuses = [
        (await auth.post("/auth/tenants", json=GOOD, headers=who)).status_code for who in (owner, owner, theirs)
    ]
    assert statuses == [201, 429, 201]


async def test_only_an_admin_changes_a_tenant_and_only_the_own_one(
    auth: httpx.AsyncClient,
    owner: dict[str, str],
    tenant: str,
    operator: dict[str, str],
    database: MigratedDatabase,
):
    manager = await add_person(database.superuser_dsn, UUID(tenant), "manager")
    token = await auth.post("/auth/operator/tokens", json={"email": manager.email}, headers=operator)
    headers = {"Authorization": f"Bearer {token.json()['access_token']}"}
    answer = await auth.patch(f"/auth/tenants/{tenant}", json={"name": "Mine"}, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:branchwise:problem:scope-missing")
    foreign = (await auth.post("/auth/tenants", json=GOOD, headers=headers)).json()["id"]
    for tenant_id in (foreign, str(uuid4())):
        answer = await auth.patch(f"/auth/tenants/{tenant_id}", json={"name": "Mine"}, headers=owner)
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:branchwise:problem:not-a-member")
    assert (await auth.patch("/auth/tenants/nonsense", json={"name": "Mine"}, headers=owner)).status_code == 422
