import asyncio
import json
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from services.data_service.domain.meta_ads import await_report
from services.data_service.domain.syncs import sync_run
from services.data_service.domain.syncs.sync_run import ToBeContinued
from services.data_service.sources.meta_ads import account_reader
from services.data_service.sources.meta_ads.refusals import TooMuchData
from services.data_service.sources.vendor import VendorAway
from tests.data_service.meta_ads.connected import Connected, account_day
from tests.standins.meta_ads.world import Fault

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_many_days_are_gathered_by_a_report_that_nobody_waits_for(meta: Connected):
    meta.world.polls = 2
    job_id, days = uuid4(), (account_day(31), account_day(2))
    with pytest.raises(ToBeContinued, match="Meta gathers its report of") as later:
        await meta.sync(days, job_id)
    assert later.value.at is not None
    with pytest.raises(ToBeContinued):
        await meta.sync()
    # (the routine sync goes on in a place of its own)
    await meta.sync(days, job_id)
    assert len(meta.world.runs) == 2
    # (the routine sync reads yesterday and today at once)
    methods = [one.method for one in meta.world.asked if one.path.endswith("act_1001/insights")]
    assert methods == ["POST", "GET", "POST"]
    assert len(await meta.figures()) == 3 * (2 + 30)


async def test_chunks_shrink_to_weeks_and_then_days_where_meta_says_that_it_is_too_much(meta: Connected):
    meta.world.row_limit = 3 * 3
    await meta.sync((account_day(16), account_day(2)))
    assert (await meta.figures()).keys() == meta.told(account_day(16), account_day(2))
    assert _lengths(meta) == [15, 7, *[1] * 15]


async def test_a_week_at_a_time_stays_a_week(meta: Connected):
    meta.world.row_limit = 3 * 7
    await meta.sync((account_day(31), account_day(2)))
    assert _lengths(meta) == [30, 7, 7, 7, 7, 2]
    assert len(await meta.figures()) == 3 * 30


async def test_a_day_that_is_too_much_by_itself_is_said_and_nothing_is_claimed(meta: Connected):
    meta.world.row_limit = 2
    with pytest.raises(TooMuchData, match="smallest question"):
        await meta.sync()
    assert await meta.position("insights") is None


@pytest.mark.parametrize("status", ["Job Failed", "Job Skipped"])
async def test_a_report_that_comes_to_nothing_is_asked_for_in_smaller_ones(meta: Connected, status: str):
    meta.world.run_status = status
    await meta.sync((account_day(9), account_day(2)))
    assert (await meta.figures()).keys() == meta.told(account_day(9), account_day(2))


async def test_a_job_that_broke_off_while_it_waited_goes_on_with_the_same_report(meta: Connected):
    job_id, days = uuid4(), (account_day(31), account_day(2))
    meta.world.polls = 0
    meta.world.faults.append(Fault("hang_up", "6000000000"))
    with pytest.raises(VendorAway):
        await meta.sync(days, job_id)
    await meta.sync(days, job_id)
    assert len(meta.world.runs) == 1
    assert len(await meta.figures()) == 3 * 30


async def test_a_report_that_is_gone_meanwhile_is_asked_for_again(meta: Connected):
    job_id, days = uuid4(), (account_day(31), account_day(2))
    meta.world.faults += [Fault("hang_up", "6000000000"), Fault("no_object", "6000000000")]
    with pytest.raises(VendorAway):
        await meta.sync(days, job_id)
    await meta.sync(days, job_id)
    assert len(meta.world.runs) == 2
    assert len(await meta.figures()) == 3 * 30


async def test_a_report_that_is_gone_before_it_is_read_does_not_accuse_the_account(meta: Connected):
    meta.world.faults.append(Fault("no_object", "6000000000/insights"))
    await meta.sync((account_day(31), account_day(2)))
    assert len(await meta.figures()) == 3 * 30


