import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from uuid import uuid4

import asyncpg
import pytest

from common.clock import now
from common.events.contracts.data_source_changed import SourceChanged
from common.jobs import JobContext
from services.data_service.domain.syncs.internal_errors import TRIES, InternalFailure, reporting_internal_errors
from services.data_service.domain.syncs.plan_syncs import plan_syncs
from services.data_service.domain.syncs.sync_run import Finding, ToBeContinued
from services.data_service.errors import SourceNotFound
from services.data_service.sources.vendor import NeedsAttention, QuotaSpent, VendorAway
from services.data_service.store.events.months import MonthNotMade
from tests.data_service.harness import Data, events_of
from tests.data_service.sources.connected import Connected, Vendor, connect

pytestmark = pytest.mark.asyncio(loop_scope="module")
REFUSED = NeedsAttention("Meta refuses the access token: it has expired. Make a new one and give it here.")


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


async def test_a_new_source_is_read_at_once_and_again_a_quarter_of_an_hour_later(data: Data, vendor: Vendor):
    ours = await connect(data, vendor)
    job = await ours.first_sync()
    assert (job["kind"], job["status"], job["counts"]) == ("sync.meta_ads", "completed", {"days": 1})
    state = await ours.state()
    assert (state["status"], state["reason"]) == ("active", "")
    assert instant(state["last_sync_at"]) <= now()
    assert timedelta(minutes=12) < instant(state["next_sync_at"]) - now() <= timedelta(minutes=15)
    [run] = vendor.runs
    assert run.secrets == {"access_token": "EAAsecret"}
    assert (run.days, run.reads_window, run.tenant.zone.key) == (None, True, "America/Chicago")


async def test_a_vendor_that_is_away_degrades_its_source_the_third_time_and_an_answer_heals_it(
    data: Data, vendor: Vendor
):
    ours = await connect(data, vendor)
    await ours.first_sync()
    vendor.answers = [VendorAway("Meta did not answer (502).") for _ in range(3)]
    async with events_of(data, ours.company, SourceChanged) as told:
        for failures, status in ((1, "active"), (2, "active"), (3, "degraded")):
            job = await ours.fell_due()
            assert (job["status"], job["error"]) == ("failed", "Meta did not answer (502).")
            state = await ours.state()
            assert (state["status"], state["reason"]) == (status, "Meta did not answer (502).")
            assert instant(state["next_sync_at"]) <= now() + timedelta(minutes=15 * 2 ** (failures - 1))
        assert (await ours.fell_due())["status"] == "completed"
        assert (await ours.state())["reason"] == ""
        async with asyncio.timeout(20):
            while len(told) < 2:
                await asyncio.sleep(0.02)
    assert [(change.status, change.reason) for change in told] == [
        ("degraded", "Meta did not answer (502)."),
        ("active", ""),
    ]


async def test_a_vendor_that_names_a_time_is_left_alone_until_then(data: Data, vendor: Vendor):
    ours = await connect(data, vendor)
    await ours.first_sync()
    vendor.answers = [VendorAway("Meta asks to be left alone.", retry_after=3000)]
    await ours.fell_due()
    assert timedelta(seconds=2900) < instant((await ours.state())["next_sync_at"]) - now() < timedelta(seconds=3400)


async def test_a_spent_quota_waits_for_the_next_one_and_says_so(data: Data, vendor: Vendor):
    ours = await connect(data, vendor)
    await ours.first_sync()
    until = now() + timedelta(hours=3)
    vendor.answers = [QuotaSpent("No calls are left until 17:00; 3 days are still to be read.", until)]
    job = await ours.fell_due()
    assert (job["status"], job["counts"]) == ("failed", {"days": 1})
    assert "3 days are still to be read" in job["error"]
    state = await ours.state()
    assert (state["status"], state["reason"]) == ("active", job["error"])
    # (not all who wait for it are there at its first second)
    assert timedelta(seconds=5) <= instant(state["next_sync_at"]) - until <= timedelta(seconds=60)


