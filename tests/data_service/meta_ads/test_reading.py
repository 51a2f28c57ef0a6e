import json
from datetime import timedelta
from decimal import Decimal

import pytest

from services.data_service.sources.meta_ads import account_reader
from tests.data_service.drift import drift_told
from tests.data_service.meta_ads.connected import Connected, account_day
from tests.standins.meta_ads.world import Fault

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_first_sync_reads_the_days_that_meta_restates_and_today(meta: Connected):
    await meta.sync()
    figures = await meta.figures()
    assert figures.keys() == meta.told(account_day(27), account_day())
    campaign_id, day = min(figures)
    said = meta.account.figures[campaign_id, day.isoformat()]
    purchases = next(one["value"] for one in said["actions"] if one["action_type"] == "omni_purchase")
    value = next(one["value"] for one in said["action_values"] if one["action_type"] == "omni_purchase")
    numbers = (
        int(said["impressions"]),
        int(said["clicks"]),
        Decimal(said["spend"]),
        Decimal(purchases),
        Decimal(value),
    )
    assert figures[campaign_id, day] == numbers


async def test_the_cursor_says_the_day_before_yesterday_and_the_next_sync_reads_the_two_behind_it(meta: Connected):
    await meta.sync()
    assert await meta.position("insights") == {"complete_to": account_day(2).isoformat()}
    meta.world.asked.clear()
    await meta.sync()
    [asked] = meta.asked("/insights")
    assert account_day(1).isoformat() in asked["time_range"]
    assert account_day(2).isoformat() not in asked["time_range"]


async def test_the_nightly_window_reads_28_days_without_moving_the_cursor_back(meta: Connected):
    await meta.sync()
    meta.world.asked.clear()
    job = await meta.sync(reads_window=True)
    # (yesterday and today come first, and with the others)
    assert job.counts["unchanged"] == 3 * (2 + 28)
    first, second, *_ = (json.loads(one["time_range"])["since"] for one in meta.asked("act_1001/insights"))
    assert (first, second) == (account_day(1).isoformat(), account_day(27).isoformat())
    assert await meta.position("insights") == {"complete_to": account_day(2).isoformat()}


async def test_days_that_were_restated_during_an_outage_are_read_until_they_are_final(meta: Connected):
    await meta.sync()
    # (ten nights without: the days that were 27 days old in the first of them have been restated once more since)
    await meta.data.admin.execute(
        "update data.source set window_read_on = $2 where source_id = $1", meta.source_id, account_day(11)
    )
    meta.world.asked.clear()
    await meta.sync(reads_window=True)
    [_, window, *_] = meta.asked("act_1001/insights")
    assert json.loads(window["time_range"])["since"] == account_day(37).isoformat()


async def test_nights_whose_objects_fail_read_no_more_days_than_others(meta: Connected):
    await meta.sync()
    # (the figures came in last night, and nothing was ever read to its end since)
    before = account_day(1, "America/Chicago")
    await meta.data.admin.execute(
        "update data.source set window_read_on = $2 where source_id = $1", meta.source_id, before - timedelta(days=10)
    )
    await meta.data.admin.execute(
        "insert into data.source_cursor (tenant_id, source_id, stream, position) values ($1, $2, 'insights.night', $3)",
        *(meta.tenant_id, meta.source_id, json.dumps({"read_on": before.isoformat()})),
    )
    meta.world.asked.clear()
    await meta.sync(reads_window=True)
    [_, window, *_] = meta.asked("act_1001/insights")
    assert json.loads(window["time_range"])["since"] == account_day(27).isoformat()


async def test_days_that_are_asked_for_are_read_alone_and_move_no_cursor(meta: Connected):
    await meta.sync((account_day(35), account_day(33)))
    assert (await meta.figures()).keys() == meta.told(account_day(35), account_day(33))
    assert await meta.position("insights") is None
    assert meta.asked("/campaigns") == []


async def test_days_that_meta_no_longer_keeps_are_counted_as_such(meta: Connected):
    first = account_day() - timedelta(days=37 * 31)
    job = await meta.sync((first, first + timedelta(days=2)))
    assert job.counts["days_not_kept"] == 3
    assert meta.asked("/insights") == []


async def test_every_page_is_read_a_short_and_an_empty_one_among_them(meta: Connected, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(account_reader, "ROWS_PER_PAGE", 2)
    meta.world.faults += [Fault("short_page", "/insights"), Fault("empty_page", "/insights", after=1)]
    await meta.sync((account_day(2), account_day()))
    assert (await meta.figures()).keys() == meta.told(account_day(2), account_day())


async def test_the_row_says_how_conversions_are_counted_and_keeps_what_else_was_said(meta: Connected):
    day = account_day(1)
    campaign_id = meta.account.campaigns[0]["id"]
    meta.account.restate(
        *(campaign_id, day.isoformat()),
        actions={"purchase": 4, "link_click": 9},
        action_values={"purchase": "99.90"},
        unasked=["quality_ranking"],
        quality_ranking="AVERAGE",
    )
    with drift_told() as told:
        for _ in range(2):
            await meta.sync()
    row = await meta.row(campaign_id, day)
    assert told == ["insights: ['quality_ranking']"]
    assert (row["conversions"], row["revenue"], row["currency"]) == (4, 99.90, "USD")
    assert row["extra"]["conversions_are"] == "purchase"
    assert row["extra"]["actions"]["link_click"] == "9"
    assert row["extra"]["quality_ranking"] == "AVERAGE"
    found = await meta.data.admin.fetch("select field from data.unknown_field where source_id = $1", meta.source_id)
    assert [one["field"] for one in found] == ["quality_ranking"]


async def test_days_and_money_are_the_account_s_own(meta: Connected):
    meta.account.timezone_name, meta.account.currency = "Pacific/Kiritimati", "JPY"
    await meta.sync()
    today = account_day(zone="Pacific/Kiritimati")
    assert today.isoformat() in meta.asked("/insights")[0]["time_range"]
    campaign_id = meta.account.campaigns[0]["id"]
    assert (await meta.row(campaign_id, account_day(1)))["currency"] == "JPY"
    budget = await meta.data.admin.fetchval(
        "select max(budget) from data.campaign where tenant_id = $1", meta.tenant_id
    )
    assert budget == 3000
