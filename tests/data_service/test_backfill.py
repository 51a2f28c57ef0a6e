import asyncio
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from common.clock import now
from common.jobs import JobContext
from services.data_service.domain.backfill import room_for_backfill
from services.data_service.domain.backfill.backfill_plan import QuotaNeed
from services.data_service.domain.backfill.read_piece import read_piece
from services.data_service.domain.syncs.internal_errors import InternalFailure
from services.data_service.domain.syncs.source_kinds import SOURCE_KINDS
from services.data_service.domain.syncs.sync_run import ToBeContinued
from services.data_service.jobs import backfill as engine
from services.data_service.sources.vendor import NeedsAttention, QuotaSpent, VendorAway
from services.data_service.store.syncs.backfill_pieces import Piece, Standing, next_piece, standing
from tests.data_service.fake_vendor import FakeVendor, connect, days_from, days_stored, order
from tests.data_service.harness import Company, Data

pytestmark = pytest.mark.asyncio(loop_scope="module")
FIRST, LAST = date(2026, 3, 1), date(2026, 3, 10)


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> FakeVendor:
    """A vendor behind two kinds of source, which nobody has to wait long for."""
    made = FakeVendor()
    for name in ("woocommerce", "ga4"):
        monkeypatch.setitem(SOURCE_KINDS, name, made.kind(name))
    monkeypatch.setattr(engine, "_LEEWAY_SECONDS", (0.0, 0.0))
    monkeypatch.setattr(engine, "_AWAY_SECONDS", (0.01, 0.01))
    return made


async def post(data: Data, company: Company, path: str, body: dict[str, Any], status: int) -> dict[str, Any]:
    answer = await data.api.post(path, json=body, headers=company.headers)
    assert answer.status_code == status, answer.text
    return answer.json()


async def started(data: Data, company: Company, **more: Any) -> dict[str, Any]:
    source_id = await connect(data, company)
    return await post(data, company, "/data/backfill", order(source_id, FIRST, LAST, **more), 202)


async def retried(data: Data, company: Company, job: dict[str, Any]) -> dict[str, Any]:
    await post(data, company, f"/data/ingest/jobs/{job['job_id']}/retry", {}, 202)
    return await data.ended(company, job)


async def test_a_plan_says_what_it_takes_and_loses_and_changes_nothing(data: Data, vendor: FakeVendor):
    company = await data.company()
    source_id = await connect(data, company)
    vendor.keeps_from = date(2026, 3, 4)
    vendor.quota = QuotaNeed("tokens", 1_000, per_hour=200, per_day=2_000, left_this_hour=100, left_today=1_500)

    plan = await post(data, company, "/data/backfill/plan", order(source_id, FIRST, LAST), 200)

    assert (plan["days"], plan["readable_days"], plan["pieces"], plan["requests"]) == (10, 7, 4, 10)
    # 100 in this hour and 200 in each of the five after it.
    assert (plan["quota"]["needed"], plan["quota"]["hours"], plan["quota"]["days"]) == (1_000, 6, 1)
    assert plan["expected_seconds"] == 5 * 3600 + 5
    assert plan["lost"] == [
        {"start_date": "2026-03-01", "end_date": "2026-03-03", "reason": "the vendor keeps no older days"}
    ]
    assert plan["present"] == {"days": 0, "first_day": None, "last_day": None}
    assert vendor.asked == []
    assert not await data.admin.fetchval("select true from data.job where tenant_id = $1", company.tenant_id)


async def test_days_are_read_newest_first_and_all_of_them(data: Data, vendor: FakeVendor):
    company = await data.company()
    job = await started(data, company)

    ended = await data.ended(company, job)

    assert (ended["status"], ended["counts"]) == ("completed", {"ad_performance": 10})
    assert ended["progress"] == {"done": 10, "total": 10, "percent": 100.0}
    assert vendor.asked == [(date(2026, 3, last - 1), date(2026, 3, last)) for last in (10, 8, 6, 4, 2)]
    assert await days_stored(data, company) == days_from(FIRST, LAST)


async def test_what_is_there_already_is_in_the_plan_and_reading_it_again_changes_nothing(
    data: Data, vendor: FakeVendor
):
    company = await data.company()
    source_id = await connect(data, company)
    body = order(source_id, date(2026, 3, 9), LAST)
    first, second = [
        await data.ended(company, await post(data, company, "/data/backfill", body, 202)) for _ in range(2)
    ]
    plan = await post(data, company, "/data/backfill/plan", order(source_id, FIRST, LAST), 200)

    assert (first["counts"], second["counts"]) == ({"ad_performance": 2}, {"unchanged": 2})
    assert plan["present"] == {"days": 2, "first_day": "2026-03-09", "last_day": "2026-03-10"}
    assert len(vendor.asked) == 2


