from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from services.data_service.domain.meta_ads import read_today
from services.data_service.domain.syncs.sync_run import ToBeContinued
from services.data_service.sources.meta_ads import account_reader
from services.data_service.sources.vendor import VendorAway
from tests.data_service.meta_ads.connected import Connected, account_day
from tests.standins.meta_ads.world import Fault

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_restated_day_is_told_anew_and_its_earlier_figures_stay_in_the_history(meta: Connected):
    await meta.sync()
    campaign_id, day = meta.account.campaigns[0]["id"], account_day(20)
    before = (await meta.figures())[campaign_id, day]
    meta.account.restate(campaign_id, day.isoformat(), spend="77.70")
    job = await meta.sync(reads_window=True)
    assert (await meta.figures())[campaign_id, day] == (*before[:2], Decimal("77.70"), *before[3:])
    assert (job.counts["restated"], [Decimal(str(said["spend"])) for said in await meta.history()]) == (1, [before[2]])


async def test_todays_figures_come_before_and_while_meta_gathers_the_nights(
    meta: Connected, monkeypatch: pytest.MonkeyPatch
):
    await meta.sync()
    meta.world.polls, job_id = 4, uuid4()
    campaign_id = meta.account.campaigns[0]["id"]
    for spend, every, reads in ((1, 15, 1), (2, 15, 0), (3, 0, 1)):
        meta.world.asked.clear()
        monkeypatch.setattr(read_today, "EVERY", timedelta(minutes=every))
        meta.account.restate(campaign_id, account_day().isoformat(), spend=str(spend))
        with pytest.raises(ToBeContinued, match="Meta gathers"):
            await meta.sync(job_id=job_id, reads_window=True)
        assert (await meta.figures())[campaign_id, account_day()][2] == (spend if reads else spend - 1)
        assert len([one for one in meta.asked("act_1001/insights") if "level" in one]) == reads + (spend == 1)
    await meta.sync(job_id=job_id, reads_window=True)
    assert len(meta.world.runs) == 2


async def test_a_report_that_was_long_in_making_takes_nothing_of_today_back(
    meta: Connected, monkeypatch: pytest.MonkeyPatch
):
    await meta.sync()
    meta.world.polls, job_id = 3, uuid4()
    campaign_id, today = meta.account.campaigns[0]["id"], account_day().isoformat()
    monkeypatch.setattr(read_today, "EVERY", timedelta(0))
    for spend in (1, 2):
        meta.account.restate(campaign_id, today, spend=str(spend))
        with pytest.raises(ToBeContinued, match="Meta gathers"):
            await meta.sync(job_id=job_id, reads_window=True)
    meta.account.restate(campaign_id, today, spend="3")
    await meta.sync(job_id=job_id, reads_window=True)
    assert (await meta.figures())[campaign_id, account_day()][2] == 3
    assert [said["spend"] for said in await meta.history()][1:] == [1, 2]


async def test_a_backfill_through_today_takes_nothing_of_it_back(meta: Connected):
    meta.world.polls, job_id, asked = 3, uuid4(), (account_day(9), account_day())
    campaign_id = meta.account.campaigns[0]["id"]
    with pytest.raises(ToBeContinued, match="Meta gathers"):
        await meta.sync(asked, job_id)
    meta.account.restate(campaign_id, account_day().isoformat(), spend="4")
    meta.world.polls = 0
    await meta.sync()
    for run in meta.world.runs.values():
        run.polls_left = 0
    await meta.sync(asked, job_id)
    assert (await meta.figures())[campaign_id, account_day()][2] == 4


async def test_todays_figures_alone_complete_nothing(meta: Connected):
    meta.world.polls = 9
    with pytest.raises(ToBeContinued):
        await meta.sync(reads_window=True)
    assert (await meta.figures()).keys() == meta.told(account_day(1), account_day())
    assert await meta.position("insights") is None


async def test_the_same_days_read_twice_change_nothing(meta: Connected):
    await meta.sync()
    before = await meta.figures()
    await meta.sync(reads_window=True)
    assert (await meta.figures(), await meta.history()) == (before, [])


async def test_a_campaign_that_is_gone_from_a_day_has_nothing_there_and_its_history_stays(meta: Connected):
    await meta.sync()
    campaign_id, day = meta.account.campaigns[0]["id"], account_day(1)
    before = (await meta.figures())[campaign_id, day]
    meta.account.forget(campaign_id, day.isoformat())
    await meta.sync()
    assert (await meta.figures())[campaign_id, day] == (0, 0, 0, 0, 0)
    assert [said["impressions"] for said in await meta.history()] == [before[0]]


async def test_a_day_of_which_meta_tells_nothing_at_all_is_doubted_and_stays(meta: Connected):
    await meta.sync()
    before = await meta.figures()
    for campaign in meta.account.campaigns:
        meta.account.forget(campaign["id"], account_day(1).isoformat())
    await meta.sync()
    assert await meta.figures() == before
    flag = await meta.data.admin.fetchrow(
        "select day, flag from data.quality_flag where source_id = $1", meta.source_id
    )
    assert flag is not None
    assert tuple(flag) == (account_day(1), "no_longer_told")


async def test_what_a_deleted_campaign_cost_is_still_read(meta: Connected):
    deleted = meta.account.campaigns[0]
    deleted["effective_status"] = "DELETED"
    await meta.sync()
    assert (deleted["id"], account_day()) in await meta.figures()


async def test_pages_that_lead_back_to_themselves_end_the_sync_and_keep_what_was_read(
    meta: Connected, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(account_reader, "ROWS_PER_PAGE", 2)
    meta.world.faults.append(Fault("same_page", "/insights", after=1))
    with pytest.raises(VendorAway, match="lead back"):
        await meta.sync((account_day(1), account_day()))
    assert len(await meta.figures()) == 2


async def test_a_sync_keeps_by_whose_clock_the_account_has_its_days(meta: Connected):
    for zone in ("America/Los_Angeles", "Asia/Tokyo"):
        meta.account.timezone_name = zone
        await meta.sync()
        kept = await meta.data.admin.fetch(
            "select platform, account_id, time_zone from data.ad_account where tenant_id = $1", meta.tenant_id
        )
        assert [tuple(row) for row in kept] == [("meta", meta.account.account_id, zone)]
    asked = [one["fields"] for one in meta.asked(f"act_{meta.account.account_id}")]
    assert asked
    assert all("timezone_name" in fields.split(",") for fields in asked)
