"""The demo's shop: an order every hour, each drawn from its number, so that it is the same at every start."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.standins.woocommerce.records import line_record
from tests.standins.woocommerce.shop import Shop

EVERY = timedelta(hours=1)
DAYS = 30
_OPENED = datetime(2026, 1, 1, tzinfo=UTC)
_FIRST_NUMBER = 20_001


class DemoShop:
    """A shop whose customers and products are given: `{customers: [{email, company}], products: [{id, name, price}]}`.

    `go_on` takes in the orders that are due.
    """

    def __init__(self, assortment: dict[str, Any], at: datetime) -> None:
        self.shop = Shop()
        self._customers: list[dict[str, Any]] = assortment["customers"]
        self._products: list[dict[str, Any]] = assortment["products"]
        for number, product in enumerate(self._products, start=1):
            self.shop.products[number] = {
                "id": number,
                "name": product["name"],
                "sku": product["id"],
                "price": f"{product['price']:.2f}",
                "date_modified_gmt": "2026-01-01T00:00:00",
            }
        self._next = (at - timedelta(days=DAYS) - _OPENED) // EVERY
        self.go_on(at)

    def go_on(self, at: datetime) -> None:
        """Take in what was ordered until now."""
        while (created := _OPENED + self._next * EVERY) <= at:
            self._order(self._next, created)
            self._next += 1

    def _order(self, place: int, created: datetime) -> None:
        drawn = random.Random(place)
        customer = drawn.choice(self._customers)
        lines = [
            self._line(place * 10 + offset, product, drawn.choice((1, 1, 2, 4)))
            for offset, product in enumerate(drawn.sample(range(len(self._products)), drawn.choice((1, 1, 2, 3))))
        ]
        total = sum(float(line["total"]) for line in lines)
        self.shop.order(
            created.replace(microsecond=0),
            id=_FIRST_NUMBER + place,
            email=customer["email"],
            line_items=lines,
            shipping_total="0.00",
            total=f"{total:.2f}",
        )

    def _line(self, number: int, product: int, quantity: int) -> dict[str, Any]:
        sold = self._products[product]
        line = line_record(number, sold["name"], product + 1, quantity, sold["price"])
        return line | {"sku": sold["id"]}
