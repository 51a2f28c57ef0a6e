"""Minutes of GA4 reports become events, once, and stay what GA4 says of them."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from common.db.jsonb import from_jsonb
from services.data_service.sources.vendor import VendorAway
from tests.data_service.ga4.property import FIRST, ZONE, Property, at_noon, days
from tests.standins.ga4.faults import INTERNAL, UNAVAILABLE
from tests.standins.ga4.held import Fact

pytestmark = pytest.mark.asyncio(loop_scope="module")

# While Google still restates these days.
AT_ONCE = at_noon(FIRST + timedelta(days=3))
BOX = {"item_id": "P1", "item_name": "Box", "price": 12.5, "quantity": 2}
TAPE = {"item_id": "P2", "item_name": "Tape", "price": 3.0, "quantity": 1}


def a_visit(shop: Property) -> None:
    """Looks at a box, puts it into the cart, searches in vain, buys box and tape."""
    shop.happens(FIRST, "09:00", "page_view", dimensions={"pageLocation": "https://shop/boxes", "pageTitle": "Boxes"})
    shop.happens(FIRST, "09:01", "view_item", value=25.0, items=[BOX])
    shop.happens(FIRST, "09:02", "add_to_cart", value=25.0, items=[BOX])
    shop.happens(FIRST, "09:03", "view_search_results", dimensions={"searchTerm": "  Bubble  WRAP "})
    shop.happens(FIRST, "09:05", "purchase", value=28.0, items=[BOX, TAPE], dimensions={"transactionId": "T-1"})


async def test_a_visit_becomes_events_with_their_products_term_and_branch(shop: Property) -> None:
    a_visit(shop)
    job = await shop.run(days=days(1))
    assert job.counts["purchase"] == 1
    ((ts, device, user, session, branch, transaction, value, currency, items, road),) = await shop.fetch(
        "select event_ts, user_pseudo_id, user_id, session_id, location_id, transaction_id, value, currency, items,"
        " road from data.purchase where tenant_id = $1"
    )
    # 9:05 in Chicago, in summer.
    assert ts == datetime(2024, 4, 1, 14, 5, tzinfo=UTC)
    assert (device, user, session, branch) == ("d1", "u-d1", "100", "Omaha")
    assert (transaction, value, currency, road) == ("T-1", Decimal(28), "USD", 2)
    assert from_jsonb(items) == [BOX, TAPE]
    assert await shop.fetch("select value, items -> 0 ->> 'price' from data.add_to_cart where tenant_id = $1") == [
        (Decimal(25), "12.5")
    ]
    assert await shop.fetch("select search_term from data.view_search_results where tenant_id = $1") == [
        ("bubble wrap",)
    ]
    assert await shop.fetch("select page_location, page_title from data.page_view where tenant_id = $1") == [
        ("https://shop/boxes", "Boxes")
    ]


async def test_the_same_day_read_twice_changes_nothing_and_tells_of_nothing(shop: Property) -> None:
    a_visit(shop)
    await shop.run(days=days(1))
    before = await shop.data.rows(shop.company.tenant_id)
    batches = await shop.fetch("select batch_id from data.batch where tenant_id = $1 order by batch_id")
    job = await shop.run(days=days(1))
    assert await shop.data.rows(shop.company.tenant_id) == before
    assert await shop.fetch("select batch_id from data.batch where tenant_id = $1 order by batch_id") == batches
    assert job.counts["duplicates"] == 5
    assert "replaced" not in job.counts


async def test_what_was_done_three_times_in_a_minute_is_three_events(shop: Property) -> None:
    shop.happens(FIRST, "10:00", "add_to_cart", count=3, value=12.5, items=[BOX | {"quantity": 1}])
    await shop.run(days=days(1))
    rows = await shop.fetch("select value, items -> 0 ->> 'quantity' from data.add_to_cart where tenant_id = $1")
    assert rows == [(Decimal("12.5"), "1")] * 3


async def test_a_restated_day_ends_as_google_says_now(shop: Property) -> None:
    a_visit(shop)
    shop.happens(FIRST, "11:00", "page_view", visitor="robot", count=4)
    await shop.run(days=days(1))
    await shop.data.told(shop.company)
    shop.data.told_so_far(shop.company)

    def is_gone(fact: Fact) -> bool:
        return fact.dimensions.get("customUser:client_id") == "robot" or fact.dimensions["eventName"] == "purchase"

    shop.held.forget(is_gone)
    shop.happens(FIRST, "09:05", "purchase", value=30.0, items=[BOX, TAPE], dimensions={"transactionId": "T-1"})
    shop.happens(FIRST, "23:59", "page_view", visitor="late")
    job = await shop.run(days=days(1), began_at=AT_ONCE)
    assert job.counts["replaced"] == 5
    assert await shop.fetch("select transaction_id, value from data.purchase where tenant_id = $1") == [
        ("T-1", Decimal(30))
    ]
    seen = await shop.fetch("select user_pseudo_id from data.page_view where tenant_id = $1 order by event_ts")
    assert seen == [("d1",), ("late",)]
    told = await shop.data.told(shop.company)
    assert {device for device, *_ in told.keys} == {"robot", "d1", "late"}


async def test_a_day_that_google_has_nothing_of_any_more_is_empty(shop: Property) -> None:
    a_visit(shop)
    await shop.run(days=days(1))
    shop.held.facts.clear()
    job = await shop.run(days=days(1), began_at=AT_ONCE)
    assert job.counts["replaced"] == 5
    assert await shop.data.total(shop.company.tenant_id) == 0


async def test_a_read_day_leaves_its_neighbours_and_other_roads_alone(shop: Property) -> None:
    shop.happens(FIRST, "00:00", "page_view")
    shop.happens(FIRST + timedelta(days=1), "23:59", "page_view")
    await shop.run(days=days(2))
    posted = await shop.data.api.post(
        "/data/events",
        json={"events": [{"event_name": "page_view", "event_timestamp": "2024-04-01T15:00:00Z"}]},
        headers=shop.company.headers,
    )
    assert posted.json()["accepted"] == 1
    shop.held.facts.clear()
    await shop.run(days=days(1), began_at=AT_ONCE)
    assert await shop.fetch("select road, event_ts::date from data.page_view where tenant_id = $1 order by road") == [
        (2, FIRST + timedelta(days=2)),
        (4, FIRST),
    ]


async def test_answers_of_few_rows_are_read_to_the_end(shop: Property) -> None:
    for minute in range(60):
        shop.happens(FIRST, f"10:{minute:02}", "page_view", visitor=f"d{minute % 7}")
    shop.google.faults.most_rows = 11
    job = await shop.run(days=days(1))
    assert job.counts["page_view"] == 60


async def test_a_day_that_is_restated_between_two_pages_is_read_again(shop: Property) -> None:
    for minute in range(20):
        shop.happens(FIRST, f"10:{minute:02}", "page_view")
    shop.google.faults.most_rows = 11
    # (it sorts first, so that every later row moves on by one)
    shop.google.faults.in_between.append(lambda: shop.happens(FIRST, "00:01", "page_view"))
    job = await shop.run(days=days(1))
    assert job.counts["page_view"] == 21


@pytest.mark.parametrize(
    ("gone", "came"), [("10:19", "00:01"), ("10:00", "23:59")], ids=["to a later page", "to an earlier page"]
)
async def test_a_row_that_moves_to_another_page_is_neither_missed_nor_there_twice(
    shop: Property, gone: str, came: str
) -> None:
    for minute in range(20):
        shop.happens(FIRST, f"10:{minute:02}", "page_view")
    shop.google.faults.most_rows = 11

    def restate() -> None:
        ended = gone.replace(":", "")
        shop.held.forget(lambda fact: fact.dimensions.get("dateHourMinute", "").endswith(ended))
        shop.happens(FIRST, came, "page_view")

    shop.google.faults.in_between.append(restate)
    await shop.run(days=days(1))
    minutes = await shop.fetch("select event_ts from data.page_view where tenant_id = $1 order by event_ts")
    told = [ts.astimezone(ZONE).strftime("%H:%M") for (ts,) in minutes]
    assert told == sorted({f"10:{minute:02}" for minute in range(20)} - {gone} | {came})


async def test_after_an_outage_the_sync_goes_on_where_it_was(shop: Property) -> None:
    for number in range(4):
        shop.happens(FIRST + timedelta(days=number), "10:00", "page_view")
    shop.google.faults.fail(UNAVAILABLE, after=2)
    job = await shop.new_job()
    with pytest.raises(VendorAway, match="cannot be reached"):
        await shop.run(days=days(4), job=job)
    assert await shop.data.total(shop.company.tenant_id) == 2
    asked = shop.google.faults.calls["BatchRunReports"]
    await shop.run(days=days(4), job=job)
    assert await shop.data.total(shop.company.tenant_id) == 4
    # Two days of events, then ads, channels, users and branches in one call.
    assert shop.google.faults.calls["BatchRunReports"] == asked + 3


async def test_an_error_of_googles_is_told_in_plain_words(shop: Property) -> None:
    shop.google.faults.fail(INTERNAL)
    with pytest.raises(VendorAway, match="GA4 answered with an error of its own"):
        await shop.run(days=days(1))


async def test_a_server_that_speaks_html_is_an_outage(shop: Property, monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\n\r\n<html>Bad Gateway</html>")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        monkeypatch.setattr(shop.data.context.settings, "ga4_endpoint", f"127.0.0.1:{port}")
        with pytest.raises(VendorAway):
            await shop.run(days=days(1))


async def test_a_day_that_an_export_has_stays_the_exports(shop: Property) -> None:
    a_visit(shop)
    shop.happens(FIRST + timedelta(days=1), "10:00", "page_view")
    noon = int(datetime(2024, 4, 1, 17, tzinfo=UTC).timestamp()) * 1_000_000
    row = f'{{"event_name": "page_view", "event_timestamp": {noon}, "user_pseudo_id": "d9"}}\n'
    await shop.data.imported(shop.company, "ga4-export", row.encode())
    job = await shop.run(days=days(2))
    assert job.counts["superseded"] == 5
    rows = await shop.fetch("select road, event_ts::date from data.page_view where tenant_id = $1 order by event_ts")
    assert rows == [(1, FIRST), (2, FIRST + timedelta(days=1))]


async def test_an_export_that_comes_later_takes_the_day(shop: Property) -> None:
    a_visit(shop)
    await shop.run(days=days(1))
    noon = int(datetime(2024, 4, 1, 17, tzinfo=UTC).timestamp()) * 1_000_000
    row = f'{{"event_name": "page_view", "event_timestamp": {noon}, "user_pseudo_id": "d9"}}\n'
    await shop.data.imported(shop.company, "ga4-export", row.encode())
    assert await shop.data.total(shop.company.tenant_id) == 1