async def stopped(data: Data, vendor: Vendor) -> Connected:
    """A source whose credentials were refused."""
    ours = await connect(data, vendor)
    await ours.first_sync()
    vendor.answers = [REFUSED]
    await ours.fell_due()
    state = await ours.state()
    assert (state["status"], state["reason"], state["next_sync_at"]) == ("needs_attention", REFUSED.reason, None)
    return ours


async def test_a_source_whose_credentials_were_refused_is_called_no_more(data: Data, vendor: Vendor):
    ours = await stopped(data, vendor)
    await ours.make_due()
    assert await plan_syncs(data.context.db) == 0
    assert len(vendor.runs) == 2
    vendor.answers = [VendorAway("Meta did not answer (502).")]
    await ours.asked()
    state = await ours.state()
    assert (state["status"], state["reason"], state["next_sync_at"]) == ("needs_attention", REFUSED.reason, None)


async def test_refused_credentials_are_told_of(data: Data, vendor: Vendor):
    ours = await connect(data, vendor)
    await ours.first_sync()
    vendor.answers = [REFUSED]
    async with events_of(data, ours.company, SourceChanged) as told:
        await ours.fell_due()
        async with asyncio.timeout(20):
            while not told:
                await asyncio.sleep(0.02)
    [change] = told
    assert (change.source_id, change.kind, change.name) == (ours.id, "meta_ads", "Our ads")
    assert (change.status, change.reason) == ("needs_attention", REFUSED.reason)


async def test_a_reason_that_quotes_what_no_database_takes_is_kept_without_it(data: Data, vendor: Vendor):
    ours = await connect(data, vendor)
    await ours.first_sync()
    vendor.answers = [VendorAway("They sent\0 \ud800<html>\n" + "x" * 1000)]
    job = await ours.fell_due()
    assert job["error"] == ("They sent <html> " + "x" * 1000)[:500]
    assert (await ours.state())["reason"] == job["error"]


async def test_a_source_that_needs_attention_is_tried_again_when_it_is_set_active(data: Data, vendor: Vendor):
    ours = await stopped(data, vendor)
    changed = await ours.put(status="active")
    assert (changed["status"], changed["reason"]) == ("active", "")
    assert instant(changed["next_sync_at"]) <= now()


async def test_a_sync_that_somebody_asks_for_plans_nothing_where_a_person_must_act(data: Data, vendor: Vendor):
    ours = await stopped(data, vendor)
    vendor.is_open.clear()
    vendor.waiting.clear()
    answer = await data.api.post("/api/sync/meta-ads", headers=ours.company.headers)
    await vendor.waiting.wait()
    assert (await ours.state())["next_sync_at"] is None
    vendor.answers = [REFUSED]
    vendor.is_open.set()
    await data.ended(ours.company, answer.json())


async def test_a_sync_is_not_retried(data: Data, vendor: Vendor):
    ours = await connect(data, vendor)
    job = await ours.first_sync()
    answer = await data.api.post(f"/data/ingest/jobs/{job['job_id']}/retry", headers=ours.company.headers)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:branchwise:problem:sync-not-retried")


async def test_new_secrets_are_tried_at_once(data: Data, vendor: Vendor):
    ours = await stopped(data, vendor)
    changed = await ours.put(secrets={"access_token": "EAAother"})
    assert (changed["status"], changed["reason"]) == ("active", "")
    assert instant(changed["next_sync_at"]) <= now()
    await ours.fell_due()
    assert vendor.runs[-1].secrets == {"access_token": "EAAother"}


async def test_a_sync_that_succeeds_because_somebody_asked_heals_its_source(data: Data, vendor: Vendor):
    ours = await stopped(data, vendor)
    assert (await ours.asked())["status"] == "completed"
    state = await ours.state()
    assert state["status"] == "active"
    assert instant(state["next_sync_at"]) > now()


