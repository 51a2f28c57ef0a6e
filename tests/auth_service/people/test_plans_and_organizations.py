import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from common.auth.access_changes import AccessChange, listen
from common.http.context import ServiceContext
from tests.auth_service.people.conftest import Office


async def told_of(office: Office, event_type: str) -> list[Any]:
    rows = await office.rows.fetch(
        "select payload::text from auth.outbox where tenant_id = $1 and event_type = $2 order by occurred_at",
        office.id,
        event_type,
    )
    return [row["payload"] for row in rows]


async def test_the_operator_sets_a_plan_and_everybody_hears_of_it(
    office: Office, operator: dict[str, str], context: ServiceContext
):
    heard: asyncio.Queue[AccessChange] = asyncio.Queue()
    await listen(context.bus.client, heard.put_nowait)
    await context.bus.client.flush()
    path = f"/auth/operator/tenants/{office.id}/plan"
    answer = await office.api.put(path, json={"plan": "free"}, headers=operator)
    assert (answer.status_code, answer.json()) == (200, {"tenant_id": str(office.id), "plan": "free"})
    assert (await asyncio.wait_for(heard.get(), 30)).tenants == [office.id]
    assert (await office.call("GET", "/api/organizations")).json()["data"][0]["plan"] == "free"
    assert (await office.api.put(path, json={"plan": "free"}, headers=operator)).status_code == 200
    assert await told_of(office, "auth.tenant.changed.v1") == ['{"changed": ["plan"]}']
    entries = [entry for entry in await told_of(office, "audit.entry.recorded.v1") if "plan-changed" in entry]
    assert len(entries) == 1
    assert '"actor_kind": "operator"' in entries[0]


async def test_a_plan_is_the_operators_and_of_a_tenant_that_is_there(office: Office, operator: dict[str, str]):
    path = f"/auth/operator/tenants/{office.id}/plan"
    assert (await office.api.put(path, json={"plan": "free"})).status_code == 401
    assert (await office.call("PUT", path, json={"plan": "free"})).status_code == 401
    for wrong in ({"plan": "unlimited"}, {}, {"plan": "free", "tenant_id": str(uuid4())}):
        assert (await office.api.put(path, json=wrong, headers=operator)).status_code == 422
    nowhere = await office.api.put(f"/auth/operator/tenants/{uuid4()}/plan", json={"plan": "free"}, headers=operator)
    assert (nowhere.status_code, nowhere.json()["type"]) == (404, "urn:branchwise:problem:tenant-not-found")
    assert (await office.call("GET", "/auth/tenants")).json()["data"][0]["plan"] == "enterprise"


@pytest.mark.parametrize(
    "more", [{"plan": "enterprise"}, {"id": str(uuid4())}, {"tenant_id": str(uuid4())}, {"created_at": "2026-01-01"}]
)
async def test_nothing_but_settings_of_an_organization_can_be_set(office: Office, more: dict[str, str]):
    new = {"name": "Third", "time_zone": "UTC", "currency": "EUR"}
    for method, path, body in (
        ("PUT", f"/api/organizations/{office.id}", {}),
        ("PATCH", f"/auth/tenants/{office.id}", {}),
        ("POST", "/api/organizations", new),
        ("POST", "/auth/tenants", new),
    ):
        assert (await office.call(method, path, json=body | more)).status_code == 422, (method, path)
    assert (await office.call("GET", "/api/organizations")).json()["total"] == 1


async def test_an_organization_is_changed_by_its_admin_alone(office: Office, elsewhere: Office):
    path, manager = f"/api/organizations/{office.id}", await office.hire("manager")
    for who in (manager, elsewhere.admin):
        assert (await office.call("PUT", path, who, json={"name": "Taken"})).status_code == 403
    changed = await office.call("PUT", path, json={"name": "Renamed"})
    assert (changed.status_code, changed.json()["name"]) == (200, "Renamed")


@pytest.mark.parametrize("more", [{"tenant_id": str(uuid4())}, {"role": "admin"}, {"avatar_url": "https://x"}])
async def test_nothing_but_a_name_of_the_own_profile_can_be_set(office: Office, more: dict[str, str]):
    rep = await office.hire("rep")
    assert (await office.call("PATCH", "/auth/me", rep, json={"name": "Ada"} | more)).status_code == 422
    me = (await office.call("GET", "/auth/me", rep)).json()
    assert (me["name"], me["avatar_url"], me["tenants"][0]["role"]) == ("", None, "rep")


async def test_the_operator_acts_as_nobody_who_has_not_joined(office: Office, operator: dict[str, str]):
    await office.rows.execute("delete from auth.membership where tenant_id = $1", office.id)
    invited = await office.rows.fetchval("insert into auth.account (email) values ('a@b.c') returning account_id")
    await office.rows.execute(
        "insert into auth.membership (tenant_id, account_id, role) values ($1, $2, 'admin')", office.id, invited
    )
    answer: httpx.Response = await office.api.post(f"/auth/operator/tenants/{office.id}/tokens", headers=operator)
    assert answer.status_code == 404
