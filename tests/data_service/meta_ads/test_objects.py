from typing import Any

import pytest
from facebook_business.adobjects.ad import Ad
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.adset import AdSet
from facebook_business.adobjects.adsinsights import AdsInsights
from facebook_business.adobjects.campaign import Campaign

from services.data_service.sources.meta_ads.fields import (
    ACCOUNT_FIELDS,
    CHILD_STATUSES,
    INSIGHT_FIELDS,
    OBJECT_FIELDS,
)
from services.data_service.sources.vendor import VendorAway
from tests.data_service.meta_ads.connected import Connected
from tests.standins.meta_ads.world import Fault

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_campaigns_ad_sets_and_ads_are_kept_with_their_parents(meta: Connected):
    await meta.sync()
    kept = {(row["level"], row["object_id"]): row["parent_id"] for row in await _objects(meta)}
    campaign, adset, ad = meta.account.campaigns[0], meta.account.adsets[0], meta.account.ads[0]
    assert len(kept) == 3 + 3 + 6
    assert kept["campaign", campaign["id"]] == meta.account.account_id
    assert kept["adset", adset["id"]] == campaign["id"]
    assert kept["ad", ad["id"]] == adset["id"]


async def test_the_campaigns_of_the_platform_are_those_of_ours(meta: Connected):
    meta.account.campaigns[1]["effective_status"] = "PAUSED"
    meta.account.campaigns[2] |= {"stop_time": "2026-03-01T00:00:00-0800", "start_time": "2026-02-01T00:00:00-0800"}
    await meta.sync()
    rows = await meta.data.admin.fetch(
        "select name, status, budget, start_date::text, end_date::text from data.campaign where tenant_id = $1"
        " order by external_id",
        meta.tenant_id,
    )
    assert [(row["name"], row["status"], row["budget"]) for row in rows] == [
        ("Retargeting 1", "active", 30),
        ("Brand 2", "paused", 30),
        ("Catalogue 3", "completed", 30),
    ]
    assert tuple(rows[2])[3:] == ("2026-02-01", "2026-03-01")


async def test_a_campaign_that_is_no_longer_listed_is_completed(meta: Connected):
    await meta.sync()
    gone = meta.account.campaigns.pop(0)
    await meta.sync()
    status = await meta.data.admin.fetchval(
        "select status from data.campaign where tenant_id = $1 and external_id = $2", meta.tenant_id, gone["id"]
    )
    assert status == "completed"
    assert {row["object_id"] for row in await _objects(meta) if row["ended_at"] is not None} == {gone["id"]}


async def test_by_day_only_ads_that_changed_are_asked_for_and_by_night_all(meta: Connected):
    await meta.sync()
    meta.account.ads[0] |= {"name": "Renamed", "updated_time": "2026-06-01T09:00:00-0700"}
    meta.world.asked.clear()
    job = await meta.sync()
    assert "GREATER_THAN" in meta.asked("/ads")[0]["filtering"]
    assert job.counts["ads"] == 1
    meta.account.ads.pop()
    await meta.sync()
    assert len([row for row in await _objects(meta) if row["ended_at"] is None]) == 12
    await meta.sync(reads_window=True)
    assert "filtering" not in meta.asked("/ads")[-1]
    assert len([row for row in await _objects(meta) if row["ended_at"] is None]) == 11


async def test_a_night_that_fails_at_its_ads_goes_on_there(meta: Connected):
    await meta.sync()
    meta.world.faults.append(Fault("hang_up", "/ads"))
    with pytest.raises(VendorAway):
        await meta.sync(reads_window=True)
    runs = len(meta.world.runs)
    meta.world.asked.clear()
    await meta.sync(reads_window=True)
    assert len(meta.world.runs) == runs
    assert "GREATER_THAN" in meta.asked("/adsets")[0]["filtering"]
    assert "filtering" not in meta.asked("/ads")[0]


async def test_pages_get_shorter_where_meta_finds_them_too_much(meta: Connected):
    meta.world.faults.append(Fault("too_much_for_a_page", "/ads"))
    await meta.sync()
    assert [asked["limit"] for asked in meta.asked("/ads")] == ["500", "100"]
    assert len([row for row in await _objects(meta) if row["level"] == "ad"]) == 6


async def test_the_library_knows_every_field_and_status_that_is_asked_for():
    for level, known in (("campaign", Campaign), ("adset", AdSet), ("ad", Ad)):
        assert set(OBJECT_FIELDS[level]) <= set(vars(known.Field).values())
        assert set(CHILD_STATUSES[level]) <= set(vars(known.EffectiveStatus).values())
    assert set(INSIGHT_FIELDS) <= set(vars(AdsInsights.Field).values())
    assert set(ACCOUNT_FIELDS) <= set(vars(AdAccount.Field).values())


async def _objects(meta: Connected) -> list[Any]:
    return await meta.data.admin.fetch("select * from data.ad_object where tenant_id = $1", meta.tenant_id)