async def test_a_test_that_finds_nothing_wrong_heals_its_source(data: Data, vendor: Vendor):
    ours = await stopped(data, vendor)
    vendor.answers = [REFUSED]
    for ok, text, status in ((False, REFUSED.reason, "needs_attention"), (True, "All is well.", "active")):
        answer = await data.api.post(f"{ours.url}/test", headers=ours.company.headers)
        assert answer.json() == {"ok": ok, "findings": [{"ok": ok, "text": text}]}
        assert (await ours.state())["status"] == status


async def test_a_test_with_something_wrong_heals_nothing(data: Data, vendor: Vendor):
    ours = await stopped(data, vendor)
    vendor.findings = [Finding(ok=True, text="It answers."), Finding(ok=False, text="It may not read ads.")]
    answer = await data.api.post(f"{ours.url}/test", headers=ours.company.headers)
    assert answer.json()["ok"] is False
    assert (await ours.state())["status"] == "needs_attention"


async def test_what_was_refused_before_a_change_does_not_stop_the_changed_source(data: Data, vendor: Vendor):
    ours = await connect(data, vendor)
    await ours.first_sync()
    vendor.is_open.clear()
    vendor.waiting.clear()
    vendor.answers = [REFUSED]
    syncing = asyncio.create_task(ours.fell_due())
    await vendor.waiting.wait()
    await ours.put(secrets={"access_token": "EAAother"})
    vendor.is_open.set()
    assert (await syncing)["status"] == "failed"
    assert (await ours.state())["status"] == "active"


async def test_a_mistake_of_ours_is_told_and_tried_again_later(data: Data, vendor: Vendor):
    ours = await connect(data, vendor)
    await ours.first_sync()
    vendor.answers = [KeyError("impressions")]
    job = await ours.fell_due()
    assert (job["status"], "internal error (KeyError)" in job["error"]) == ("failed", True)
    state = await ours.state()
    assert state["reason"] == job["error"]
    assert instant(state["next_sync_at"]) <= now() + timedelta(minutes=15)


async def test_what_breaks_before_the_vendor_is_called_is_told_too(data: Data, vendor: Vendor):
    ours = await connect(data, vendor)
    await ours.first_sync()
    await data.admin.execute(
        "update auth.tenant set time_zone = 'Nowhere/At_All' where tenant_id = $1", ours.company.tenant_id
    )
    job = await ours.fell_due()
    state = await ours.state()
    assert "internal error (ZoneInfoNotFoundError)" in job["error"]
    assert (state["reason"], len(vendor.runs)) == (job["error"], 1)


async def test_a_busy_database_is_not_taken_for_the_vendor(data: Data, vendor: Vendor):
    ours = await connect(data, vendor)
    await ours.first_sync()
    tenant_id, source_id = ours.company.tenant_id, ours.id
    busy, full = asyncpg.DeadlockDetectedError("deadlock detected"), TimeoutError()
    for error, attempt, told in (
        (busy, 1, asyncpg.DeadlockDetectedError),
        (full, 2, TimeoutError),
        (ConnectionResetError(), 99, ConnectionResetError),
        (MonthNotMade(), 2, MonthNotMade),
        (MonthNotMade(), TRIES, InternalFailure),
        (busy, TRIES, InternalFailure),
        (KeyError("spend"), 1, InternalFailure),
        (REFUSED, 1, NeedsAttention),
    ):
        job = JobContext(data.context, tenant_id, uuid4(), "sync.meta_ads", {}, attempt)
        with pytest.raises(told):
            async with reporting_internal_errors(job, source_id):
                raise error
    with pytest.raises(SourceNotFound):
        async with reporting_internal_errors(job, uuid4()):
            raise KeyError("source_id")


async def test_a_sync_that_makes_way_goes_on_behind_others_and_is_settled_once(data: Data, vendor: Vendor):
    vendor.answers = [ToBeContinued(note="There is more"), ToBeContinued(note="There is more")]
    ours = await connect(data, vendor)
    job = await ours.first_sync()
    assert (job["status"], job["counts"]) == ("completed", {"days": 3})
    assert [run.reads_window for run in vendor.runs] == [True] * 3
    # Meanwhile the source itself says that not all of it is there.
    assert [run.source.reason for run in vendor.runs] == ["", "There is more", "There is more"]
    state = await ours.state()
    assert (state["status"], state["reason"]) == ("active", "")


