import asyncio
from uuid import UUID, uuid4

import msgspec

from common.clock import now
from common.events.contracts.analytics_day_refreshed import DayRefreshed
from common.events.contracts.auth_tenant_changed import TenantChanged
from common.events.contracts.data_users_changed import UsersChanged
from common.events.envelope import Contract, RawEvent, subject_of
from common.jobs.store import get_job
from tests.data_service.export_rows import ndjson, params, row
from tests.data_service.harness import Company, Data, events_of


async def publish(data: Data, tenant_id: UUID, contract: Contract) -> None:
    """Put an event of another service on the bus."""
    event = RawEvent(
        id=uuid4(),
        type=contract.TYPE,
        tenant_id=tenant_id,
        occurred_at=now(),
        data=msgspec.Raw(msgspec.json.encode(contract)),
    )
    await data.context.bus.publish(subject_of(event.type, tenant_id), msgspec.json.encode(event), str(event.id))


async def test_an_import_is_completed_only_once_the_answers_include_it(lonely: Data):
    company = await lonely.company()
    job = await lonely.upload(company, "ga4-export", ndjson([row(number=1)]))
    async with asyncio.timeout(30):
        while not await lonely.admin.fetchval("select count(*) from data.awaiting_job"):
            await asyncio.sleep(0.05)
    state = (await lonely.api.get(f"/data/ingest/jobs/{job['job_id']}", headers=company.headers)).json()
    assert (state["status"], state["counts"]) == ("running", {"page_view": 1})
    batch_ids = [row[0] for row in await lonely.admin.fetch("select batch_id from data.batch")]
    await publish(lonely, company.tenant_id, DayRefreshed(batch_ids=batch_ids, days=["2024-04-29"]))
    assert (await lonely.ended(company, job))["status"] == "completed"


async def test_users_are_in_only_once_the_answers_place_them_by_their_homes(lonely: Data):
    company = await lonely.company()
    content = b"user_id,location_id\nu1,D07\nu2,\n"
    async with events_of(lonely, UsersChanged) as published:
        job = await lonely.upload(company, "users", content)
        async with asyncio.timeout(30):
            while not await lonely.admin.fetchval("select count(*) from data.awaiting_job") or not published:
                await asyncio.sleep(0.05)
    state = (await lonely.api.get(f"/data/ingest/jobs/{job['job_id']}", headers=company.headers)).json()
    assert (state["status"], state["counts"]) == ("running", {"users": 2, "duplicates": 0})
    assert published[0].batch_id is not None
    await publish(lonely, company.tenant_id, DayRefreshed(batch_ids=[published[0].batch_id], days=[]))
    assert (await lonely.ended(company, job))["status"] == "completed"
    assert (await lonely.imported(company, "users", content))["counts"] == {"users": 0, "duplicates": 2}


async def test_a_repeated_file_waits_for_the_rows_that_the_first_one_brought(lonely: Data):
    company = await lonely.company()
    jobs = [await lonely.upload(company, "ga4-export", ndjson([row(number=1)])) for _ in range(2)]
    async with asyncio.timeout(30):
        while int(await lonely.admin.fetchval("select count(*) from data.awaiting_job") or 0) < len(jobs):
            await asyncio.sleep(0.05)
    batch_ids = [row[0] for row in await lonely.admin.fetch("select batch_id from data.batch")]
    assert len(batch_ids) == 1
    await publish(lonely, company.tenant_id, DayRefreshed(batch_ids=batch_ids, days=[]))
    for job in jobs:
        assert (await lonely.ended(company, job))["status"] == "completed"


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
        data.told_so_far()
        await data.admin.execute(
            "update auth.tenant set google_analytics_config = jsonb_build_object('location_source', $2::text)"
            " where tenant_id = $1",
            company.tenant_id,
            rule,
        )
        await publish(data, company.tenant_id, TenantChanged(changed=["google_analytics_config.location_source"]))
        await _resolved(data, company, times)
        # (what was posted may be told of only now: it belongs to no job)
        told = [batch for batch in data.told_so_far() if batch.job_id is not None]
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
