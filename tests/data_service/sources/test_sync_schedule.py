import asyncio
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from common.clock import now
from common.db import Connection
from common.jobs import JobContext, JobFailed
from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from services.data_service.domain.syncs.plan_syncs import plan_syncs
from services.data_service.domain.syncs.settle_sync import settle_sync
from services.data_service.domain.syncs.start_sync import start_sync
from services.data_service.domain.syncs.sync_run import ToBeContinued
from services.data_service.jobs import sync_source as work
from services.data_service.jobs.sync_source import sync_sources
from services.data_service.sources.vendor import VendorAway, VendorError
from services.data_service.store.syncs.sources import Source, get_source
from services.data_service.store.syncs.sync_schedule import note_settled
from tests.data_service.harness import Data, data_service
from tests.data_service.sources.connected import Vendor, connect

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def jobs_of(data: Data, tenant_id: UUID) -> list[tuple[str, UUID | None]]:
    rows = await data.admin.fetch(
        "select kind, created_by from data.job where tenant_id = $1 order by created_at", tenant_id
    )
    return [tuple(row) for row in rows]


async def test_two_services_on_one_database_read_a_source_once(
    data: Data, vendor: Vendor, settings: Settings, database: MigratedDatabase
):
    ours = [await connect(data, vendor) for _ in range(5)]
    for each in ours:
        await each.first_sync()
    vendor.runs.clear()
    async with data_service(settings, database) as other:
        for each in ours:
            await each.make_due()
        # The schedule of both runs on, and both are told to look at once besides.
        looks = [plan_syncs(service.context.db) for service in (data, other) for _ in range(3)]
        queued = sum(await asyncio.gather(*looks))
        async with asyncio.timeout(20):
            while len(vendor.runs) < len(ours):
                await asyncio.sleep(0.02)
        for each in ours:
            await each.first_sync()
    assert queued <= len(ours)
    assert sorted(run.source.source_id for run in vendor.runs) == sorted(each.id for each in ours)


async def test_the_schedule_finds_what_is_due_by_itself(data: Data, vendor: Vendor):
    ours = await connect(data, vendor)
    await ours.first_sync()
    vendor.waiting.clear()
    await ours.make_due()
    async with asyncio.timeout(30):
        await vendor.waiting.wait()
    assert await jobs_of(data, ours.company.tenant_id) == [("sync.meta_ads", None)] * 2


async def test_a_source_that_is_still_being_read_is_not_read_twice(data: Data, vendor: Vendor):
    vendor.is_open.clear()
    ours = await connect(data, vendor)
    await vendor.waiting.wait()
    await ours.make_due()
    await plan_syncs(data.context.db)
    answer = await data.api.post("/api/sync/meta-ads", headers=ours.company.headers)
    assert answer.json()["job_id"] == str(await ours.job_id())
    vendor.is_open.set()
    await ours.first_sync()
    assert len(vendor.runs) == 1
    assert await data.admin.fetchval("select next_sync_at > now() from data.source where source_id = $1", ours.id)


async def test_a_sync_of_another_account_is_stopped_and_leaves_no_cursor(data: Data, vendor: Vendor):
    vendor.is_open.clear()
    ours = await connect(data, vendor)
    await vendor.waiting.wait()
    await ours.put(config={"account_id": "4343"})
    vendor.is_open.set()
    assert (await ours.first_sync())["status"] == "cancelled"
    assert await data.admin.fetchval("select count(*) from data.source_cursor where source_id = $1", ours.id) == 0
    assert (await ours.fell_due())["status"] == "completed"
    assert vendor.runs[-1].config == {"account_id": "4343"}


