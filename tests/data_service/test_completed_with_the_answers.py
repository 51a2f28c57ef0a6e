import asyncio

import pytest

from common.events.contracts.analytics_day_refreshed import DayRefreshed
from common.events.contracts.data_users_changed import UsersChanged
from tests.data_service.export_rows import ndjson, row
from tests.data_service.harness import Data, events_of, publish

pytestmark = pytest.mark.asyncio(loop_scope="module")
AWAITING = "select count(*) from data.awaiting_job where tenant_id = $1"
BATCHES = "select batch_id from data.batch where tenant_id = $1"


async def test_an_import_is_completed_only_once_the_answers_include_it(lonely: Data):
    company = await lonely.company()
    job = await lonely.upload(company, "ga4-export", ndjson([row(number=1)]))
    async with asyncio.timeout(30):
        while not await lonely.admin.fetchval(AWAITING, company.tenant_id):
            await asyncio.sleep(0.05)
    state = (await lonely.api.get(f"/data/ingest/jobs/{job['job_id']}", headers=company.headers)).json()
    assert (state["status"], state["counts"]) == ("running", {"page_view": 1})
    batch_ids = [row[0] for row in await lonely.admin.fetch(BATCHES, company.tenant_id)]
    await publish(lonely, company.tenant_id, DayRefreshed(batch_ids=batch_ids, days=["2024-04-29"]))
    assert (await lonely.ended(company, job))["status"] == "completed"


async def test_users_are_in_only_once_the_answers_place_them_by_their_homes(lonely: Data):
    company = await lonely.company()
    content = b"user_id,location_id\nu1,D07\nu2,\n"
    async with events_of(lonely, company, UsersChanged) as published:
        job = await lonely.upload(company, "users", content)
        async with asyncio.timeout(30):
            while not await lonely.admin.fetchval(AWAITING, company.tenant_id) or not published:
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
        while int(await lonely.admin.fetchval(AWAITING, company.tenant_id) or 0) < len(jobs):
            await asyncio.sleep(0.05)
    batch_ids = [row[0] for row in await lonely.admin.fetch(BATCHES, company.tenant_id)]
    assert len(batch_ids) == 1
    await publish(lonely, company.tenant_id, DayRefreshed(batch_ids=batch_ids, days=[]))
    for job in jobs:
        assert (await lonely.ended(company, job))["status"] == "completed"
