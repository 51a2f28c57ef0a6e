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
        days = sorted(date.fromisoformat(day) for _, day in account.figures)
        # (what lies further back than 37 months has moved to where Meta would still keep it)
        account.figures = {(key, day.replace("2020", "2025")): row for (key, day), row in account.figures.items()}
        await shop.sync((days[0].replace(year=2025), days[-1].replace(year=2025)))
        figures = await shop.figures()
    assert sum(row[2] for row in figures.values()) == sum(Decimal(row["spend"]) for row in account.figures.values())
