import asyncio
import random
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal

import pytest

from common.testing.cluster import MigratedDatabase
from services.data_service.domain.ads.record_ads import record_ads
from services.data_service.store.ads.ad_performance import (
    OF_SEVERAL_ACCOUNTS,
    AdDay,
    RecordedAds,
    record_ad_performance,
)
from services.data_service.store.ads.ad_row import AdRow, FileLine
from services.data_service.store.ads.campaign_figures import figures_of
from services.data_service.store.ads.campaigns import KeptInStep, keep_in_step
from tests.data_service.ads import ACCOUNT, Advertiser, ad_day, advertiser, platform_campaign


@pytest.fixture
async def shop(database: MigratedDatabase) -> AsyncIterator[Advertiser]:
    async with advertiser(database) as made:
        yield made


async def test_a_row_that_says_something_else_moves_the_former_one_to_the_history(shop: Advertiser):
    source = await shop.connect_source()
    first = [ad_day(day=1, spend="10.10", extra={"reach": 7}), ad_day(day=2, spend="20")]
    assert await shop.record(first, source) == RecordedAds(2, 0, 0)
    again = [ad_day(day=1, spend="11.30", extra={"reach": 9}), ad_day(day=2, spend="20.00"), ad_day(day=3)]
    assert await shop.record(again, source) == RecordedAds(1, 1, 1)
    assert [row[2:5] for row in await shop.now()] == [
        (1, "Campaign C1", Decimal("11.30")),
        (2, "Campaign C1", Decimal(20)),
        (3, "Campaign C1", Decimal(10)),
    ]
    [former] = await shop.before()
    assert (former["campaign_id"], former["spend"], former["extra"]) == ("C1", 10.1, {"reach": 7})
    restated = await shop.admin.fetch(
        "select extract(day from day)::int from data.ad_performance where tenant_id = $1 and restated_at is not null",
        shop.tenant_id,
    )
    assert [tuple(row) for row in restated] == [(1,)]


async def test_rows_that_say_the_same_write_nothing(shop: Advertiser):
    source = await shop.connect_source()
    page = [ad_day(day=day, extra={"reach": day, "frequency": 1.5}, currency="EUR") for day in range(1, 20)]
    await shop.record(page, source)
    before = await shop.versions("ad_performance")
    assert await shop.record(page, source) == RecordedAds(0, 0, 19)
    assert await shop.versions("ad_performance") == before
    assert await shop.before() == []


async def test_of_a_row_given_twice_the_last_counts(shop: Advertiser):
    assert await shop.record([ad_day(spend="1"), ad_day("C2"), ad_day(spend="3")], None) == RecordedAds(2, 0, 0)
    assert [row[4] for row in await shop.now()] == [3, 10]


async def test_nothing_is_nothing(shop: Advertiser):
    assert await shop.record([], None) == RecordedAds(0, 0, 0)


@pytest.mark.parametrize(
    "file_row",
    [
        ad_day(spend="99"),
        ad_day(spend="99", account_id=""),
        ad_day("spring SALE", spend="99", account_id="", campaign_name="spring SALE"),
        ad_day("spring SALE", spend="99", campaign_name="spring SALE"),
    ],
    ids=["the same key", "no account", "the name as id, no account", "the name as id"],
)
@pytest.mark.parametrize("first", ["file", "source"])
async def test_a_source_stands_above_a_file_whichever_comes_first(shop: Advertiser, file_row: AdDay, first: str):
    source = await shop.connect_source()
    told = ad_day(spend="12", campaign_name="Spring Sale")
    another_day = file_row._replace(day=file_row.day.replace(day=2))
    if first == "file":
        assert await shop.record([another_day, file_row], None) == RecordedAds(2, 0, 0)
        await shop.record([told], source)
        assert [former["spend"] for former in await shop.before()] == [99]
    else:
        await shop.record([told], source)
        assert await shop.record([another_day, file_row], None) == RecordedAds(1, 0, 0, refused=(1,))
        assert await shop.before() == []
    stands = sorted((row[2], row[4], row[5]) for row in await shop.now())
    assert stands == [(1, 12, source), (2, 99, None)]


