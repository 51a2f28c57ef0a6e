import asyncio
from datetime import date
from typing import Any

import pytest

from common.events.contracts.analytics_day_refreshed import DayRefreshed
from common.events.contracts.data_users_changed import UsersChanged
from services.data_service.domain.syncs.source_kinds import SOURCE_KINDS
from services.data_service.domain.syncs.sync_run import SyncRun
from services.data_service.store.shop.shop_people import ShopContact, fill_contacts
from tests.data_service.export_rows import ndjson, row
from tests.data_service.fake_vendor import FakeVendor, connect, order
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


class People(FakeVendor):
    """A vendor who knows one person."""

    async def sync(self, run: SyncRun) -> None:
        async with run.transaction() as connection:
            contacts = [ShopContact("u1", "Acme Plumbing", None, None)]
            run.job.count(
                {"users": await fill_contacts(connection, run.tenant_id, run.job.job_id, contacts, is_news=True)}
            )
            await run.job.progress(1, 1, connection)


@pytest.mark.parametrize("path", ["/api/sync/woocommerce", "/data/backfill"])
async def test_a_sync_and_a_backfill_are_completed_only_once_the_answers_include_them(
    lonely: Data, monkeypatch: pytest.MonkeyPatch, path: str
):
    monkeypatch.setitem(SOURCE_KINDS, "woocommerce", People().kind("woocommerce"))
    company = await lonely.company()
    source_id = await connect(lonely, company)
    day = date(2026, 3, 1)
    body: dict[str, Any] = {"source_id": str(source_id)} if "sync" in path else order(source_id, day, day)
    answer = await lonely.api.post(path, json=body, headers=company.headers)
    job = answer.raise_for_status().json()
    async with asyncio.timeout(30):
        while not await lonely.admin.fetchval(AWAITING, company.tenant_id):
            await asyncio.sleep(0.05)
    state = (await lonely.api.get(f"/data/ingest/jobs/{job['job_id']}", headers=company.headers)).json()
    assert (state["status"], state["counts"]) == ("running", {"users": 1})
    batch_ids = [row[0] for row in await lonely.admin.fetch(BATCHES, company.tenant_id)]
    await publish(lonely, company.tenant_id, DayRefreshed(batch_ids=batch_ids, days=[]))
    assert (await lonely.ended(company, job))["status"] == "completed"
