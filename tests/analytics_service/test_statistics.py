"""The dashboard and the branches over HTTP."""

from decimal import Decimal
from fractions import Fraction

import pytest

from services.analytics_service.domain.change import change_pct
from tests.analytics_service import shop
from tests.analytics_service.conftest import Service
from tests.analytics_service.reference import cents

DAY = {"start_date": "2024-04-29", "end_date": "2024-04-29"}


async def test_the_dashboard_is_compared_with_the_previous_period(service: Service) -> None:
    before = shop.a_purchase("T0", minutes=-1440, value="41", device="earlier", session="e1", user_id="eve")
    await service.record([*shop.a_day(), *before])
    answer = (await service.get("/analytics/stats", **DAY)).json()
    assert answer["period"] == {
        "start_date": "2024-04-29", "end_date": "2024-04-29",
        "previous_start_date": "2024-04-28", "previous_end_date": "2024-04-28",
    }  # fmt: skip
    assert answer["current"] == {
        "revenue": 20.5, "purchases": 1, "visitors": 4, "sessions": 4, "page_views": 1, "add_to_carts": 1,
        "abandoned_carts": 1, "abandoned_value": 16, "searches": 1, "failed_searches": 1, "repeat_visitors": 0,
        "conversion_rate": 25, "average_order_value": 20.5,
    }  # fmt: skip
    assert (answer["previous"]["revenue"], answer["previous"]["visitors"]) == (41, 2)
    assert (answer["change_pct"]["revenue"], answer["change_pct"]["searches"]) == (-50, 0)
    assert answer["daily"] == [{"dt": "2024-04-29", **answer["current"]}]
    assert answer["top_products"] == [
        {"item_id": "P1", "item_name": "Product P1", "quantity": 2, "revenue": 20.5, "purchases": 1}
    ]
    assert answer["top_search_terms"] == [{"search_term": "left-handed hammer", "searches": 1, "no_result_searches": 1}]
    (branch,) = answer["by_location"]
    assert (branch["location_id"], branch["revenue"], branch["sessions"]) == ("N", 20.5, 4)


async def test_a_branchs_statistics_are_its_own(service: Service) -> None:
    once, again = (
        shop.a_purchase(f"T{number}", device="far", session=f"f{number}", location_id="S") for number in (2, 3)
    )
    await service.record([*shop.a_day(), *once, *again])
    answer = (await service.get("/analytics/stats", **DAY, location_id="S")).json()
    assert (answer["current"]["purchases"], answer["current"]["visitors"], answer["current"]["sessions"]) == (2, 1, 2)
    assert answer["current"]["repeat_visitors"] == 1
    assert answer["daily"] == [{"dt": "2024-04-29", **answer["current"]}]
    assert [branch["location_id"] for branch in answer["by_location"]] == ["S"]


async def test_days_without_data_are_zeros(service: Service) -> None:
    answer = (await service.get("/analytics/stats", start_date="2024-04-01", end_date="2024-04-30")).json()
    assert len(answer["daily"]) == 30
    assert {day["visitors"] for day in answer["daily"]} == {0}
    assert answer["current"]["conversion_rate"] == 0


async def test_only_branches_with_events_are_listed(service: Service) -> None:
    await service.stored.writer.executemany(
        "insert into data.locations (tenant_id, location_id, location_name, city) values ($1, $2, $3, 'Omaha')",
        [(service.tenant_id, "N", "North"), (service.tenant_id, "E", "East, without events")],
    )
    await service.record([*shop.a_purchase(), *shop.a_purchase("T2", device="far", location_id="Unnamed")])
    answer = (await service.get("/analytics/locations")).json()
    assert answer["total"] == 2
    north, unnamed = answer["data"]
    assert north == {
        "location_id": "N", "location_name": "North", "city": "Omaha", "state": None, "events": 1, "purchases": 1,
        "revenue": 20.5, "last_activity_at": "2024-04-29T14:00:00Z",
    }  # fmt: skip
    assert (unnamed["location_name"], unnamed["city"]) == ("Unnamed", None)


@pytest.mark.parametrize(
    ("current", "previous", "change"),
    [
        (3, 2, "50.0"),
        (1, 3, "-66.7"),
        (5, 0, "0"),
        (2005, 2000, "0.3"),
        (-1, -2, "50.0"),
        (1999, 2000, "-0.1"),
        (19999, 20000, "0.0"),
        (10**40, Decimal("0.01"), f"{10**44 - 100}.0"),
        (Decimal(f"{10**30}.01"), Decimal(f"-{10**30}.01"), "200.0"),
    ],
)
def test_a_change_has_one_decimal_and_is_zero_where_there_was_nothing(
    current: Decimal | int, previous: Decimal | int, change: str
) -> None:
    assert str(change_pct(current, previous)) == change


def test_the_reference_rounds_half_away_from_zero() -> None:
    assert [cents(Fraction(number, 1000)) for number in (5, -5, 14, 15)] == [
        Decimal("0.01"), Decimal("-0.01"), Decimal("0.01"), Decimal("0.02"),
    ]  # fmt: skip
