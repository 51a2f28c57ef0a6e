"""What a sync reads when nobody asks for days, and what its test says."""

from datetime import date, timedelta
from typing import Any

import pytest

from common.db.jsonb import from_jsonb, to_jsonb
from common.jobs import JobContext
from services.data_service.domain.ga4.due_days import due_days
from services.data_service.domain.syncs import sync_run
from services.data_service.domain.syncs.sync_run import ToBeContinued
from services.data_service.sources.vendor import VendorAway
from tests.data_service.ga4.property import DIMENSIONS, FIRST, TODAY, ZONE, Property, days
from tests.standins.ga4.faults import PERMISSION_DENIED, UNAVAILABLE

pytestmark = pytest.mark.asyncio(loop_scope="module")


def days_ago(count: int, property_: Property) -> None:
    """A page view at one in the morning, so many days ago."""
    property_.happens(TODAY - timedelta(days=count), "01:00", "page_view")


async def days_read(shop: Property) -> list[int]:
    """How many days ago the stored events happened."""
    return [(TODAY - day).days for day in reversed(await shop.days_stored())]


async def set_place(shop: Property, stream: str, **position: date) -> None:
    """A stream is read so far."""
    await shop.data.admin.execute(
        "insert into data.source_cursor (tenant_id, source_id, stream, position) values ($1, $2, $3, $4)"
        " on conflict (tenant_id, source_id, stream) do update set position = excluded.position",
        *(shop.company.tenant_id, shop.source_id, stream),
        to_jsonb({name: str(day) for name, day in position.items()} | {"zone": ZONE.key}),
    )


async def test_a_routine_sync_reads_today_and_yesterday(shop: Property) -> None:
    for count in range(6):
        days_ago(count, shop)
    await shop.run()
    assert await days_read(shop) == [0, 1]


async def test_the_night_reads_the_days_that_google_restates(shop: Property) -> None:
    for count in range(6):
        days_ago(count, shop)
    await shop.run()
    await shop.run(reads_window=True)
    assert await days_read(shop) == [0, 1, 2, 3, 4]
    ((position,),) = await shop.fetch(
        "select position from data.source_cursor where tenant_id = $1 and stream = 'events'"
    )
    assert from_jsonb(position) == {"day": str(TODAY), "zone": "America/Chicago"}


async def test_after_days_without_a_sync_all_of_them_are_read_and_those_restated_meanwhile(shop: Property) -> None:
    await shop.run()
    for count in range(10):
        days_ago(count, shop)
    await set_place(shop, "events", day=TODAY - timedelta(days=5))
    await shop.run()
    assert await days_read(shop) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]


async def test_ads_and_channels_that_a_sync_did_not_come_to_are_owed_by_the_next(shop: Property) -> None:
    for count in range(20):
        shop.held.add_sessions(TODAY - timedelta(days=count), 5, "Direct")
        shop.held.add_ad_day(TODAY - timedelta(days=count), "555", ("77", "Spring"), cost=1, clicks=1, impressions=1)
    await set_place(shop, "events", day=TODAY - timedelta(days=8))
    # At first none was read, and thirteen days of events are due; later both were, and what was restated since comes.
    for name, count, batches_of_events, oldest in (("from", 9, 13, 9), ("day", 10, 2, 14)):
        await set_place(shop, "reports", **{name: TODAY - timedelta(days=count)})
        before = asked(shop)
        shop.google.faults.fail(UNAVAILABLE, after=batches_of_events)
        with pytest.raises(VendorAway):
            await shop.run()
        assert asked(shop) == before + batches_of_events + 1
        await shop.run()
        for table in ("channel_day", "ad_performance"):
            found = await shop.fetch(f"select day from data.{table} where tenant_id = $1 order by day desc")
            assert [(TODAY - day).days for (day,) in found] == list(range(oldest + 1))


async def test_what_a_first_sync_did_not_come_to_is_owed_too(shop: Property) -> None:
    shop.google.faults.fail(UNAVAILABLE, after=5)
    with pytest.raises(VendorAway):
        await shop.run(reads_window=True)
    ((position,),) = await shop.fetch(
        "select position from data.source_cursor where tenant_id = $1 and stream = 'reports'"
    )
    assert from_jsonb(position) == {"from": str(TODAY - timedelta(days=4))}


def asked(shop: Property) -> int:
    """How many batches of reports were asked for."""
    return shop.google.faults.calls.get("BatchRunReports", 0)