async def test_a_tenant_whose_plan_fails_keeps_no_other_waiting(data: Data, vendor: Vendor):
    ours = [await connect(data, vendor) for _ in range(2)]
    for each in ours:
        await each.first_sync()
    first = min(ours, key=lambda each: each.company.tenant_id)
    await data.admin.execute(
        f"alter table data.job add constraint not_theirs check (tenant_id <> '{first.company.tenant_id}') not valid"
    )
    vendor.runs.clear()
    try:
        for each in ours:
            await each.make_due()
        await plan_syncs(data.context.db)
        async with asyncio.timeout(20):
            while not vendor.runs:
                await asyncio.sleep(0.02)
    finally:
        await data.admin.execute("alter table data.job drop constraint not_theirs")
    assert [run.source.source_id for run in vendor.runs] == [each.id for each in ours if each is not first]


async def test_sources_that_are_planned_at_once_are_not_read_at_once_the_next_time(data: Data, vendor: Vendor):
    first = await connect(data, vendor)
    ours = [first, *[await connect(data, vendor, first.company) for _ in range(7)]]
    for each in ours:
        await each.first_sync()
    tenant_id, ids = first.company.tenant_id, [each.id for each in ours]
    async with data.context.db.tenant(tenant_id) as connection:
        at = now()
        await start_sync(connection, tenant_id, "meta_ads", ids, None)
        rows = await connection.fetch("select next_sync_at from data.source where source_id = any($1)", ids)
        planned = sorted(row["next_sync_at"] - at for row in rows)
    # (of 90 seconds that they are spread over; that eight fall into one by chance is a matter of 10^-12)
    assert planned[-1] - planned[0] > timedelta(seconds=1)
    assert timedelta(minutes=13.4) < planned[0] <= planned[-1] < timedelta(minutes=15.1)
    await first.first_sync()


@pytest.mark.parametrize("fate", ["status = 'failed'", "status = 'cancelled'", "job_id = gen_random_uuid()"])
async def test_a_sync_that_never_came_back_blocks_nothing(data: Data, vendor: Vendor, fate: str):
    vendor.is_open.clear()
    ours = await connect(data, vendor)
    await vendor.waiting.wait()
    await data.admin.execute(f"update data.job set {fate} where job_id = $1", await ours.job_id())
    vendor.is_open.set()
    assert (await ours.fell_due())["status"] == "completed"


async def test_the_sources_of_a_kind_are_read_by_one_job(data: Data, vendor: Vendor):
    first = await connect(data, vendor)
    second = await connect(data, vendor, first.company)
    await first.first_sync()
    await second.first_sync()
    vendor.runs.clear()
    vendor.answers = [VendorAway("Meta did not answer (502)."), ToBeContinued()]
    job = await first.asked()
    assert (job["status"], job["error"], job["counts"]) == (
        "failed",
        "Our ads: Meta did not answer (502).",
        {"days": 3},
    )
    # The one that made way was gone on with, and the other not asked for again.
    one, two = sorted((first.id, second.id))
    assert [run.source.source_id for run in vendor.runs] == [one, two, two]
    vendor.runs.clear()
    assert (await first.asked(source_id=str(second.id)))["status"] == "completed"
    assert [run.source.source_id for run in vendor.runs] == [second.id]


@pytest.mark.parametrize("change", ["removed", "paused"])
async def test_a_change_to_one_source_leaves_none_unread_that_the_same_job_was_to_read(
    data: Data, vendor: Vendor, change: str
):
    first = await connect(data, vendor)
    both = sorted([first, await connect(data, vendor, first.company)], key=lambda one: one.id)
    for one in both:
        await one.first_sync()
    vendor.is_open.clear()
    vendor.waiting.clear()
    answer = await data.api.post("/api/sync/meta-ads", headers=first.company.headers)
    await vendor.waiting.wait()
    if change == "removed":
        await data.api.delete(both[1].url, headers=first.company.headers)
    else:
        await both[1].put(status="paused")
    is_due = await data.admin.fetchval("select next_sync_at <= now() from data.source where source_id = $1", both[0].id)
    vendor.is_open.set()
    job = await data.ended(first.company, answer.json())
    if change == "paused":
        assert (job["status"], job["error"]) == ("failed", "Our ads: the source was paused before all of it was read")
    else:
        assert (job["status"], is_due) == ("cancelled", True)