async def test_a_file_of_another_account_stands_beside_a_source(shop: Advertiser):
    await shop.record([ad_day()], await shop.connect_source())
    assert await shop.record([ad_day(account_id="act_other")], None) == RecordedAds(1, 0, 0)


async def test_a_source_takes_over_what_a_file_said_without_a_restatement_where_it_says_the_same(shop: Advertiser):
    await shop.record([ad_day()], None)
    source = await shop.connect_source()
    assert await shop.record([ad_day()], source) == RecordedAds(0, 0, 1)
    assert [row[5] for row in await shop.now()] == [source]
    assert await shop.before() == []


NAMED = ad_day("Lamps", account_id="", campaign_name="Lamps")
WITH_ID = ad_day("901", campaign_name="LAMPS")
NO_ACCOUNT = WITH_ID._replace(account_id="")


@pytest.mark.parametrize("told_by", ["a file", "a source that is no more"])
async def test_a_file_takes_the_place_of_what_was_told_of_the_same_days_by_other_words(shop: Advertiser, told_by: str):
    in_capitals = NAMED._replace(campaign_id="LAMPS", campaign_name="LAMPS")
    twin = WITH_ID._replace(campaign_id="902")
    source = None if told_by == "a file" else await shop.connect_source()
    await shop.admin.execute("delete from data.source where tenant_id = $1", shop.tenant_id)
    for day, (former, later) in enumerate(
        [
            ([NAMED], [WITH_ID]),
            ([WITH_ID], [NAMED]),
            ([WITH_ID], [NO_ACCOUNT]),
            ([NO_ACCOUNT], [WITH_ID]),
            ([NAMED], [in_capitals]),
            ([WITH_ID, twin], [NAMED]),
            ([NAMED], [WITH_ID, twin]),
        ],
        start=1,
    ):
        on_day = date(2026, 11, day)
        await shop.record([row._replace(day=on_day, spend=Decimal(3)) for row in former], source)
        told = [row._replace(day=on_day) for row in later]
        assert await shop.record(told, None) == RecordedAds(len(later) - 1, 1, 0, replaced=1), day
        stands = [row[:2] for row in await shop.now() if row[2] == day]
        assert stands == [(row.account_id, row.campaign_id) for row in later]
        assert [one["spend"] for one in await shop.before()][-len(former) :] == [3] * len(former)
        assert await shop.record(told, None) == RecordedAds(0, 0, len(later))


async def test_which_words_mean_the_same_campaign(shop: Advertiser):
    by_id, by_name = ("A", "7", "Sale"), ("", "sale", "Sale")
    for one, other, is_same in (
        (by_id, by_id, True),
        (by_id, ("", "7", "Renamed"), True),
        (by_id, ("B", "7", "Sale"), False),
        (by_id, ("A", "8", "Sale"), False),
        (by_id, by_name, True),
        (by_id, ("B", "sale", "Sale"), False),
        (("A", "7", "8"), ("", "8", "Winter"), False),
        (("A", "7", "8"), ("", "8", "8"), True),
    ):
        for first, second in ((one, other), (other, one)):
            said = await shop.admin.fetchval("select data.is_same_campaign($1, $2, $3, $4, $5, $6)", *first, *second)
            assert said is is_same, (first, second)


async def test_a_file_of_another_campaign_whose_id_is_the_name_stands_beside_it(shop: Advertiser):
    await shop.record([ad_day("7", campaign_name="8")], await shop.connect_source())
    of_a_file = ad_day("8", account_id="", campaign_name="Winter")
    assert await shop.record([of_a_file], None) == RecordedAds(1, 0, 0)


async def test_a_source_takes_the_place_of_what_a_removed_one_told_by_other_words(shop: Advertiser):
    await shop.record([NO_ACCOUNT], await shop.connect_source())
    await shop.admin.execute("delete from data.source where tenant_id = $1", shop.tenant_id)
    assert (await shop.record([WITH_ID], await shop.connect_source())).replaced == 1
    assert [row[0] for row in await shop.now()] == [ACCOUNT]


