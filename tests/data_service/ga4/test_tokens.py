"""A property's tokens: kept in a ledger, shared by all who spend, never overrun."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from common.clock import now
from services.data_service.domain.ga4 import tokens as tokens_spent
from services.data_service.domain.ga4.plan import plan
from services.data_service.domain.ga4.tokens import KEPT_FOR_TODAY, TOKENS_A_REPORT, Tokens, cost_of_a_report
from services.data_service.sources.ga4 import refusals
from services.data_service.sources.ga4.windows import day_of, hour_of, next_day, next_hour
from services.data_service.sources.vendor import QuotaSpent, VendorAway
from tests.data_service.ga4.property import FIRST, Property, days
from tests.standins.ga4.faults import TOO_MANY_AT_ONCE
from tests.standins.ga4.quota import TokenQuota

pytestmark = pytest.mark.asyncio(loop_scope="module")

AT = now()
LEDGER = (
    "select span, spent, remaining, ceiling, reserved, dearest from data.quota_window where tenant_id = $1"
    " order by span"
)


@pytest.fixture(autouse=True)
def one_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Google's hours and days do not end in the middle of a test."""
    for module in (tokens_spent, refusals):
        monkeypatch.setattr(module, "now", lambda: AT)


async def test_what_the_answers_say_stands_in_the_ledger(shop: Property) -> None:
    shop.held.quota = TokenQuota(day=1000, hour=500, project_hour=300, cost=7)
    await shop.run(days=days(1), data_types=frozenset({"events"}))
    # Four reports of events, then ads and channels.
    assert await shop.fetch(LEDGER) == [
        ("day", 42, 958, 1000, 0, 7),
        ("hour", 42, 458, 500, 0, 7),
        ("project_hour", 42, 258, 300, 0, 7),
    ]


async def test_a_range_whose_tokens_end_at_80_percent_goes_on_in_the_next_hour(shop: Property) -> None:
    for number in range(10):
        shop.happens(FIRST + timedelta(days=number), "10:00", "page_view")
    # Four reports a day of 5 tokens each: 8 days, and the tenth that is kept for today.
    shop.held.quota = TokenQuota(project_hour=180, cost=5)
    job = await shop.new_job()
    with pytest.raises(QuotaSpent, match="18 are kept for today's syncs") as spent:
        await shop.run(days=days(10), job=job)
    assert spent.value.until == next_hour(AT)
    assert await shop.days_stored() == [FIRST + timedelta(days=number) for number in range(8)]
    assert shop.held.quota.project_hour >= 18
    await shop.an_hour_passes()
    asked = shop.google.faults.calls["BatchRunReports"]
    await shop.run(days=days(10), job=job, data_types=frozenset({"events"}))
    assert await shop.days_stored() == [FIRST + timedelta(days=number) for number in range(10)]
    assert shop.google.faults.calls["BatchRunReports"] == asked + 3


async def test_a_range_stops_before_the_tokens_of_the_day_end_and_goes_on_the_next(shop: Property) -> None:
    for number in range(5):
        shop.happens(FIRST + timedelta(days=number), "10:00", "page_view")
    # The hour's would do: the day's are enough for three days of 20, and the tenth that is kept.
    shop.held.quota = TokenQuota(day=80, cost=5)
    job = await shop.new_job()
    with pytest.raises(QuotaSpent, match="20 are left, of which 8 are kept for today's") as spent:
        await shop.run(days=days(5), job=job)
    assert spent.value.until == next_day(AT)
    assert await shop.days_stored() == [FIRST + timedelta(days=number) for number in range(3)]
    assert shop.held.quota.day == 20
    # An hour later there are no more of them.
    await shop.an_hour_passes()
    with pytest.raises(QuotaSpent):
        await shop.run(days=days(5), job=job)
    await shop.a_day_passes()
    asked = shop.google.faults.calls["BatchRunReports"]
    await shop.run(days=days(5), job=job)
    assert await shop.days_stored() == [FIRST + timedelta(days=number) for number in range(5)]
    # Two days of events, and the rest of all.
    assert shop.google.faults.calls["BatchRunReports"] == asked + 3


async def test_todays_sync_may_spend_what_a_backfill_leaves(shop: Property) -> None:
    shop.held.quota = TokenQuota(project_hour=180, cost=5)
    with pytest.raises(QuotaSpent):
        await shop.run(days=days(10))
    before = shop.held.quota.project_hour
    with pytest.raises(QuotaSpent, match="0 are left"):
        await shop.run()
    assert before > shop.held.quota.project_hour == 0