async def test_without_a_source_a_sync_says_how_to_connect_one(data: Data, vendor: Vendor):
    company = await data.company()
    answer = await data.api.post("/api/sync/meta-ads", headers=company.headers)
    assert answer.status_code == 409
    assert "POST /data/sources with kind meta_ads" in answer.json()["detail"]
    ours = await connect(data, vendor)
    for order in ({"source_id": str(ours.id)}, {"source_id": str(UUID(int=0))}):
        answer = await data.api.post("/api/sync/meta-ads", json=order, headers=company.headers)
        assert answer.status_code == 404


async def test_what_was_read_of_a_mistyped_account_is_nothing_read_of_the_right_one(data: Data, vendor: Vendor):
    vendor.is_open.clear()
    ours = await connect(data, vendor)
    await vendor.waiting.wait()
    tenant_id = ours.company.tenant_id
    async with data.context.db.tenant(tenant_id) as connection:
        read = await get_source(connection, tenant_id, ours.id)
    assert read is not None
    await ours.put(config={"account_id": "4343"})
    async with data.context.db.tenant(tenant_id) as connection:
        for error in (None, VendorAway("no answer")):
            await settle_sync(connection, tenant_id, read, error, date(2026, 3, 1))
        settled = await get_source(connection, tenant_id, ours.id)
    vendor.is_open.set()
    assert settled is not None
    assert (settled.last_sync_at, settled.window_read_on, settled.failures) == (None, None, 0)


async def test_a_source_over_which_every_worker_ends_is_told_of_and_left_alone(data: Data, vendor: Vendor):
    both = [await connect(data, vendor)]
    both.append(await connect(data, vendor, both[0].company))
    for one in both:
        await one.first_sync()
    runs = len(vendor.runs)
    params = {"source_ids": [str(one.id) for one in both]}
    job = JobContext(data.context, both[0].company.tenant_id, uuid4(), "sync.meta_ads", params, 9, deaths=8)
    with pytest.raises(JobFailed, match="Our ads: the worker that reads it ended in the middle, 8 times"):
        await sync_sources(job)
    # The other one is not to blame.
    assert [run.source.source_id for run in vendor.runs[runs:]] == [both[1].id]
    state = await both[0].state()
    assert state["reason"].startswith("the worker that reads it ended")
    assert now() < datetime.fromisoformat(state["next_sync_at"]) <= now() + timedelta(minutes=15)


async def test_workers_that_ended_over_a_source_are_not_held_against_the_next_one(data: Data, vendor: Vendor):
    ours = await connect(data, vendor)
    await ours.first_sync()
    tenant_id, job_id = ours.company.tenant_id, await ours.job_id()
    assert job_id is not None
    await data.admin.execute("update data.job set deaths = 7, died_at = 40 where job_id = $1", job_id)
    async with data.context.db.tenant(tenant_id) as connection:
        await note_settled(connection, tenant_id, job_id, ours.id, "")
    row = await data.admin.fetchrow("select deaths, died_at from data.job where job_id = $1", job_id)
    assert row is not None
    assert tuple(row) == (0, 0)


async def test_what_breaks_in_settling_is_told_and_nothing_is_read_again_for_it(
    data: Data, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
):
    ours = await connect(data, vendor)
    await ours.first_sync()
    runs, read_at = len(vendor.runs), (await ours.state())["last_sync_at"]

    async def settle(connection: Connection, tenant_id: UUID, read: Source, error: VendorError | None, *_: Any) -> None:
        await settle_sync(connection, tenant_id, read, error)
        if error is None:
            await connection.execute("select 1 / 0")

    monkeypatch.setattr(work, "settle_sync", settle)
    job = await ours.fell_due()
    state = await ours.state()
    assert (job["status"], "internal error (DivisionByZeroError)" in job["error"]) == ("failed", True)
    assert (state["reason"], state["last_sync_at"], len(vendor.runs)) == (job["error"], read_at, runs + 1)