async def test_a_file_without_accounts_is_refused_where_several_accounts_have_its_campaign(shop: Advertiser):
    zero = Decimal(0)

    def told(day: str, account: str, campaign: str) -> AdRow:
        return AdRow(day, "meta", campaign, "Brand", 1, 1, zero, account, zero, zero, "", {}, [FileLine(2, account)])

    async def put_in(*rows: AdRow) -> tuple[RecordedAds, list[str]]:
        async with shop.db.tenant(shop.tenant_id) as connection:
            recorded, rejects = await record_ads(connection, shop.tenant_id, None, rows)
        return recorded, [reject.reason for reject in rejects]

    await put_in(told("2026-11-01", "1", "11"), told("2026-11-01", "2", "22"), told("2026-11-01", "2", "23"))
    stands = await shop.now(), await shop.campaigns()
    by_name = told("2026-11-01", "", "BRAND"), told("2026-11-02", "", "brand")
    assert await put_in(*by_name) == (RecordedAds(0, 0, 0), [OF_SEVERAL_ACCOUNTS] * 2)
    assert (await shop.now(), await shop.campaigns()) == stands
    # An id that one of them has is no question.
    assert await put_in(told("2026-11-01", "", "22")) == (RecordedAds(0, 1, 0, replaced=1), [])


async def test_a_refused_day_gives_back_all_its_lines(shop: Advertiser):
    await shop.record([ad_day("7")], await shop.connect_source())
    zero = Decimal(0)
    row, other = [
        AdRow("2026-11-01", "meta", campaign, "Sale", 1, 1, zero, "", zero, zero, "", {}, lines)
        for campaign, lines in (("7", [FileLine(2, "a\0b"), FileLine(9, "c\0d")]), ("8", [FileLine(3, "e\0f")]))
    ]
    async with shop.db.tenant(shop.tenant_id) as connection:
        recorded, rejects = await record_ads(connection, shop.tenant_id, None, [row, other])
    assert recorded == RecordedAds(1, 0, 0, refused=(0,))
    assert [(one.line, one.original) for one in rejects] == [(2, ["a", "b"]), (9, ["c", "d"])]


async def test_thousands_of_rows_and_campaigns_take_no_loops_before_anybody_analyzed_their_tables(shop: Advertiser):
    """Joins that are planned for a few rows are loops over all pairs: half a minute for the last of these alone."""
    campaigns = [platform_campaign(f"C{number}", account_id="") for number in range(1000)]
    rows = [ad_day(f"C{number}", day=day, account_id="") for number in range(60) for day in range(1, 29)]
    # (nor the server by itself, meanwhile)
    await shop.admin.execute("delete from pg_statistic where starelid::regclass::text ~ '(ad_performance|campaign)'")
    async with asyncio.timeout(25):
        assert await shop.keep(campaigns, None) == KeptInStep(1000, 0)
        assert await shop.keep(campaigns, None) == KeptInStep(0, 0)
        await shop.record(rows, None)
        rows = [row._replace(spend=Decimal(11)) for row in rows]
        assert await shop.record(rows, None) == RecordedAds(0, 1680, 0)
        assert await shop.record(rows, await shop.connect_source()) == RecordedAds(0, 0, 1680)
        assert len((await shop.record(rows, None)).refused) == 1680
        ids = [campaign["campaign_id"] for campaign in await shop.campaigns()]
        async with shop.db.tenant(shop.tenant_id) as connection:
            figures = await figures_of(connection, shop.tenant_id, ids, date(2026, 11, 1), date(2026, 11, 30))
    assert sum(one.spend for one in figures.values()) == 11 * 1680


