"""Ads, channels and flags of days, and the ids that reports know."""

from datetime import date, timedelta
from decimal import Decimal

import msgspec
import pytest

from common.db.jsonb import from_jsonb
from common.events.contracts.data_channels_changed import ChannelsChanged
from services.data_service.domain.ga4.channels import slug_of
from services.data_service.domain.ga4.read_reports import merged
from tests.data_service.ga4.property import DIMENSIONS, FIRST, Property, at_noon, days
from tests.standins.ga4.held import Fact

pytestmark = pytest.mark.asyncio(loop_scope="module")

# While Google still restates these days.
AT_ONCE = at_noon(FIRST + timedelta(days=3))
ADS = (
    "select day, campaign_id, campaign_name, spend, clicks, impressions, currency from data.ad_performance"
    " where tenant_id = $1 order by day, campaign_id"
)


def advertise(shop: Property, day: date, cost: float, name: str = "Spring") -> None:
    shop.held.add_ad_day(day, "555-000-1111", ("77", name), cost=cost, clicks=10, impressions=400)


async def test_googles_campaigns_come_with_their_cost_of_each_day(shop: Property) -> None:
    advertise(shop, FIRST, 12.34)
    advertise(shop, FIRST + timedelta(days=1), 5.0, "Spring sale")
    await shop.run(days=days(2))
    assert await shop.fetch(ADS) == [
        (FIRST, "77", "Spring", Decimal("12.34"), 10, 400, "USD"),
        (FIRST + timedelta(days=1), "77", "Spring sale", Decimal(5), 10, 400, "USD"),
    ]
    assert await shop.fetch(
        "select platform, account_id, external_id, name from data.campaign where tenant_id = $1"
    ) == [("google", "5550001111", "77", "Spring sale")]


async def test_a_campaign_that_was_renamed_on_a_day_has_the_cost_of_both_names(shop: Property) -> None:
    advertise(shop, FIRST, 12.0)
    advertise(shop, FIRST, 5.0, "Spring sale")
    # (an account may be written in two ways)
    shop.held.add_ad_day(FIRST, "5550001111", ("77", "Spring sale"), cost=3, clicks=1, impressions=1)
    job = await shop.run(days=days(1))
    assert await shop.fetch(ADS) == [(FIRST, "77", "Spring sale", 20, 21, 801, "USD")]
    assert (job.counts["ad_performance"], job.counts["restated_ad_days"]) == (1, 0)


async def test_rows_lumped_together_are_no_campaign_and_take_no_cost_away(shop: Property) -> None:
    advertise(shop, FIRST, 12.0)
    advertise(shop, FIRST + timedelta(days=1), 5.0)
    await shop.run(days=days(2))
    shop.held.forget(lambda fact: "advertiserAdCost" in fact.metrics)
    shop.held.add_ad_day(FIRST, "(other)", ("(other)", "(other)"), cost=17, clicks=1, impressions=1)
    await shop.run(days=days(2), began_at=AT_ONCE)
    assert [(row[1], row[3]) for row in await shop.fetch(ADS)] == [("77", 12), ("77", 5)]
    assert await shop.fetch("select name from data.campaign where tenant_id = $1") == [("Spring",)]
    flagged = "select flag from data.quality_flag where tenant_id = $1 and stream = 'ads'"
    assert await shop.fetch(flagged) == [("other_row",)] * 2


async def test_two_properties_with_the_same_ads_tell_of_them_once_and_leave_no_history(shop: Property) -> None:
    other = await Property.connect(shop.data, shop.google, company=shop.company)
    for property_, revenue in ((shop, 100), (other, 7)):
        advertise(property_, FIRST, 12.0)
        key = {"sessionGoogleAdsCustomerId": "555-000-1111", "sessionGoogleAdsCampaignId": "77"}
        named = key | {"date": f"{FIRST:%Y%m%d}", "sessionGoogleAdsCampaignName": "Spring"}
        property_.held.facts.append(Fact(FIRST, named, {"totalRevenue": revenue}))
    for _ in range(2):
        await shop.run(days=days(1))
        job = await other.run(days=days(1))
        assert job.counts["told_by_another_source"] == 1
    stands = "select source_id, spend, revenue, restated_at from data.ad_performance where tenant_id = $1"
    assert await shop.fetch(stands) == [(shop.source_id, 12, 100, None)]
    flagged = "select source_id, day, flag, detail from data.quality_flag where tenant_id = $1 and stream = 'ads'"
    ((source_id, day, flag, detail),) = await shop.fetch(flagged)
    assert (source_id, day, flag) == (other.source_id, FIRST, "told_by_another_source")
    assert from_jsonb(detail) == {"campaigns": 1}


