"""What a sync reads when nobody asks for days, and what its test says."""

from datetime import timedelta

import pytest

from common.clock import now
from common.db.jsonb import from_jsonb
from common.jobs import JobContext
from services.data_service.domain.syncs import sync_run
from services.data_service.domain.syncs.sync_run import ToBeContinued
from tests.data_service.ga4.property import DIMENSIONS, ZONE, Property, days
from tests.standins.ga4.faults import PERMISSION_DENIED

pytestmark = pytest.mark.asyncio(loop_scope="module")


def days_ago(count: int, property_: Property) -> None:
    """A page view at one in the morning, so many days ago."""
    property_.happens((now().astimezone(ZONE) - timedelta(days=count)).date(), "00:01", "page_view")


async def days_read(shop: Property) -> list[int]:
    """How many days ago the stored events happened."""
    today = now().astimezone(ZONE).date()
    rows = await shop.fetch("select event_ts from data.page_view where tenant_id = $1 order by event_ts desc")
    return [(today - ts.astimezone(ZONE).date()).days for (ts,) in rows]


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
    assert await days_read(shop) == [0, 1, 2, 3]
    ((position,),) = await shop.fetch(
        "select position from data.source_cursor where tenant_id = $1 and stream = 'events'"
    )
    assert from_jsonb(position) == {"day": str(now().astimezone(ZONE).date()), "zone": "America/Chicago"}


async def test_after_days_without_a_sync_all_of_them_are_read_and_those_restated_meanwhile(shop: Property) -> None:
    await shop.run()
    for count in range(10):
        days_ago(count, shop)
    five_days_ago = str((now().astimezone(ZONE) - timedelta(days=5)).date())
    await shop.data.admin.execute(
        "update data.source_cursor set position = jsonb_set(position, '{day}', to_jsonb($2::text))"
        " where tenant_id = $1 and stream = 'events'",
        *(shop.company.tenant_id, five_days_ago),
    )
    await shop.run()
    assert await days_read(shop) == [0, 1, 2, 3, 4, 5, 6, 7, 8]


async def test_a_long_sync_makes_way_between_days_and_reads_none_twice(
    shop: Property, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_run, "STEP_SECONDS", -1.0)
    for count in range(6):
        days_ago(count, shop)
    job, steps = await shop.new_job(), 1
    while await makes_way(shop, job):
        steps += 1
    assert steps == 4
    assert await days_read(shop) == [0, 1, 2, 3]
    assert job.counts["page_view"] == 4
    assert "duplicates" not in job.counts


async def makes_way(shop: Property, job: JobContext) -> bool:
    """Whether a step of the night's sync did not come to the end."""
    try:
        await shop.run(job=job, reads_window=True)
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
    other = await Property.connect(shop.data, shop.google)
    await shop.data.admin.execute(
        "update data.source set tenant_id = $2 where source_id = $1", other.source_id, shop.company.tenant_id
    )
    other.company = shop.company
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
    assert "by the minute" in said


async def test_a_test_of_a_property_that_may_not_be_read_says_what_to_do(shop: Property) -> None:
    shop.google.faults.fail(PERMISSION_DENIED)
    (finding,) = await shop.test()
    assert not finding.ok
    assert "Property access management" in finding.text
