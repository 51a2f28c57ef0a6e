"""What GA4 adds up is shared out again so that nothing is gained or lost."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.data_service.domain.events.location_rule import LocationRule
from services.data_service.domain.files.rejection import Rejected
from services.data_service.domain.ga4.day_events import DayEvents, DayReader
from services.data_service.domain.ga4.event_reports import event_reports
from services.data_service.domain.ga4.products import Product, deal_out, shares
from services.data_service.domain.ga4.report_rows import ReportRows, minute_of
from services.data_service.domain.ga4.visit import VisitReader

MONEY = st.decimals(min_value=0, max_value=10**9, places=6)
PRODUCTS = st.lists(
    st.builds(Product, st.uuids().map(str), st.just("Box"), st.integers(1, 10**6).map(Decimal), st.none()), max_size=9
)


@given(MONEY, st.integers(1, 500))
def test_equal_parts_add_up_and_differ_by_next_to_nothing(total: Decimal, among: int) -> None:
    parts = shares(total, among)
    assert len(parts) == among
    assert sum(parts) == total
    assert max(parts) - min(parts) <= Decimal("0.000001") * among


@given(PRODUCTS, st.integers(1, 40))
def test_each_products_quantity_is_dealt_out_whole(products: list[Product], among: int) -> None:
    dealt = deal_out(products, among)
    assert len(dealt) == among
    for product in products:
        items = [item for items in dealt for item in items if item["item_id"] == product.item_id]
        assert sum(item["quantity"] for item in items) == pytest.approx(float(product.quantity), abs=1e-4)
    if products:
        assert all(dealt)


@pytest.mark.parametrize(
    ("minute", "zone", "instant"),
    [
        ("202404010905", "America/Chicago", datetime(2024, 4, 1, 14, 5, tzinfo=UTC)),
        ("202403311530", "Asia/Kathmandu", datetime(2024, 3, 31, 9, 45, tzinfo=UTC)),
        # The hour that comes twice is its first, the one that never comes lies after the gap.
        ("202411030130", "America/Chicago", datetime(2024, 11, 3, 6, 30, tzinfo=UTC)),
        ("202403100230", "America/Chicago", datetime(2024, 3, 10, 8, 30, tzinfo=UTC)),
    ],
)
def test_a_minute_is_an_instant_by_the_propertys_clock(minute: str, zone: str, instant: datetime) -> None:
    assert minute_of(minute, ZoneInfo(zone)) == int(instant.timestamp()) * 1_000_000


@pytest.mark.parametrize("text", ["(other)", "", "20240401", "202413010000"])
def test_what_is_no_minute_is_refused(text: str) -> None:
    with pytest.raises(Rejected):
        minute_of(text, ZoneInfo("UTC"))


MINUTE = "202404010905"
CART = (MINUTE, "add_to_cart", "/", "Boxes", "2", "30")
ORDER = (MINUTE, "T-1", "1", "28")
IN_CART = (MINUTE, "P1", "Box", "", "0", "2", "0", "0")
BOUGHT = (MINUTE, "P1", "Box", "T-1", "0", "0", "2", "28")


def events_of(**rows: list[tuple[str, ...]]) -> DayEvents:
    """The events of a day with these rows in its reports, by the reports' names."""
    told = {
        asked.report.name: ReportRows(asked.columns, rows.get(asked.report.name, []))
        for asked in event_reports({}, date(2024, 4, 1))
    }
    return DayReader("4711", VisitReader({}, LocationRule()), ZoneInfo("UTC"), "USD").read(told)


@pytest.mark.parametrize("absurd", ["1e15", "-1e15", "1e24", "1e300"])
def test_a_value_beyond_all_reason_costs_its_own_event_and_no_other(absurd: str) -> None:
    # Whoever knows a property's public measurement id can send Google such values.
    cart = (MINUTE, "add_to_cart", "/absurd", "Boxes", "1", absurd)
    order = (MINUTE, "T-2", "1", absurd)
    in_order = (MINUTE, "P2", "Tape", "T-1", "0", "0", "1", absurd)
    read = events_of(events=[CART, cart], purchases=[ORDER, order], products=[IN_CART, in_order, BOUGHT])
    assert read.rejected == 2
    assert [event.value for event in read.events] == ["15", "15", "28"]
    assert all('"item_id":"P1"' in event.items and "P2" not in event.items for event in read.events)


def test_a_quantity_beyond_all_reason_leaves_its_product_out() -> None:
    absurd = (MINUTE, "P2", "Tape", "T-1", "0", "0", "1e24", "28")
    (order,) = events_of(purchases=[ORDER], products=[BOUGHT, absurd]).events
    assert order.items == '[{"item_id":"P1","item_name":"Box","price":14,"quantity":2}]'
