import asyncio
from uuid import UUID

import pytest

from common.events.contracts.auth_tenant_changed import TenantChanged
from common.jobs.store import get_job
from tests.data_service.export_rows import ndjson, params, row
from tests.data_service.harness import Company, Data, publish

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_another_location_rule_moves_what_is_stored_and_says_which(data: Data):
    company = await data.company("geo.country")
    rows = [
        row(
            "purchase" if number % 2 else "view_item",
            number,
            geo={"country": "Norway", "city": "(not set)" if number == 3 else "Bergen"},
            event_params=params(ga_session_id=5, branch=number),
        )
        for number in range(8)
    ]
    await data.imported(company, "ga4-export", ndjson(rows))
    posted = {"event_name": "view_item", "event_timestamp": "2024-04-29T12:00:00Z", "location_id": "D01"}
    await data.api.post("/data/events", json={"events": [posted]}, headers=company.headers)
    clean = await data.company("event_param:branch")
    await data.imported(clean, "ga4-export", ndjson(rows))
    await data.api.post("/data/events", json={"events": [posted]}, headers=clean.headers)
    for times, rule in enumerate(("geo.city", "event_param:branch"), 1):
        data.told_so_far(company)
        await data.admin.execute(
            "update auth.tenant set google_analytics_config = jsonb_build_object('location_source', $2::text)"
            " where tenant_id = $1",
            company.tenant_id,
            rule,
        )
        await publish(data, company.tenant_id, TenantChanged(changed=["google_analytics_config.location_source"]))
        await _resolved(data, company, times)
        # (what was posted may be told of only now: it belongs to no job)
        told = [batch for batch in data.told_so_far(company) if batch.job_id is not None]
        assert sum(sum(batch.counts.values()) for batch in told) == 8
        if rule == "geo.city":
            found = await data.admin.fetch(
                "select coalesce(location_id, '-'), count(*) from data.purchase where tenant_id = $1"
                " group by 1 order by 1",
                company.tenant_id,
            )
            assert [tuple(row) for row in found] == [("-", 1), ("Bergen", 3)]
    assert await data.rows(company.tenant_id) == await data.rows(clean.tenant_id)


async def _resolved(data: Data, company: Company, times: int) -> None:
    """Return once so many changes of the rule have been applied."""
    async with asyncio.timeout(30):
        while True:
            answer = await data.api.get("/data/ingest/jobs", headers=company.headers)
            jobs = [job["status"] for job in answer.json()["data"] if job["kind"] == "resolve-locations"]
            if jobs == ["completed"] * times:
                return
            await asyncio.sleep(0.05)


async def test_availability_tells_days_of_the_tenants_zone_and_gaps(data: Data):
    company = await data.company()
    rows = [
        row(number=1, event_timestamp="1714453200000000", event_date="20240430"),  # 2024-04-30 00:00 in Chicago
        row(number=2, event_timestamp="1714453199999999", event_date="20240429"),
        row(number=3, event_timestamp="1714798800000000", event_date="20240504"),
    ]
    await data.imported(company, "ga4-export", ndjson(rows))
    answer = (await data.api.get("/data/availability", headers=company.headers)).json()
    assert answer["time_zone"] == "America/Chicago"
    by_kind = {one.pop("kind"): one for one in answer["data"]}
    assert len(by_kind) == 7
    assert by_kind["purchase"]["rows"] == 0
    views = by_kind["page_view"]
    assert views.pop("age_hours") > 0
    assert views == {
        "first_day": "2024-04-29",
        "last_day": "2024-05-04",
        "rows": 3,
        "last_event_at": "2024-05-04T05:00:00Z",
        "missing_days": 3,
        "gaps": [{"from_day": "2024-05-01", "to_day": "2024-05-03"}],
    }


async def test_a_cancelled_import_goes_on_where_it_stopped(data: Data):
    company = await data.company()
    rows = [row(number=number) for number in range(12_000)]
    job = await data.upload(company, "ga4-export", ndjson(rows))
    answer = await data.api.post(f"/data/ingest/jobs/{job['job_id']}/cancel", headers=company.headers)
    assert answer.status_code == 200
    ended = await data.ended(company, job)
    assert ended["status"] == "cancelled"
    assert await data.total(company.tenant_id) < 12_000
    answer = await data.api.post(f"/data/ingest/jobs/{job['job_id']}/retry", headers=company.headers)
    assert answer.status_code == 202
    again = await data.ended(company, job)
    assert (again["status"], again["counts"]) == ("completed", {"page_view": 12_000})
    assert await data.total(company.tenant_id) == 12_000


async def test_a_job_of_another_tenant_is_not_found(data: Data):
    company, other = await data.company(), await data.company()
    job = await data.imported(company, "users", b"user_id\nu1\n")
    for path in (f"/data/ingest/jobs/{job['job_id']}", f"/data/import/jobs/{job['job_id']}/rejects", "/data/users/u1"):
        assert (await data.api.get(path, headers=company.headers)).status_code == 200
        assert (await data.api.get(path, headers=other.headers)).status_code == 404
    for act in ("cancel", "retry"):
        answer = await data.api.post(f"/data/ingest/jobs/{job['job_id']}/{act}", headers=other.headers)
        assert answer.status_code == 404
    async with data.context.db.tenant(company.tenant_id) as connection:
        assert (await get_job(connection, "data", company.tenant_id, UUID(job["job_id"])))["status"] == "completed"