async def test_two_workers_cannot_both_take_the_last_tokens(shop: Property) -> None:
    shop.held.quota = TokenQuota(project_hour=45, cost=5)
    await shop.run(days=days(1), data_types=frozenset({"events"}))
    tokens = Tokens(await shop.access(), shop.held.property_id)
    taken = await asyncio.gather(*(tokens.take(2) for _ in range(4)), return_exceptions=True)
    # 45 - 30 are left: one pair of reports of 5 tokens, and not a second.
    assert sum(isinstance(one, QuotaSpent) for one in taken) == 3


async def test_a_report_that_was_dear_once_does_not_end_the_reading(shop: Property) -> None:
    # Four reports at that price are more than the hour's 14,000: whoever is first in an hour may ask all the same,
    # a read of history not, which has to leave a tenth.
    shop.held.quota.cost = 3_600
    await shop.run(days=days(1), data_types=frozenset({"users"}))
    shop.held.quota.cost = 5
    with pytest.raises(QuotaSpent):
        await shop.run()
    await shop.an_hour_passes()
    access = await shop.access()
    with pytest.raises(QuotaSpent):
        await Tokens(access, shop.held.property_id, kept=KEPT_FOR_TODAY).take(4)
    tokens = Tokens(access, shop.held.property_id)
    first = await tokens.take(4)
    with pytest.raises(QuotaSpent):
        await tokens.take(4)
    await first.settle()
    # What the hour's first answers say stands in its place, though the day remembers it.
    await shop.run(reads_window=True)
    # What the next Pacific day's first answers say stands in its place.
    await shop.data.admin.execute(
        "update data.quota_window set began_at = began_at - interval '1 day' where tenant_id = $1",
        shop.company.tenant_id,
    )
    assert cost_of_a_report(await tokens.windows()) == 3_600
    await shop.run()
    assert cost_of_a_report(await tokens.windows()) == 5


async def test_an_allowance_that_became_smaller_is_known_by_the_next_hours_first_answers(shop: Property) -> None:
    for allowance in (140_000, 14_000):
        await shop.an_hour_passes()
        shop.held.quota = TokenQuota(project_hour=allowance)
        await shop.run(days=days(1))
    ceilings = "select ceiling from data.quota_window where tenant_id = $1 and span = 'project_hour' order by began_at"
    assert await shop.fetch(ceilings) == [(140_000,), (14_000,)]


async def test_a_call_that_fails_gives_its_tokens_back(shop: Property) -> None:
    shop.google.faults.fail(TOO_MANY_AT_ONCE)
    with pytest.raises(VendorAway, match="at once") as away:
        await shop.run(days=days(1))
    assert away.value.retry_after == 60
    assert {reserved for *_, reserved, _ in await shop.fetch(LEDGER)} == {0}


async def test_tokens_that_others_spent_are_whole_again_after_pacific_midnight(shop: Property) -> None:
    shop.held.quota = TokenQuota(day=0)
    with pytest.raises(QuotaSpent, match="spent for today") as spent:
        await shop.run(days=days(1))
    assert spent.value.until == next_day(AT)


async def test_a_window_begins_when_googles_clock_is_past_midnight_too() -> None:
    midnight = datetime(2024, 7, 11, 8, tzinfo=UTC)
    for at in (midnight - timedelta(seconds=1), midnight + timedelta(minutes=4)):
        assert next_day(at) == midnight + timedelta(minutes=5)
        assert next_hour(at) == midnight + timedelta(minutes=5)
    assert day_of(midnight + timedelta(minutes=5)) == hour_of(midnight + timedelta(minutes=5)) > midnight


async def test_googles_day_is_24_hours_of_pst_where_the_pacific_zone_changes_its_clocks() -> None:
    assert next_day(datetime(2024, 3, 10, 9, tzinfo=UTC)) == datetime(2024, 3, 11, 8, 5, tzinfo=UTC)
    assert day_of(datetime(2024, 11, 4, 8, tzinfo=UTC)) == datetime(2024, 11, 3, 8, 5, tzinfo=UTC)


async def test_a_plan_reckons_with_what_the_propertys_reports_take(shop: Property) -> None:
    before = await plan(await shop.access(), *days(30))
    assert before.quota is not None
    # Four reports a day, and four each four days.
    assert before.quota.needed == (30 * 4 + 8 * 4) * TOKENS_A_REPORT
    shop.held.quota = TokenQuota(cost=3)
    await shop.run(days=days(1), data_types=frozenset({"events"}))
    after = await plan(await shop.access(), *days(30))
    assert after.quota is not None
    assert after.quota.needed == (30 * 4 + 8 * 4) * 3
    assert after.quota.left_this_hour == 14_000 - 18 - 1_400


async def test_a_plan_says_what_is_lost_for_ever(shop: Property) -> None:
    planned = await plan(await shop.access(), FIRST.replace(year=2020, month=9), FIRST.replace(year=2020, month=10))
    nothing_left = [lost for lost in planned.lost if lost.first]
    assert [str(lost.last) for lost in nothing_left] == ["2020-10-01"]
    assert planned.requests == 0