async def test_days_that_the_vendor_has_no_more_are_counted_and_never_asked_for(data: Data, vendor: FakeVendor):
    company = await data.company()
    vendor.keeps_from = date(2026, 3, 4)

    ended = await data.ended(company, await started(data, company))

    assert (ended["status"], ended["counts"]) == ("completed", {"ad_performance": 7, "lost_days": 3})
    assert ended["progress"]["total"] == 7
    assert await days_stored(data, company) == days_from(date(2026, 3, 4), LAST)


async def test_a_quota_that_is_spent_at_80_percent_is_waited_for_without_a_slot(data: Data, vendor: FakeVendor):
    company = await data.company()
    until = now() + timedelta(hours=1)
    vendor.answers[date(2026, 3, 2)] = [QuotaSpent("the tokens of this hour are spent", until)]
    job = await started(data, company)
    async with asyncio.timeout(30):
        while not (waiting := await state_of(data, company, job))["note"]:
            await asyncio.sleep(0.02)
    await data.end_the_wait(job)
    ended = await data.ended(company, job)

    assert (waiting["status"], waiting["note"]) == ("queued", "the tokens of this hour are spent")
    assert waiting["progress"] == {"done": 8, "total": 10, "percent": 80.0}
    assert waiting["resumes_at"] is not None
    assert waiting["eta"] > waiting["resumes_at"]
    assert (ended["status"], ended["counts"]) == ("completed", {"ad_performance": 10})
    assert (ended["note"], ended["resumes_at"], ended["eta"]) == ("", None, None)
    assert len(vendor.asked) == 6


async def test_a_token_that_expires_in_the_middle_fails_the_job_and_a_retry_reads_the_rest(
    data: Data, vendor: FakeVendor
):
    company = await data.company()
    vendor.answers[date(2026, 3, 5)] = [NeedsAttention("The access token has expired: connect the account again")]

    failed = await data.ended(company, await started(data, company))
    stored = await days_stored(data, company)
    is_due = "select next_sync_at <= now() or last_sync_at is not null from data.source where tenant_id = $1"
    looks_itself = await data.admin.fetchval(is_due, company.tenant_id)
    vendor.asked.clear()
    ended = await retried(data, company, failed)

    assert failed["status"] == "failed"
    # Whether they refuse more than these days is for the source's own sync to find out.
    assert looks_itself
    assert failed["error"] == (
        "The access token has expired: connect the account again (not read: 2026-03-01 to 2026-03-06)."
        " A retry goes on with just these days."
    )
    # What of the piece was read before stays.
    assert stored == days_from(date(2026, 3, 6), LAST)
    assert (ended["status"], ended["counts"]) == ("completed", {"ad_performance": 10, "unchanged": 1})
    assert vendor.asked[0] == (date(2026, 3, 5), date(2026, 3, 6))
    assert await days_stored(data, company) == days_from(FIRST, LAST)


async def test_a_vendor_that_was_away_for_a_while_is_asked_again(data: Data, vendor: FakeVendor):
    company = await data.company()
    vendor.answers[date(2026, 3, 8)] = [VendorAway("it answered 503"), VendorAway("it answered HTML")]

    ended = await data.ended(company, await started(data, company))

    assert ended["status"] == "completed"
    assert await days_stored(data, company) == days_from(FIRST, LAST)


@pytest.mark.parametrize("asked", [1e12, 10**400], ids=["years", "400 digits"])
async def test_a_vendor_is_not_left_alone_for_years(data: Data, vendor: FakeVendor, asked: float):
    company = await data.company()
    vendor.answers[LAST] = [VendorAway("it answered 429", asked)]
    job = await started(data, company)
    async with asyncio.timeout(30):
        while not (waiting := await state_of(data, company, job))["note"]:
            await asyncio.sleep(0.02)
    assert datetime.fromisoformat(waiting["resumes_at"]) <= now() + timedelta(hours=25)

    await post(data, company, f"/data/ingest/jobs/{job['job_id']}/cancel", {}, 200)
    vendor.plans = [VendorAway("it answered 429", asked)]
    body = order(await connect(data, company), FIRST, LAST)
    answer = await data.api.post("/data/backfill/plan", json=body, headers=company.headers)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, str(25 * 3600))


