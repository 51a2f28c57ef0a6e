"""A day that Google restates no more: what it has lost there stays here, and is told of."""

from datetime import timedelta
from typing import Any

import pytest

from common.db.jsonb import from_jsonb
from tests.data_service.ga4.property import DIMENSIONS, FIRST, TODAY, Property, at_noon, days
from tests.standins.ga4.held import Fact

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEEN = "select user_pseudo_id, user_id, session_id from data.page_view where tenant_id = $1 order by event_ts"
NAMED = ("d1", "u-d1", "100")
IDS = {"customUser:client_id": "user_pseudo_id", "customUser:crm_id": "user_id", "customEvent:ga_session_id": "session"}


async def flags(shop: Property, stream: str = "events") -> list[tuple[Any, ...]]:
    """What is noted with which day of a stream."""
    noted = await shop.fetch(
        "select stream, day, flag, detail from data.quality_flag where tenant_id = $1 order by day, flag"
    )
    return [(day, flag, from_jsonb(detail)) for of, day, flag, detail in noted if of == stream]


def told(events: int, devices: int, users: int, sessions: int) -> dict[str, int]:
    return {"events": events, "with_device": devices, "with_user": users, "with_session": sessions}


async def two_views(shop: Property) -> None:
    """A day of two page views, sampled, is in."""
    shop.happens(FIRST, "10:00", "page_view")
    shop.happens(FIRST, "10:01", "page_view")
    shop.held.sampled[FIRST] = (500, 2000)
    await shop.run(days=days(1))
    shop.held.sampled.clear()


@pytest.mark.parametrize("left", [0, 1])
async def test_a_settled_day_of_which_google_has_less_stays_and_says_so(shop: Property, left: int) -> None:
    await two_views(shop)
    shop.held.facts = shop.held.facts[:left]
    job = await shop.run(days=days(1))
    assert await shop.fetch(SEEN) == [NAMED] * 2
    assert job.counts["kept_older_days"] == 1
    assert "replaced" not in job.counts
    # What was said of the numbers that stand stays with them.
    assert await flags(shop) == [
        (FIRST, "kept_older", {"kept": told(2, 2, 2, 2), "told": told(left, left, left, left)}),
        (FIRST, "sampled", {"read": 500, "of": 2000}),
    ]


@pytest.mark.parametrize("lost", [*IDS, None])
async def test_a_settled_day_whose_ids_google_has_dropped_keeps_them(shop: Property, lost: str | None) -> None:
    await two_views(shop)
    shop.held.facts = [without(fact, {lost} if lost else set(IDS)) for fact in shop.held.facts]
    # (more events do not make up for it)
    shop.happens(FIRST, "10:02", "page_view", dimensions=dict.fromkeys(IDS, "(not set)"))
    job = await shop.run(days=days(1))
    assert await shop.fetch(SEEN) == [NAMED] * 2
    assert job.counts["kept_older_days"] == 1
    ((_, _, detail),) = [flag for flag in await flags(shop) if flag[1] == "kept_older"]
    assert detail["told"] == told(3, *(0 if lost in (name, None) else 2 for name in IDS))


async def test_what_a_wrong_dimension_told_of_a_settled_day_gives_way_to_the_right_one(
    shop: Property,
) -> None:
    tier = "customUser:tier"
    shop.held.custom_dimensions |= {tier}
    wrong = DIMENSIONS | {"user_id": tier}
    await shop.set_config(custom_dimensions=wrong)
    await two_views(shop)
    # Both of them named a user, and only one of them had one.
    unknown = {"customUser:crm_id": "(not set)", tier: "gold"}
    first, second = (Fact(fact.day, dict(fact.dimensions) | {tier: "gold"}, fact.metrics) for fact in shop.held.facts)
    shop.held.facts = [first, Fact(second.day, dict(second.dimensions) | unknown, second.metrics)]
    await shop.run(days=days(1))
    assert [user for _, user, _ in await shop.fetch(SEEN)] == ["gold", "gold"]
    await shop.set_config(custom_dimensions=DIMENSIONS)
    job = await shop.run(days=days(1))
    assert [user for _, user, _ in await shop.fetch(SEEN)] == ["u-d1", None]
    assert "kept_older_days" not in job.counts
    # A dimension that tells nothing of the day, or that told it before, takes none of them away.
    shop.held.facts = [without(fact, {"customUser:crm_id"}) for fact in shop.held.facts]
    for custom in (DIMENSIONS, DIMENSIONS | {"user_id": "customUser:crm_id_of_today"}):
        shop.held.custom_dimensions |= set(custom.values())
        await shop.set_config(custom_dimensions=custom)
        job = await shop.run(days=days(1))
        assert [user for _, user, _ in await shop.fetch(SEEN)] == ["u-d1", None]
        assert job.counts["kept_older_days"] == 1