async def test_a_cost_that_is_restated_or_gone_is_what_google_says_now(shop: Property) -> None:
    advertise(shop, FIRST, 12.34)
    advertise(shop, FIRST + timedelta(days=1), 5.0)
    await shop.run(days=days(2))
    shop.held.forget(lambda fact: "advertiserAdCost" in fact.metrics)
    advertise(shop, FIRST, 13.0)
    await shop.run(days=days(2), began_at=AT_ONCE)
    assert [row[3] for row in await shop.fetch(ADS)] == [13, 0]
    history = "select said ->> 'spend' from data.ad_performance_history where tenant_id = $1 order by day"
    assert await shop.fetch(history) == [("12.34",), ("5",)]


async def test_a_row_that_makes_no_sense_takes_no_cost_away(shop: Property) -> None:
    advertise(shop, FIRST, 12.34)
    await shop.run(days=days(1))
    shop.held.forget(lambda fact: "advertiserAdCost" in fact.metrics)
    shop.held.add_ad_day(FIRST, "5" * 300, ("77", "Spring"), cost=13.0, clicks=10, impressions=400)
    job = await shop.run(days=days(1))
    assert job.counts["rejected"] == 1
    assert [row[3] for row in await shop.fetch(ADS)] == [Decimal("12.34")]


async def test_days_of_which_google_withholds_all_rows_are_flagged_as_well(shop: Property) -> None:
    advertise(shop, FIRST, 1.0)
    shop.held.thresholded.add(FIRST)
    await shop.run(days=days(2))
    flagged = "select stream, day from data.quality_flag where tenant_id = $1 and stream <> 'events' order by 1, 2"
    both = [FIRST, FIRST + timedelta(days=1)]
    assert await shop.fetch(flagged) == [(stream, day) for stream in ("ads", "channels") for day in both]


async def test_a_budget_that_members_set_survives_the_next_sync(shop: Property) -> None:
    advertise(shop, FIRST, 1.0)
    await shop.run(days=days(1))
    await shop.data.admin.execute(
        "update data.campaign set budget = 90, status = 'paused' where tenant_id = $1", shop.company.tenant_id
    )
    advertise(shop, FIRST + timedelta(days=1), 1.0, "Autumn")
    await shop.run(days=days(2))
    assert await shop.fetch("select name, budget, status from data.campaign where tenant_id = $1") == [
        ("Autumn", Decimal(90), "paused")
    ]


async def test_sessions_stand_by_channel_and_follow_restatements(shop: Property) -> None:
    shop.held.add_sessions(FIRST, 100, "Organic Search")
    shop.held.add_sessions(FIRST, 20, "Paid Search")
    shop.held.add_sessions(FIRST, 3)
    shop.held.add_sessions(FIRST + timedelta(days=1), 5, "Direct")
    await shop.run(days=days(2))
    by_channel = "select channel, sessions from data.channel_day where tenant_id = $1 order by sessions"
    [*first_day, direct] = [("unassigned", 3), ("paid-search", 20), ("organic-search", 100), ("direct", 5)]
    assert await shop.fetch(by_channel) == [first_day[0], direct, *first_day[1:]]
    shop.held.forget(lambda fact: fact.dimensions.get("sessionDefaultChannelGroup") == "Paid Search")
    await shop.run(days=days(2), began_at=AT_ONCE)
    assert await shop.fetch(by_channel) == [("unassigned", 3), direct, ("organic-search", 100)]
    await shop.run(days=days(2), began_at=AT_ONCE)
    rows = await shop.data.admin.fetch(
        "select payload from data.outbox where tenant_id = $1 and event_type = $2 order by occurred_at",
        *(shop.company.tenant_id, ChannelsChanged.TYPE),
    )
    told = [msgspec.json.decode(row["payload"], type=ChannelsChanged).days for row in rows]
    assert told == [[str(FIRST), str(FIRST + timedelta(days=1))], [str(FIRST)]]