async def test_days_that_fail_for_good_are_named_and_only_they_are_retried(data: Data, vendor: FakeVendor):
    company = await data.company()
    vendor.answers[date(2026, 3, 8)] = [VendorAway("The vendor answered 500.") for _ in range(3)]

    failed = await data.ended(company, await started(data, company))
    vendor.asked.clear()
    ended = await retried(data, company, failed)

    assert failed["status"] == "failed"
    assert failed["error"] == (
        "The vendor answered 500 (not read: 2026-03-07 to 2026-03-08). A retry goes on with just these days."
    )
    assert failed["progress"] == {"done": 8, "total": 10, "percent": 80.0}
    assert ended["status"] == "completed"
    assert vendor.asked == [(date(2026, 3, 7), date(2026, 3, 8))]


async def test_days_that_we_stumble_over_are_named_and_all_others_are_read(
    data: Data, vendor: FakeVendor, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(engine, "_MORE_OF_OURS", 0)
    company = await data.company()
    vendor.answers[date(2026, 3, 8)] = [KeyError("impressions")]

    failed = await data.ended(company, await started(data, company))

    assert failed["status"] == "failed"
    assert "internal error (KeyError)" in failed["error"]
    assert "(not read: 2026-03-07 to 2026-03-08)" in failed["error"]
    assert failed["progress"]["done"] == 8
    assert vendor.asked[-1] == (date(2026, 3, 1), date(2026, 3, 2))


async def test_what_a_vendor_gathers_is_waited_for_without_a_slot(data: Data, vendor: FakeVendor):
    company = await data.company()
    later = now() + timedelta(hours=1)
    vendor.answers[LAST] = [ToBeContinued(), ToBeContinued(later, "They gather a report")]
    job = await started(data, company)
    async with asyncio.timeout(30):
        while not (waiting := await state_of(data, company, job))["note"]:
            await asyncio.sleep(0.02)
    tries = await data.admin.fetchval("select sum(attempts) from data.backfill_piece where job_id = $1", job["job_id"])
    await post(data, company, f"/data/ingest/jobs/{job['job_id']}/cancel", {}, 200)

    assert (waiting["status"], waiting["note"]) == ("queued", "They gather a report")
    assert datetime.fromisoformat(waiting["resumes_at"]) == later
    assert (tries, vendor.asked) == (0, [(date(2026, 3, 9), LAST)] * 2)


async def test_the_rest_of_a_plan_made_for_another_account_is_not_read(data: Data, vendor: FakeVendor):
    company = await data.company()
    source_id = await connect(data, company)
    await data.admin.execute('update data.source set config = \'{"account": "one"}\' where source_id = $1', source_id)
    vendor.hold = asyncio.Event()
    job = await post(data, company, "/data/backfill", order(source_id, FIRST, LAST), 202)
    await vendor.at_work.wait()
    await data.admin.execute('update data.source set config = \'{"account": "two"}\' where source_id = $1', source_id)
    vendor.hold.set()

    failed = await data.ended(company, job)

    assert failed["status"] == "failed"
    assert "no longer reads one" in failed["error"]
    assert "(not read: 2026-03-01 to 2026-03-08)" in failed["error"]
    assert len(vendor.asked) == 1


async def test_a_tenant_has_a_few_unfinished_backfills_at_most_however_they_are_asked_for(
    data: Data, vendor: FakeVendor, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(room_for_backfill, "_MOST_UNFINISHED", 2)
    company = await data.company()
    vendor.hold = asyncio.Event()
    job = await started(data, company)
    await vendor.at_work.wait()
    body = order(await connect(data, company), FIRST, LAST)
    asked = [data.api.post("/data/backfill", json=body, headers=company.headers) for _ in range(3)]
    at_once = sorted(await asyncio.gather(*asked), key=lambda answer: answer.status_code)
    second = at_once[0].json()
    again = f"/data/ingest/jobs/{second['job_id']}/retry"
    await post(data, company, f"/data/ingest/jobs/{second['job_id']}/cancel", {}, 200)
    third = await post(data, company, "/data/backfill", body, 202)
    refused = await post(data, company, again, {}, 409)
    vendor.hold.set()
    for one in (job, third):
        await data.ended(company, one)

    assert [answer.status_code for answer in at_once] == [202, 409, 409]
    assert refused["type"] == "urn:branchwise:problem:too-many-backfills"
    assert (await retried(data, company, second))["status"] == "completed"


async def test_a_vendor_that_stays_away_ends_the_job_before_every_piece_was_tried(data: Data, vendor: FakeVendor):
    company = await data.company()
    for day in days_from(FIRST, LAST):
        vendor.answers[day] = [VendorAway("no answer") for _ in range(3)]

    failed = await data.ended(company, await started(data, company))

    assert failed["status"] == "failed"
    assert "no answer (not read: 2026-03-05 to 2026-03-10)." in failed["error"]
    assert "Not asked for: 2026-03-01 to 2026-03-04." in failed["error"]
    assert {asked[0] for asked in vendor.asked} == {date(2026, 3, first) for first in (5, 7, 9)}


async def test_a_cancelled_backfill_stops_and_keeps_what_is_in(data: Data, vendor: FakeVendor):
    company = await data.company()
    vendor.hold = asyncio.Event()
    job = await started(data, company)
    await vendor.at_work.wait()
    await post(data, company, f"/data/ingest/jobs/{job['job_id']}/cancel", {}, 200)
    vendor.hold.set()

    ended = await data.ended(company, job)
    asked = len(vendor.asked)
    vendor.hold = None
    again = await retried(data, company, job)

    assert (ended["status"], asked) == ("cancelled", 1)
    assert again["status"] == "completed"
    assert await days_stored(data, company) == days_from(FIRST, LAST)


async def test_days_over_which_every_worker_ends_are_not_asked_for_again_and_again(data: Data, vendor: FakeVendor):
    company = await data.company()
    vendor.hold = asyncio.Event()
    job = await started(data, company)
    await vendor.at_work.wait()
    piece, stands = await first_piece(data, company, job)
    asked = len(vendor.asked)
    tenth = JobContext(data.context, company.tenant_id, UUID(job["job_id"]), job["kind"], {}, 9, deaths=8)
    with pytest.raises(InternalFailure, match="ended in the middle, 8 times"):
        await read_piece(tenth, piece, stands)
    assert len(vendor.asked) == asked
    vendor.hold.set()
    await data.ended(company, job)


async def test_a_piece_that_two_workers_read_at_once_is_in_once(data: Data, vendor: FakeVendor):
    company = await data.company()
    vendor.hold = asyncio.Event()
    job = await started(data, company)
    await vendor.at_work.wait()
    piece, stands = await first_piece(data, company, job)
    vendor.at_work.clear()
    second = JobContext(data.context, company.tenant_id, UUID(job["job_id"]), job["kind"], {}, 1)
    twice = asyncio.create_task(read_piece(second, piece, stands))
    await vendor.at_work.wait()
    vendor.hold.set()
    await twice

    ended = await data.ended(company, job)
    assert (ended["status"], ended["progress"]["done"]) == ("completed", 10)
    assert vendor.asked[:2] == [(date(2026, 3, 9), LAST)] * 2
    assert await days_stored(data, company) == days_from(FIRST, LAST)


async def test_a_source_that_was_removed_meanwhile_is_no_success(data: Data, vendor: FakeVendor):
    company = await data.company()
    vendor.hold = asyncio.Event()
    job = await started(data, company)
    await vendor.at_work.wait()
    await data.admin.execute("delete from data.source where tenant_id = $1", company.tenant_id)
    vendor.hold.set()

    ended = await data.ended(company, job)

    assert ended["status"] == "failed"
    assert "(not read: 2026-03-01 to 2026-03-08)" in ended["error"]


async def test_ingesting_reads_the_ga4_properties_for_what_was_asked(data: Data, vendor: FakeVendor):
    company = await data.company()
    await connect(data, company, "ga4")
    await connect(data, company, "ga4", "paused")
    await connect(data, company, "woocommerce")
    body = order(None, date(2026, 3, 9), LAST, data_types=["users", "events"])

    ended = await data.ended(company, await post(data, company, "/data/ingest/start", body, 202))

    assert (ended["kind"], ended["status"], ended["progress"]["total"]) == ("backfill.ga4", "completed", 2)
    assert vendor.data_types == [frozenset({"users", "events"})]


async def test_a_property_that_refuses_does_not_keep_another_from_being_read(data: Data, vendor: FakeVendor):
    company = await data.company()
    for _ in range(2):
        await connect(data, company, "ga4")
    vendor.answers[LAST] = [NeedsAttention("no access to the property")]

    failed = await data.ended(company, await post(data, company, "/data/ingest/start", order(None, FIRST, LAST), 202))
    stored = await days_stored(data, company)
    vendor.asked.clear()
    ended = await retried(data, company, failed)

    assert failed["status"] == "failed"
    assert failed["error"].startswith("no access to the property (not read: 2026-03-01 to 2026-03-10).")
    assert failed["progress"] == {"done": 10, "total": 20, "percent": 50.0}
    assert stored == days_from(FIRST, LAST)
    assert (ended["status"], len(vendor.asked)) == ("completed", 5)


async def test_ingesting_without_a_property_says_how_to_connect_one(data: Data, vendor: FakeVendor):
    del vendor
    company = await data.company()

    problem = await post(data, company, "/data/ingest/start", order(None, FIRST, LAST), 409)

    assert "POST /data/sources" in problem["detail"]


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (LAST, FIRST, "start_date"),
        (date(2021, 3, 10), date(2026, 3, 10), "end_date"),
        (date(2021, 3, 11), date(2100, 3, 10), "end_date"),
        (date(1999, 12, 31), FIRST, "start_date"),
    ],
)
async def test_days_that_make_no_range_are_refused_by_name(
    data: Data, vendor: FakeVendor, first: date, last: date, field: str
):
    del vendor
    company = await data.company()
    source_id = await connect(data, company)
    for path in ("/data/backfill", "/data/backfill/plan"):
        problem = await post(data, company, path, order(source_id, first, last), 422)
        assert [error["field"] for error in problem["errors"]] == [field]