async def test_a_source_that_was_connected_again_takes_no_ids_away_that_its_former_one_told(shop: Property) -> None:
    await two_views(shop)
    await shop.remove_source()
    await shop.connect_source()
    shop.held.facts[1] = without(shop.held.facts[1], {"customUser:crm_id"})
    job = await shop.run(days=days(1))
    assert await shop.fetch(SEEN) == [NAMED] * 2
    assert job.counts["kept_older_days"] == 1


def without(fact: Fact, names: set[str]) -> Fact:
    """The same without ids, as Google tells it once its retention is over."""
    return Fact(fact.day, dict(fact.dimensions) | dict.fromkeys(names, "(not set)"), fact.metrics)


async def test_a_settled_day_of_which_google_tells_more_is_replaced_and_no_longer_flagged(shop: Property) -> None:
    await two_views(shop)
    before = shop.held.facts
    shop.held.facts = []
    await shop.run(days=days(1))
    shop.held.facts = before
    shop.happens(FIRST, "10:02", "page_view", visitor="d2")
    job = await shop.run(days=days(1))
    assert await shop.fetch(SEEN) == [NAMED, NAMED, ("d2", "u-d2", "100")]
    assert "kept_older_days" not in job.counts
    assert await flags(shop) == []


async def test_the_days_that_google_restates_are_those_of_the_run(shop: Property) -> None:
    for ago in (4, 5):
        shop.happens(TODAY - timedelta(days=ago), "10:00", "page_view")
    wanted = TODAY - timedelta(days=5), TODAY - timedelta(days=4)
    await shop.run(days=wanted)
    shop.held.facts.clear()
    job = await shop.run(days=wanted)
    assert (job.counts["replaced"], job.counts["kept_older_days"]) == (1, 1)
    assert await shop.days_stored() == [wanted[0]]
    assert [day for day, _, _ in await flags(shop)] == [wanted[0]]


async def test_a_campaign_of_a_settled_day_stays_also_where_another_one_is_told(shop: Property) -> None:
    for account, campaign in (("555", "77"), ("666", "88")):
        shop.held.add_ad_day(FIRST, account, (campaign, "Spring"), cost=12, clicks=10, impressions=400)
    await shop.run(days=days(1))
    shop.held.forget(lambda fact: fact.dimensions["sessionGoogleAdsCustomerId"] == "555")
    shop.held.sampled[FIRST] = (500, 2000)
    job = await shop.run(days=days(1))
    assert await shop.fetch("select spend from data.ad_performance where tenant_id = $1") == [(12,), (12,)]
    assert (job.counts["kept_older_ad_days"], job.counts["restated_ad_days"]) == (1, 0)
    assert await flags(shop, "ads") == [
        (FIRST, "kept_older", {"kept": {"campaigns": 2}, "told": {"campaigns": 1}}),
        (FIRST, "sampled", {"read": 500, "of": 2000}),
    ]


async def test_channels_and_campaigns_of_settled_days_that_google_has_lost_stay_too(shop: Property) -> None:
    second = FIRST + timedelta(days=1)
    for day in (FIRST, second):
        shop.held.add_sessions(day, 20, "Paid Search")
        shop.held.add_sessions(day, 100, "Direct")
        shop.held.add_ad_day(day, "555", ("77", "Spring"), cost=12, clicks=10, impressions=400)
    await shop.run(days=days(2))
    shop.held.forget(lambda fact: fact.day == FIRST)
    shop.held.forget(lambda fact: fact.dimensions.get("sessionDefaultChannelGroup") == "Direct")
    shop.held.add_sessions(second, 101, "Organic Search")
    job = await shop.run(days=days(2))
    channels = "select day, channel, sessions from data.channel_day where tenant_id = $1 order by 1, 2"
    assert await shop.fetch(channels) == [
        (FIRST, "direct", 100),
        (FIRST, "paid-search", 20),
        (second, "organic-search", 101),
        (second, "paid-search", 20),
    ]
    assert await shop.fetch("select spend from data.ad_performance where tenant_id = $1") == [(12,), (12,)]
    assert (job.counts["kept_older_channel_days"], job.counts["kept_older_ad_days"]) == (1, 1)
    sessions = {"kept": {"sessions": 120}, "told": {"sessions": 0}}
    assert await flags(shop, "channels") == [(FIRST, "kept_older", sessions)]
    campaigns = {"kept": {"campaigns": 1}, "told": {"campaigns": 0}}
    assert await flags(shop, "ads") == [(FIRST, "kept_older", campaigns)]
    # As long as Google restates a day, it is what they say.
    again = await shop.run(days=days(2), began_at=at_noon(second))
    assert "kept_older_channel_days" not in again.counts
    assert {day for day, _, _ in await shop.fetch(channels)} == {second}
