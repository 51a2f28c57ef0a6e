"""What GA4 adds up is shared out again so that nothing is gained or lost."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.data_service.domain.files.rejection import Rejected
from services.data_service.domain.ga4.products import Product, deal_out, shares
from services.data_service.domain.ga4.told_rows import minute_of

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
