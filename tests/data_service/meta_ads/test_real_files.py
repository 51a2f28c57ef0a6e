"""Figures of real and made accounts, told by the stand-in as Meta tells them.

None of these files is an answer of the Graph API, so none can be served as it is: `ads/meta_ads_*.csv` (the same in
`orders/d2c_stack`) are a shop's tables, `ads/fivetran_facebook_ads` a warehouse's, whose cells keep each figure's text.
`standins/meta_ads/from_files.py` puts them into Meta's form; what comes out is reckoned here from the files by hand.
"""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.data_service.harness import Data
from tests.data_service.meta_ads.connected import connected, served
from tests.standins.meta_ads.from_files import shop_account, warehouse_account

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADS = Path(__file__).parents[4] / "shared" / "data" / "ads"
# Campaign, days, impressions, clicks, spend, conversions and revenue as Meta claims them: summed from the files' rows.
BY_HAND = [
    ("mc_001", 89, 72_521, 844, Decimal("375.63"), 15, Decimal("913.11")),
    ("mc_002", 89, 26_208, 648, Decimal("183.72"), 25, Decimal("1455.75")),
    ("mc_003", 89, 103_317, 516, Decimal("94.30"), 4, Decimal("153.70")),
]
# Read off its rows: campaign and day of December → impressions, clicks, spend, conversions, revenue. The only purchase
# that Meta's names know is the one of the third, which no action counts.
WAREHOUSE_BY_HAND = {
    ("6215293444271", 10): (4_233, 10, Decimal("76.53"), 0, 0),
    ("6215304559271", 4): (2_575, 10, Decimal("55.26"), 0, 0),
    ("6215304559271", 5): (2_537, 13, Decimal("54.87"), 0, 0),
    ("6215304559271", 6): (2_063, 14, Decimal("49.2"), 0, 0),
    ("6215762731271", 2): (10_701, 27, Decimal(144), 0, 0),
    ("6229007982271", 3): (3_476, 14, Decimal("56.63"), 0, Decimal("29324.84")),
    ("6229007982271", 5): (3_298, 13, Decimal("55.11"), 0, 0),
    ("6229007982271", 8): (2_986, 18, Decimal("50.52"), 0, 0),
    ("6229007982271", 13): (3_049, 14, Decimal("51.56"), 0, 0),
    ("6229007982271", 14): (2_357, 16, Decimal("49.95"), 0, 0),
}
NOTHING_BUT_ACTIONS = (0, 0, 0, 0, 0)
PIXEL = "offsite_conversion.fb_pixel"
# Each once, though a row says it under `value` and under its attribution window: `7d_click`, on the 4th and 10th
# `1d_view`.
ACTIONS_BY_HAND = {
    ("6229007982271", 2): {f"{PIXEL}_lead": "2.0"},
    ("6229007982271", 3): {f"{PIXEL}_lead": "3.0"},
    ("6229007982271", 4): {"lead": "2.0"},
    ("6229007982271", 5): {f"{PIXEL}_lead": "2.0"},
    ("6229007982271", 6): {f"{PIXEL}_lead": "2.0"},
    ("6229007982271", 10): {f"{PIXEL}_lead": "2.0"},
    ("6229007982271", 13): {f"{PIXEL}_lead": "4.0"},
    ("6229007982271", 14): {f"{PIXEL}_lead": "3.0"},
    ("of-6317039926871", 5): {f"{PIXEL}_lead": "1.0"},
    ("of-6317039926871", 8): {"lead": "1.0"},
}
VALUES_BY_HAND = {
    ("6229007982271", 3): {f"{PIXEL}_purchase": "29324.84"},
    ("6229007982271", 5): {"view_content": "4194.29"},
    ("6229007982271", 8): {f"{PIXEL}_view_content": "4194.29"},
    ("6229007982271", 13): {"onsite_conversion.purchase": "29324.84"},
    ("6229007982271", 14): {"onsite_web_add_to_cart": "29324.84"},
    ("of-23856469955990536", 2): {"onsite_web_app_view_content": "46787.82"},
    ("of-23856469955990536", 4): {f"{PIXEL}_view_content": "46787.82"},
    ("of-23856469955990536", 5): {"onsite_conversion.lead_grouped": "46787.82"},
    ("of-23856469955990536", 6): {f"{PIXEL}_lead": "46787.82"},
    ("of-23856469955990536", 10): {"view_content": "46787.82"},
}
WAREHOUSE = ADS / "fivetran_facebook_ads" / "seeds"


@pytest.mark.skipif(not ADS.is_dir(), reason="../shared/data is not here")
async def test_one_shop_s_totals_are_those_reckoned_by_hand(data: Data):
    account = shop_account(ADS)
    with served(account) as (world, url):
        shop = await connected(data, world, url, account)
        await shop.sync((date(2026, 2, 1), date(2026, 4, 30)))
        await shop.sync()
        totals = await data.admin.fetch(
            "select campaign_id, count(*), sum(impressions), sum(clicks), sum(spend), sum(conversions), sum(revenue)"
            " from data.ad_performance where tenant_id = $1 group by 1 order by 1",
            shop.tenant_id,
        )
        names = await data.admin.fetch(
            "select name from data.campaign where tenant_id = $1 order by external_id", shop.tenant_id
        )
    assert [tuple(row) for row in totals] == BY_HAND
    assert names[0]["name"] == "Q1 Prospecting - Skincare"


@pytest.mark.skipif(not WAREHOUSE.is_dir(), reason="../shared/data is not here")
async def test_rows_of_a_warehouse_of_insights_are_read_whatever_actions_they_have(data: Data):
    account = warehouse_account(WAREHOUSE)
    with served(account) as (world, url):
        shop = await connected(data, world, url, account)
        # (what lies further back than 37 months has moved to where Meta would still keep it)
        account.figures = {(key, day.replace("2020", "2025")): row for (key, day), row in account.figures.items()}
        await shop.sync((date(2025, 12, 2), date(2025, 12, 14)))
        figures = await shop.figures()
        extra = {key: (await shop.row(*key))["extra"] or {} for key in figures}
    named = {(campaign, day.day): row for (campaign, day), row in figures.items()}
    assert {key: row for key, row in named.items() if row != NOTHING_BUT_ACTIONS} == WAREHOUSE_BY_HAND
    for kind, by_hand in (("actions", ACTIONS_BY_HAND), ("action_values", VALUES_BY_HAND)):
        kept = {(campaign, day.day): said[kind] for (campaign, day), said in extra.items() if kind in said}
        assert kept == by_hand
    counted = {key: said["conversions_are"] for key, said in extra.items() if "conversions_are" in said}
    assert counted == {("6229007982271", date(2025, 12, 3)): f"{PIXEL}_purchase"}