async def test_five_years_to_the_day_before_are_taken(data: Data, vendor: FakeVendor):
    company = await data.company()
    source_id = await connect(data, company)
    vendor.days_per_piece = 30

    plan = await post(data, company, "/data/backfill/plan", order(source_id, date(2021, 3, 11), LAST), 200)

    assert (plan["days"], plan["pieces"]) == (1826, 61)


async def test_a_source_of_another_tenant_or_a_paused_one_is_refused(data: Data, vendor: FakeVendor):
    del vendor
    company, other = await data.company(), await data.company()
    theirs, paused = await connect(data, other), await connect(data, company, status="paused")

    for path in ("/data/backfill", "/data/backfill/plan"):
        await post(data, company, path, order(theirs, FIRST, LAST), 404)
        await post(data, company, path, order(paused, FIRST, LAST), 409)


async def test_a_source_that_needs_attention_is_not_called_before_somebody_has_acted(data: Data, vendor: FakeVendor):
    company = await data.company()
    source_id = await connect(data, company, "ga4", "needs_attention")
    why = "update data.source set reason = 'The key is refused: store another.' where source_id = $1"
    await data.admin.execute(why, source_id)
    # (it would be raised by the plan if it were asked)
    vendor.plans = [VendorAway("it was called")]

    for path, source in (
        ("/data/backfill", source_id),
        ("/data/backfill/plan", source_id),
        ("/data/ingest/start", None),
    ):
        problem = await post(data, company, path, order(source, FIRST, LAST), 409)
        assert problem["type"].endswith("source-needs-attention")
        assert problem["detail"].startswith(
            "The key is refused: store another. Once that is done, have the source tested"
        )
        assert f"/data/sources/{source_id}/test" in problem["detail"]

    assert vendor.plans
    assert vendor.asked == []


async def test_a_retry_does_not_call_a_source_that_was_refused_meanwhile(data: Data, vendor: FakeVendor):
    company = await data.company()
    vendor.answers[LAST] = [VendorAway("it answered 503")] * 3
    failed = await data.ended(company, await started(data, company))
    refused = "update data.source set status = 'needs_attention' where tenant_id = $1"
    await data.admin.execute(refused, company.tenant_id)
    vendor.asked.clear()

    ended = await retried(data, company, failed)

    assert (failed["status"], ended["status"], vendor.asked) == ("failed", "failed", [])
    assert "have the source tested" in ended["error"]


async def first_piece(data: Data, company: Company, job: dict[str, Any]) -> tuple[Piece, Standing]:
    async with data.context.db.tenant(company.tenant_id) as connection:
        piece = await next_piece(connection, company.tenant_id, UUID(job["job_id"]))
        assert piece is not None
        return piece, await standing(connection, company.tenant_id, UUID(job["job_id"]))


async def state_of(data: Data, company: Company, job: dict[str, Any]) -> dict[str, Any]:
    return (await data.api.get(f"/data/ingest/jobs/{job['job_id']}", headers=company.headers)).json()
