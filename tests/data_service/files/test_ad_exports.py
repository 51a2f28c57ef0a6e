import gzip

import pytest

from tests.data_service.files.uploads import imported, lines, previewed, rejects, send, stored
from tests.data_service.harness import Data

pytestmark = pytest.mark.asyncio(loop_scope="module")
GENERIC = lines(
    "date,platform,campaign_id,campaign_name,impressions,clicks,spend,account_id,conversions,revenue,currency,placement",
    "2026-03-01,facebook,11,Spring,1000,20,12.50,a1,2,80.00,USD,feed",
    "2026-03-01,facebook,11,Spring,500,,2.50,a1,1,20.00,USD,story",
    "2026-03-02,tiktok,T7,Clips,10,1,0.99,,,,,",
)
GOOGLE = """Campaign report
"March 1, 2026 - March 2, 2026"
Day,Campaign,Campaign ID,Currency code,Cost,Impr.,Clicks,Conversions
2026-03-01,Lamps,901,CAD,"1,020.50","10,500",88,2.50
2026-03-02,Lamps,901,CAD,3.10,40,2, --
Total: Account,--,--,CAD,"1,023.60","10,540",90,2.50
Total: Campaigns,--,--,CAD,"1,023.60","10,540",90,2.50
"""
META = lines(
    "Reporting starts,Reporting ends,Campaign name,Campaign ID,Impressions,Link clicks,Amount spent (GBP),Purchases",
    "2026-03-01,2026-03-02,,,1500,25,16.0,3",
    "2026-03-01,2026-03-01,Spring,55,1000,20,12.5,2",
    "2026-03-02,2026-03-02,Spring,55,500,5,3.5,1",
    "2026-03-01,2026-03-02,Whole weeks,56,1,1,1,1",
)
SHOPEE = lines(
    "Shopee Ads CPC",
    "User Name,lamps.vn",
    "Date Period,01/03/2026 - 01/03/2026",
    "",
    "Sequence,Ad Name,Status,Impression,Clicks,Conversions,GMV,Expense,ACOS",
    '1,Brass lamp,Ongoing,"1,204",12,2,350000.00,45600.00,13.03%',
    "2,Total lamp,Ongoing,12,1,0,0.00,1600.00,0.00%",
)
SHOPEE_IN_VIETNAMESE = lines(
    "Báo cáo Dịch vụ Hiển thị",
    "Thời gian,01/03/2026 - 01/03/2026",
    "Thứ tự,Tên Dịch vụ Hiển thị,Số lượt xem,Số lượt click,Lượt chuyển đổi,Doanh số,Chi phí",
    "1,Đèn đồng,1.204,12,2,350.000,45.600",
)
LAZADA = lines(
    "Date,Campaign Name,Impressions,Clicks,Spend,Store Orders,Store Revenue",
    "2026-03-01,Mega sale,300,9,4.20,1,15.00",
)


async def test_rows_of_one_campaign_and_day_are_summed_and_its_campaign_is_made(data: Data):
    company = await data.company()
    job = await imported(data, company, "campaign-performance", GENERIC)
    assert (job["status"], job["counts"]) == ("completed", {"ad_performance": 2, "duplicates": 0})
    summed, other = await stored(data, company, "ad_performance", "day")
    assert (summed["platform"], summed["impressions"], summed["clicks"]) == ("meta", 1500, 20)
    assert (summed["spend"], summed["conversions"], summed["revenue"]) == (15.0, 3, 100.0)
    assert (summed["extra"], other["account_id"], other["currency"]) == (None, "", None)
    campaigns = await stored(data, company, "campaign", "platform")
    assert [(one["platform"], one["external_id"], one["name"]) for one in campaigns] == [
        ("meta", "11", "Spring"),
        ("tiktok", "T7", "Clips"),
    ]


async def test_a_repeated_file_changes_nothing_and_a_restated_day_is_told(data: Data):
    company = await data.company()
    await imported(data, company, "campaign-performance", GENERIC)
    before = await stored(data, company, "campaign", "platform") + await stored(data, company, "ad_performance", "day")
    again = await imported(data, company, "campaign-performance", GENERIC)
    assert again["counts"] == {"ad_performance": 0, "duplicates": 2}
    after = await stored(data, company, "campaign", "platform") + await stored(data, company, "ad_performance", "day")
    assert after == before
    restated = await imported(data, company, "campaign-performance", GENERIC.replace(b"0.99", b"1.99"))
    assert restated["counts"] == {"ad_performance": 0, "changed": 1, "duplicates": 1}