async def test_a_source_that_is_read_in_steps_for_more_than_a_day_is_degraded_until_its_end(data: Data, vendor: Vendor):
    ours = await connect(data, vendor)
    await ours.first_sync()
    vendor.answers = [ToBeContinued(note="There is more"), ToBeContinued(note="There is still more")]
    vendor.is_open.clear()
    vendor.waiting.clear()
    await ours.make_due()
    await plan_syncs(data.context.db)
    await vendor.waiting.wait()
    await data.admin.execute(
        "update data.job set created_at = now() - interval '25 hours' where job_id = $1", await ours.job_id()
    )
    async with events_of(data, ours.company, SourceChanged) as told:
        vendor.is_open.set()
        async with asyncio.timeout(20):
            while len(told) < 2:
                await asyncio.sleep(0.02)
    assert [run.source.status for run in vendor.runs] == ["active", "active", "degraded", "degraded"]
    assert [(change.status, change.reason) for change in told] == [("degraded", "There is more"), ("active", "")]


async def test_steps_after_a_pause_of_ours_are_no_news(data: Data, vendor: Vendor):
    ours = await connect(data, vendor)
    await ours.first_sync()
    await ours.set("last_sync_at = now() - interval '25 hours', updated_at = now() - interval '2 days'")
    vendor.answers = [ToBeContinued(note="There is more")]
    await ours.fell_due()
    assert [run.source.status for run in vendor.runs] == ["active"] * 3


async def test_a_sync_makes_way_after_a_minute(data: Data, vendor: Vendor):
    ours = await connect(data, vendor)
    await ours.first_sync()
    [run] = vendor.runs
    replace(run, step_began=monotonic() - 59).make_way()
    with pytest.raises(ToBeContinued):
        replace(run, step_began=monotonic() - 61).make_way()


async def test_secrets_that_no_key_opens_need_attention(data: Data, vendor: Vendor):
    ours = await connect(data, vendor)
    await ours.first_sync()
    await ours.set("secrets_sealed = 'v1.00000000.AAAA'")
    await ours.fell_due()
    state = await ours.state()
    assert (state["status"], "give them again" in state["reason"]) == ("needs_attention", True)
    assert (await ours.put(secrets={"access_token": "EAAnew"}))["status"] == "active"


async def test_a_paused_source_is_not_read_until_it_goes_on(data: Data, vendor: Vendor):
    ours = await connect(data, vendor)
    await ours.first_sync()
    paused = await ours.put(status="paused")
    assert (paused["status"], paused["next_sync_at"]) == ("paused", None)
    refused = await data.api.post("/api/sync/meta-ads", headers=ours.company.headers)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:branchwise:problem:source-paused")
    await ours.make_due()
    assert await plan_syncs(data.context.db) == 0
    assert (await ours.put(status="active"))["status"] == "active"
    await ours.fell_due()
    assert len(vendor.runs) == 2


async def test_a_sync_that_ends_after_the_pause_leaves_its_source_paused(data: Data, vendor: Vendor):
    vendor.is_open.clear()
    ours = await connect(data, vendor)
    await vendor.waiting.wait()
    await ours.put(status="paused")
    vendor.is_open.set()
    assert (await ours.first_sync())["status"] == "completed"
    state = await ours.state()
    assert (state["status"], state["next_sync_at"]) == ("paused", None)
    assert state["last_sync_at"] is not None


async def test_removing_a_source_stops_its_sync(data: Data, vendor: Vendor):
    vendor.is_open.clear()
    ours = await connect(data, vendor)
    await vendor.waiting.wait()
    job_id = await ours.job_id()
    assert (await data.api.delete(ours.url, headers=ours.company.headers)).status_code == 204
    vendor.is_open.set()
    assert (await data.ended(ours.company, {"job_id": job_id}))["status"] == "cancelled"