@pytest.mark.parametrize(
    ("through", "at_night", "first"),
    [(None, False, 1), (None, True, 4), (0, False, 1), (1, False, 2), (1, True, 4), (2, False, 6)],
)
async def test_yesterday_and_today_are_due_at_night_five_days_and_whatever_was_missed(
    through: int | None, first: int, *, at_night: bool
) -> None:
    read = None if through is None else FIRST - timedelta(days=through)
    assert due_days(FIRST, read, reads_window=at_night) == (FIRST - timedelta(days=first), FIRST)


async def test_a_long_sync_makes_way_between_days_and_reads_none_twice(
    shop: Property, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_run, "STEP_SECONDS", -1.0)
    for count in range(6):
        days_ago(count, shop)
    job, steps = await shop.new_job(), 1
    while await makes_way(shop, job, reads_window=True):
        steps += 1
    assert steps == 5
    assert await days_read(shop) == [0, 1, 2, 3, 4]
    assert job.counts["page_view"] == 5
    assert "duplicates" not in job.counts


async def test_two_jobs_that_take_turns_read_each_of_their_days_once(
    shop: Property, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_run, "BACKFILL_STEP_SECONDS", -1.0)
    asked_before = asked(shop)
    ranges = days(4), (FIRST + timedelta(days=4), FIRST + timedelta(days=7))
    waiting = [(await shop.new_job(), wanted) for wanted in ranges]
    for _ in range(10):
        waiting = [(job, wanted) for job, wanted in waiting if await makes_way(shop, job, days=wanted)]
    assert waiting == []
    # Four days each, and the rest of them.
    assert asked(shop) == asked_before + 10


async def makes_way(shop: Property, job: JobContext, **wanted: Any) -> bool:
    """Whether a step of a sync did not come to the end."""
    try:
        await shop.run(job=job, **wanted)
    except ToBeContinued:
        return True
    return False


async def test_days_that_somebody_asks_for_leave_the_cursor_where_it_is(shop: Property) -> None:
    await shop.run()
    before = await shop.fetch("select position from data.source_cursor where tenant_id = $1 and stream = 'events'")
    await shop.run(days=days(1))
    assert (
        await shop.fetch("select position from data.source_cursor where tenant_id = $1 and stream = 'events'") == before
    )


async def test_two_properties_of_a_company_leave_each_others_events_alone(shop: Property) -> None:
    other = await Property.connect(shop.data, shop.google, company=shop.company)
    days_ago(0, shop)
    days_ago(0, other)
    await shop.run()
    await other.run()
    shop.held.facts.clear()
    await shop.run()
    rows = await shop.fetch("select extra ->> 'ga4_property' from data.page_view where tenant_id = $1")
    assert rows == [(other.held.property_id,)]


async def test_a_test_tells_the_property_its_dimensions_its_tokens_and_what_is_never_known(shop: Property) -> None:
    await shop.set_config(
        custom_dimensions={
            "user_pseudo_id": DIMENSIONS["user_pseudo_id"],
            "user_id": DIMENSIONS["user_id"],
            "tier": "customUser:tier",
        }
    )
    findings = {finding.text: finding.ok for finding in await shop.test()}
    said = "\n".join(findings)
    assert f"Property {shop.held.property_id} answers: time zone America/Chicago, currency USD, 0 events" in said
    assert "user_id is read from customUser:crm_id." in said
    without = "No custom dimension is set for ga_session_id: sessions are not told apart: no cart and search tasks."
    assert findings[without]
    assert not next(ok for text, ok in findings.items() if text.startswith("tier: the property has no dimension"))
    assert "Registered and not read: customEvent:branch, customEvent:ga_session_id." in said
    assert "Tokens left: 199995 today (Pacific time), 13995 this hour." in said
    for never in (
        *("without seconds and without their order", "only what is registered as a custom dimension, from then on"),
        *("other params, and contacts, never", "Prices of products in carts are the mean of their minute"),
        *("lumped together as (other) have no time", "Names of properties are not told"),
    ):
        assert never in said


async def test_a_test_of_a_property_that_may_not_be_read_says_what_to_do(shop: Property) -> None:
    shop.google.faults.fail(PERMISSION_DENIED)
    (finding,) = await shop.test()
    assert not finding.ok
    assert "Property access management" in finding.text