async def test_a_vendor_that_loses_every_report_is_away(meta: Connected):
    meta.world.faults += [Fault("no_object", f"600000000{number}") for number in range(3)]
    with pytest.raises(VendorAway, match="loses the reports"):
        await meta.sync((account_day(31), account_day(2)))


async def test_a_report_that_is_not_done_after_half_an_hour_is_ordered_anew_and_in_the_end_given_up(
    meta: Connected, monkeypatch: pytest.MonkeyPatch
):
    meta.world.polls = 100
    job_id, days = uuid4(), (account_day(31), account_day(2))
    with pytest.raises(ToBeContinued):
        await meta.sync(days, job_id)
    monkeypatch.setattr(await_report, "_LONGEST", timedelta(0))
    with pytest.raises(VendorAway, match="does not finish them"):
        await meta.sync(days, job_id)
    assert len(meta.world.runs) == 3
    # The next attempt begins anew.
    meta.world.polls = 0
    await meta.sync(days, job_id)
    assert len(meta.world.runs) == 4
    assert len(await meta.figures()) == 3 * 30


async def test_a_long_reading_makes_way_between_pages_and_reads_none_twice(
    meta: Connected, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(account_reader, "ROWS_PER_PAGE", 10)
    monkeypatch.setattr(sync_run, "STEP_SECONDS", -1.0)
    job_id, days, steps = uuid4(), (account_day(31), account_day(2)), 1
    while await makes_way(meta, days, job_id):
        steps += 1
    assert steps == len(meta.asked("6000000000/insights")) == 9
    assert len(meta.world.runs) == 1
    assert len(await meta.figures()) == 3 * 30


async def makes_way(meta: Connected, days: tuple[date, date], job_id: UUID) -> bool:
    """Whether a step did not come to the end."""
    try:
        await meta.sync(days, job_id)
    except ToBeContinued:
        return True
    return False


async def test_a_job_that_is_killed_between_pages_goes_on_at_the_next(meta: Connected, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(account_reader, "ROWS_PER_PAGE", 10)
    job_id, days = uuid4(), (account_day(31), account_day(2))
    meta.world.faults.append(Fault("time_out", "6000000000/insights", after=4))
    killed = asyncio.create_task(meta.sync(days, job_id))
    async with asyncio.timeout(20):
        while len(meta.asked("6000000000/insights")) < 5:
            await asyncio.sleep(0.01)
    killed.cancel()
    with pytest.raises(asyncio.CancelledError):
        await killed
    assert len(await meta.figures()) == 40
    meta.world.asked.clear()
    await meta.sync(days, job_id)
    assert len(meta.asked("6000000000/insights")) == 5
    assert len(meta.world.runs) == 1
    assert len(await meta.figures()) == 90


async def test_what_is_gone_is_noticed_also_by_a_job_that_went_on_in_the_middle(
    meta: Connected, monkeypatch: pytest.MonkeyPatch
):
    days = (account_day(31), account_day(2))
    await meta.sync(days)
    campaign_id = meta.account.campaigns[0]["id"]
    meta.account.forget(campaign_id, days[0].isoformat())
    monkeypatch.setattr(account_reader, "ROWS_PER_PAGE", 10)
    job_id = uuid4()
    meta.world.faults.append(Fault("hang_up", "6000000001/insights", after=4))
    with pytest.raises(VendorAway):
        await meta.sync(days, job_id)
    await meta.sync(days, job_id)
    assert (await meta.figures())[campaign_id, days[0]] == (0, 0, 0, 0, 0)
    assert len(await meta.history()) == 1
    assert len(meta.world.runs) == 2


def _lengths(meta: Connected) -> list[int]:
    """The days of each question that was asked."""
    asked = [json.loads(one["time_range"]) for one in meta.asked("act_1001/insights")]
    dates = [(account_day().fromisoformat(one["since"]), account_day().fromisoformat(one["until"])) for one in asked]
    return [(until - since + timedelta(days=1)).days for since, until in dates]