async def test_channels_that_a_removed_source_told_stay_and_are_told_on_by_the_next(shop: Property) -> None:
    shop.held.add_sessions(FIRST, 100, "Direct")
    shop.held.add_sessions(FIRST + timedelta(days=1), 20, "Direct")
    await shop.run(days=days(2))
    told = "select source_id, sessions from data.channel_day where tenant_id = $1 order by day"
    removed = shop.source_id
    await shop.remove_source()
    assert await shop.fetch(told) == [(removed, 100), (removed, 20)]
    await shop.connect_source()
    await shop.run(days=days(1))
    assert await shop.fetch(told) == [(shop.source_id, 100), (removed, 20)]


async def test_a_channels_name_becomes_its_slug() -> None:
    assert [slug_of(name) for name in ("Paid Search", "Cross-network", "(not set)", "Organic Video")] == [
        "paid-search",
        "cross-network",
        "unassigned",
        "organic-video",
    ]


async def test_what_google_says_of_its_numbers_stands_with_the_day_as_long_as_it_says_so(shop: Property) -> None:
    shop.happens(FIRST, "10:00", "page_view")
    shop.happens(FIRST, "10:00", "page_view", count=7, dimensions=dict.fromkeys(DIMENSIONS.values(), "(other)"))
    shop.held.sampled[FIRST] = (500, 2000)
    shop.held.thresholded.add(FIRST)
    shop.held.with_other_row.add(FIRST)
    await shop.run(days=days(2))
    flags = "select day, flag, detail from data.quality_flag where tenant_id = $1 and stream = 'events' order by flag"
    assert [(day, flag, from_jsonb(detail)) for day, flag, detail in await shop.fetch(flags)] == [
        (FIRST, "other_row", {"events": 7}),
        (FIRST, "sampled", {"read": 500, "of": 2000}),
        (FIRST, "thresholded", {}),
    ]
    assert await shop.data.total(shop.company.tenant_id) == 1
    shop.held.sampled.clear()
    shop.held.thresholded.clear()
    await shop.run(days=days(2))
    assert [flag for _, flag, _ in await shop.fetch(flags)] == ["other_row"]


async def test_of_several_reports_the_smallest_sample_and_all_withheld_metrics_stand() -> None:
    small, large = {"read": 1, "of": 10}, {"read": 9, "of": 10}
    cost, revenue = ({"restricted": {"metrics": [name]}} for name in ("advertiserAdCost", "totalRevenue"))
    assert merged([{"sampled": large} | cost, {"sampled": small}, {"sampled": large} | revenue]) == {
        "sampled": small,
        "restricted": {"metrics": ["advertiserAdCost", "totalRevenue"]},
    }


async def test_users_and_branches_yield_their_ids_and_leave_contacts_alone(shop: Property) -> None:
    tier = {"tier": "customUser:tier"}
    await shop.set_config(custom_dimensions=DIMENSIONS | tier)
    shop.held.custom_dimensions |= {"customUser:tier"}
    shop.happens(FIRST, "10:00", "page_view", visitor="d1", dimensions={"customUser:tier": "gold"})
    shop.happens(FIRST, "10:00", "page_view", visitor="d2", dimensions={"customEvent:branch": "Lincoln"})
    await shop.data.imported(shop.company, "users", b"user_id,email,notes\nu-d1,ann@example.com,calls back\n")
    await shop.data.imported(shop.company, "locations", b"location_id,location_name\nOmaha,Omaha North\n")
    job = await shop.run(days=days(1), data_types=frozenset({"users", "locations"}))
    assert job.counts == {"users": 2, "locations": 1}
    users = await shop.fetch("select user_id, email, attributes from data.users where tenant_id = $1 order by user_id")
    assert [(user, email, from_jsonb(told)) for user, email, told in users] == [
        ("u-d1", "ann@example.com", {"notes": "calls back", "tier": "gold"}),
        ("u-d2", None, {}),
    ]
    assert await shop.fetch(
        "select location_id, location_name from data.locations where tenant_id = $1 order by location_id"
    ) == [("Lincoln", "Lincoln"), ("Omaha", "Omaha North")]
    again = await shop.run(days=days(1), data_types=frozenset({"users", "locations"}))
    assert again.counts == {"users": 0, "locations": 0}