async def test_of_two_sources_the_one_connected_first_tells_of_a_campaigns_day(shop: Advertiser):
    first, second = [await shop.connect_source("ga4") for _ in range(2)]
    of_first, of_second = ad_day(revenue=Decimal(100)), ad_day(revenue=Decimal(7))
    assert await shop.record([of_second], second) == RecordedAds(1, 0, 0)
    assert await shop.record([of_first], first) == RecordedAds(0, 1, 0)
    assert await shop.record([of_second, ad_day(day=2)], second) == RecordedAds(1, 0, 0, refused=(0,))
    for _ in range(2):
        assert await shop.record([of_second, ad_day(day=2)], second) == RecordedAds(0, 0, 1, refused=(0,))
        assert await shop.record([of_first], first) == RecordedAds(0, 0, 1)
    assert [row[5] for row in await shop.now()] == [first, second]
    assert [one["revenue"] for one in await shop.before()] == [7]
    # One that is not read gives way meanwhile,
    await shop.admin.execute("update data.source set status = 'paused' where source_id = $1", first)
    assert await shop.record([of_second], second) == RecordedAds(0, 1, 0)
    await shop.admin.execute("update data.source set status = 'active' where source_id = $1", first)
    assert await shop.record([of_first], first) == RecordedAds(0, 1, 0)
    # and so does one that tells of the campaign no more.
    nothing = of_first._replace(impressions=0, clicks=0, spend=Decimal(0))
    await shop.record([nothing], first)
    assert await shop.record([of_second], second) == RecordedAds(0, 1, 0)
    assert len(await shop.before()) == 5


async def test_a_campaign_that_two_sources_tell_of_stays_with_one_of_them(shop: Advertiser):
    first, second = [await shop.connect_source("ga4") for _ in range(2)]
    await shop.keep([platform_campaign()], second)
    before = await shop.versions("campaign")
    for source in (first, second):
        assert await shop.keep([platform_campaign()], source) == KeptInStep(0, 0)
    assert await shop.versions("campaign") == before
    await shop.admin.execute("update data.source set status = 'paused' where source_id = $1", second)
    assert await shop.keep([platform_campaign()], first) == KeptInStep(0, 1)
    assert [campaign["source_id"] for campaign in await shop.campaigns()] == [first]


async def test_what_a_source_told_that_is_no_more_may_be_restated_by_a_file(shop: Advertiser):
    source = await shop.connect_source()
    await shop.record([ad_day()], source)
    await shop.admin.execute("delete from data.source where source_id = $1", source)
    assert await shop.record([ad_day(spend="11")], None) == RecordedAds(0, 1, 0)


async def test_many_writers_of_the_same_rows_wait_for_each_other_and_lose_no_restatement(shop: Advertiser):
    source = await shop.connect_source()
    said = [Decimal(number) for number in range(40)]
    chance = random.Random(4)

    async def write(number: int) -> RecordedAds:
        rows = [ad_day(campaign, spend=str(said[number])) for campaign in ("C1", "C2", "C3", "C4")]
        chance.shuffle(rows)
        return await shop.record(rows, source)

    recorded = await asyncio.gather(*(write(number) for number in range(40)))
    assert sum(one.new for one in recorded) == 4
    assert sum(one.restated for one in recorded) == 39 * 4
    for campaign in ("C1", "C2", "C3", "C4"):
        former = [one["spend"] for one in await shop.before() if one["campaign_id"] == campaign]
        [stands] = [row[4] for row in await shop.now() if row[1] == campaign]
        assert sorted([*former, stands]) == said


async def test_a_file_and_a_source_that_write_at_once_never_both_count(shop: Advertiser):
    source = await shop.connect_source()
    for day in range(1, 21):
        await asyncio.gather(
            shop.record([ad_day(day=day, account_id="", spend="99")], None), shop.record([ad_day(day=day)], source)
        )
    assert [(row[0], row[2], row[4]) for row in await shop.now()] == [(ACCOUNT, day, 10) for day in range(1, 21)]


async def test_ads_and_campaigns_may_be_written_in_any_order_at_once(shop: Advertiser):
    source = await shop.connect_source()
    await shop.record([ad_day()], source)
    await shop.keep([platform_campaign()], source)

    async def write(number: int) -> None:
        async with shop.db.tenant(shop.tenant_id) as connection:
            writes = [
                lambda: record_ad_performance(connection, shop.tenant_id, [ad_day(spend=str(number))], source),
                lambda: keep_in_step(connection, shop.tenant_id, [platform_campaign(name=f"Name {number}")], source),
            ]
            for one in writes[:: 1 if number % 2 else -1]:
                await one()

    await asyncio.gather(*(write(number) for number in range(20)))
    assert len(await shop.before()) == 20
