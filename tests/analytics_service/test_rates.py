"""Foreign money in lists and statistics while its rates are added, changed and removed."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

from common.events.contracts.data_rates_changed import RatesChanged
from tests.analytics_service import shop
from tests.analytics_service.conftest import Service

DAY = "2024-04-29"
RANGE = {"start_date": DAY, "end_date": DAY}


async def rated(service: Service, rate: str | None) -> None:
    """Set the day's rate of the euro (None: no rate), and wait until the answers use it."""
    writer = service.stored.writer
    await writer.execute("delete from data.fx_rate where tenant_id = $1", service.tenant_id)
    if rate:
        await writer.execute(
            "insert into data.fx_rate (tenant_id, base, currency, day, rate) values ($1, 'USD', 'EUR', $2, $3)",
            *(service.tenant_id, date.fromisoformat(DAY), Decimal(rate)),
        )
    batch_id = uuid4()
    changed = RatesChanged(batch_id=batch_id, days=[DAY, "2024-04-30"], currencies=["EUR", "SEK"])
    await service.publish_and_wait(changed, batch_id)


async def figures(service: Service) -> dict[str, Any]:
    """Return what the answers say about the euros: of two tasks and of the day."""
    orders = (await service.get("/analytics/tasks/purchases", **RANGE)).json()
    carts = (await service.get("/analytics/tasks/cart-abandonment", **RANGE)).json()
    stats = (await service.get("/analytics/stats", **RANGE)).json()
    order = next(task for task in orders["data"] if task["transaction_id"] == "T1")
    [cart] = carts["data"]
    return {
        "order": (order["value"], order["currency"], order["items"][0]["price"], order["items"][0]["value"]),
        "orders": (orders["total_value"], orders["unconverted"]),
        "cart": (cart["value"], cart["currency"], {item["item_id"]: item["value"] for item in cart["items"]}),
        "carts": (carts["total_value"], carts["unconverted"]),
        "day": (stats["current"]["revenue"], stats["current"]["abandoned_value"], stats["unconverted"]),
        "branches": [(branch["location_id"], branch["revenue"]) for branch in stats["by_location"]],
        "products": {product["item_id"]: product["revenue"] for product in stats["top_products"]},
    }


def none_left() -> dict[str, Any]:
    return {"rows": 0, "by_currency": {}, "days": []}


def left(rows: int, euros: float) -> dict[str, Any]:
    return {"rows": rows, "by_currency": {"EUR": euros}, "days": [DAY]}


async def test_money_is_listed_without_a_rate_and_converted_at_that_of_its_own_day(service: Service) -> None:
    await service.record(
        [
            *shop.a_purchase(currency="EUR"),
            *shop.a_purchase("T2", value="7", device="two", items=(shop.item("P5", 7),)),
            *shop.an_open_cart(),
            shop.at(12, "add_to_cart", "cart", "c1", items=(shop.item("P9", 0.45),), currency="eur", user_id="bob"),
        ]
    )
    listed = {
        "order": (None, "EUR", 10.25, 20.5),
        "orders": (7, left(1, 20.5)),
        "cart": (16, "USD", {"P2": 15, "P3": 1, "P9": None}),
        "carts": (16, left(1, 0.45)),
        "day": (7, 16, left(2, 20.95)),
        "branches": [("N", 7)],
        "products": {"P5": 7},
    }
    assert await figures(service) == listed
    await rated(service, "1.1")
    # At this rate, 16.495 and 0.495 are rounded up.
    converted = {
        "order": (22.55, "USD", 11.28, 22.55),
        "orders": (29.55, none_left()),
        "cart": (16.5, "USD", {"P2": 15, "P3": 1, "P9": 0.5}),
        "carts": (16.5, none_left()),
        "day": (29.55, 16.5, none_left()),
        "branches": [("N", 29.55)],
        "products": {"P1": 22.55, "P5": 7},
    }
    assert await figures(service) == converted
    await rated(service, "1")
    assert (await figures(service))["day"] == (27.5, 16.45, none_left())
    await rated(service, None)
    assert await figures(service) == listed
