"""A property that a person connects: tested, synced and read back through the service's own calls."""

import json
from datetime import timedelta
from typing import Any

import pytest

from common.clock import now
from tests.data_service.ga4.property import DIMENSIONS, ZONE
from tests.data_service.harness import Company, Data
from tests.standins.ga4.faults import UNAUTHENTICATED
from tests.standins.ga4.held import HeldProperty
from tests.standins.ga4.server import Ga4Standin

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY = json.dumps({"type": "service_account", "client_email": "reader@p.iam.example", "private_key": "-----BEGIN-----"})


def a_property(google: Ga4Standin, property_id: str) -> HeldProperty:
    google.faults.fail_always(None)
    held = HeldProperty(property_id, custom_dimensions=frozenset(DIMENSIONS.values()))
    google.properties[property_id] = held
    return held


async def connect(data: Data, company: Company, property_id: str) -> dict[str, Any]:
    answer = await data.api.post(
        "/data/sources",
        json={
            "kind": "ga4",
            "name": "Shop",
            "config": {"property_id": f"properties/{property_id}", "custom_dimensions": DIMENSIONS},
            "secrets": {"credentials": KEY},
        },
        headers=company.headers,
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


async def ended(data: Data, company: Company, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = await data.api.post(path, json=body, headers=company.headers)
    assert answer.status_code == 202, answer.text
    return await data.ended(company, answer.json())


async def test_a_connected_property_is_tested_and_read(data: Data, google: Ga4Standin) -> None:
    company = await data.company("event_param:branch", role="admin")
    held = a_property(google, "8801")
    minute = now().astimezone(ZONE).replace(second=0, microsecond=0)
    who = {"customUser:client_id": "d1", "customEvent:ga_session_id": "5", "customEvent:branch": "Omaha"}
    held.add_event(minute - timedelta(days=1), "add_to_cart", who, value=9.5, items=[{"item_id": "P1", "price": 9.5}])
    source = await connect(data, company, "8801")
    tested = await data.api.post(f"/data/sources/{source['id']}/test", headers=company.headers)
    assert tested.json()["ok"], tested.text
    job = await ended(data, company, "/api/sync/google-analytics")
    assert job["status"] == "completed", job
    shown = (await data.api.get(f"/data/sources/{source['id']}", headers=company.headers)).json()
    assert (shown["status"], shown["reason"]) == ("active", "")
    rows = await data.admin.fetch(
        "select location_id, value from data.add_to_cart where tenant_id = $1", company.tenant_id
    )
    assert [(row["location_id"], float(row["value"])) for row in rows] == [("Omaha", 9.5)]


async def test_past_days_are_planned_and_then_read(data: Data, google: Ga4Standin) -> None:
    company = await data.company("event_param:branch", role="admin")
    held = a_property(google, "8802")
    # (days by the property's clock: those of 24 hours may be on one date where clocks were put back)
    noon = now().astimezone(ZONE).replace(hour=12, minute=0, second=0, microsecond=0)
    for number in range(10):
        at = noon - timedelta(days=30 - number)
        held.add_event(at, "page_view", {"customUser:client_id": "d1", "customUser:crm_id": "u1"})
    await connect(data, company, "8802")
    first, last = (str((now().astimezone(ZONE) - timedelta(days=ago)).date()) for ago in (31, 20))
    wanted = {"start_date": first, "end_date": last, "data_types": ["events", "users"]}
    job = await ended(data, company, "/data/ingest/start", wanted)
    assert job["status"] == "completed", job
    assert job["counts"]["page_view"] == 10
    users = await data.admin.fetch("select user_id from data.users where tenant_id = $1", company.tenant_id)
    assert [row["user_id"] for row in users] == ["u1"]
    # Once Google has nothing of them any more, reading them again takes nothing away, and says so.
    held.facts.clear()
    again = await ended(data, company, "/data/ingest/start", wanted)
    assert (again["status"], again["counts"]["kept_older_days"]) == ("completed", 10)
    assert await data.total(company.tenant_id) == 10
    asked = {"date_from": first, "date_to": last}
    noted = (await data.api.get("/data/quality", params=asked, headers=company.headers)).json()["data"]
    assert sum(row["stream"] == "events" and "kept_older" in row["flags"] for row in noted) == 10


async def test_credentials_that_google_refuses_stop_the_source_and_show_nowhere(data: Data, google: Ga4Standin) -> None:
    company = await data.company(role="admin")
    a_property(google, "8803")
    google.faults.fail_always(UNAUTHENTICATED)
    source = await connect(data, company, "8803")
    job = await ended(data, company, "/api/sync/google-analytics")
    assert job["status"] == "failed"
    shown = await data.api.get(f"/data/sources/{source['id']}", headers=company.headers)
    assert shown.json()["status"] == "needs_attention"
    assert "store a valid service account key" in shown.json()["reason"]
    assert "reader@p.iam.example" not in shown.text + str(job)


async def test_more_dimensions_than_a_report_has_are_refused_at_once(data: Data) -> None:
    company = await data.company(role="admin")
    answer = await data.api.post(
        "/data/sources",
        json={
            "kind": "ga4",
            "name": "Shop",
            "config": {"property_id": "1", "custom_dimensions": {f"p{n}": f"customEvent:p{n}" for n in range(6)}},
            "secrets": {"credentials": KEY},
        },
        headers=company.headers,
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "config.custom_dimensions"