async def test_a_row_that_is_the_same_in_every_cell_counts_once(data: Data):
    company = await data.company()
    twice = GENERIC + GENERIC.splitlines(keepends=True)[1]
    job = await imported(data, company, "campaign-performance", twice)
    assert job["counts"] == {"ad_performance": 2, "duplicates": 1}
    assert (await stored(data, company, "ad_performance", "day"))[0]["spend"] == 15.0


@pytest.mark.parametrize(
    ("preset", "content", "days", "totals"),
    [
        (
            "google-ads",
            GOOGLE.encode(),
            [("google", "901", 10500, 1020.5, "CAD"), ("google", "901", 40, 3.1, "CAD")],
            2,
        ),
        (
            "google-ads",
            GOOGLE.encode("utf-16"),
            [("google", "901", 10500, 1020.5, "CAD"), ("google", "901", 40, 3.1, "CAD")],
            2,
        ),
        ("meta-ads", META, [("meta", "55", 1000, 12.5, "GBP"), ("meta", "55", 500, 3.5, "GBP")], 1),
        (
            "shopee-ads",
            SHOPEE,
            [("shopee", "Brass lamp", 1204, 45600, None), ("shopee", "Total lamp", 12, 1600, None)],
            0,
        ),
        ("shopee-ads", SHOPEE_IN_VIETNAMESE, [("shopee", "Đèn đồng", 1204, 45600, None)], 0),
        ("lazada-ads", LAZADA, [("lazada", "Mega sale", 300, 4.2, None)], 0),
    ],
    ids=("google", "google in UTF-16", "meta", "shopee", "shopee in Vietnamese", "lazada"),
)
async def test_an_export_is_recognised_by_its_header(
    data: Data, preset: str, content: bytes, days: list[tuple[object, ...]], totals: int
):
    company = await data.company()
    preview = await previewed(data, company, "campaign-performance", content)
    assert (preview["preset"], preview["problem"]) == (preset, None)
    job = await imported(data, company, "campaign-performance", content)
    assert job["status"] == "completed", job
    assert job["counts"].get("totals", 0) == totals
    rows = await stored(data, company, "ad_performance", "day, campaign_id")
    named = [(row["platform"], row["campaign_id"], row["impressions"], row["spend"], row["currency"]) for row in rows]
    assert named == days


async def test_a_row_of_several_days_is_rejected(data: Data):
    company = await data.company()
    job = await imported(data, company, "campaign-performance", META)
    ((line, reason, *_),) = await rejects(data, company, job)
    assert line == "5"
    assert "export it by day" in reason


async def test_a_report_of_several_days_without_a_column_of_days_is_refused(data: Data):
    company = await data.company()
    month = SHOPEE.replace(b"- 01/03/2026", b"- 31/03/2026")
    answer = await send(data, company, "campaign-performance", month)
    assert answer.status_code == 422
    assert "(date) is missing" in answer.json()["detail"]


async def test_no_platform_is_guessed_of_an_unmarked_file(data: Data):
    company = await data.company()
    content = lines("Date,Campaign Name,Campaign ID,Impressions,Clicks,Spend", "2026-03-01,Mega,7,300,9,4.20")
    answer = await send(data, company, "campaign-performance", content)
    assert answer.status_code == 422
    assert "the column platform is missing" in answer.json()["detail"]
    mapped = await imported(data, company, "campaign-performance", content, mapping={"platform": {"value": "zalo"}})
    assert mapped["counts"] == {"ad_performance": 1, "duplicates": 0}


async def test_a_file_that_breaks_off_leaves_no_day_by_halves(data: Data):
    company = await data.company()
    whole = GENERIC + b"".join(
        b"2026-03-01,facebook,11,Spring,1,1,1.00,a1,0,0,USD,part %d\n" % part for part in range(20_000)
    )
    packed = gzip.compress(whole)
    job = await imported(data, company, "campaign-performance", packed[: len(packed) // 2])
    assert job["status"] == "failed"
    assert "nothing was taken" in job["error"]
    assert await stored(data, company, "ad_performance", "day") == []
