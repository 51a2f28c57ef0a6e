"""Generate the rows of a GA4 BigQuery export for one visit to the shop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from branchwise.demo.company import Customer, Product

CURRENCY: Final = "USD"
BRANCH_PROPERTY: Final = "branch"
_SHOP: Final = "https://shop.demo.example"
_SOURCES: Final = (
    *(("google", "organic"), ("google", "cpc"), ("facebook", "paid_social")),
    *(("newsletter", "email"), ("(direct)", "(none)")),
)
_MICROSECOND: Final = timedelta(microseconds=1)
_EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")

Line = tuple[Product, int]


class Visit:
    """Collects the rows of one session. Each step takes between half a minute and three minutes."""

    def __init__(self, customer: Customer, begins: datetime, session_id: int, random: Random) -> None:
        self.rows: list[dict[str, Any]] = []
        self._customer = customer
        self._at = begins
        self._session_id = session_id
        self._random = random
        self._source = random.choice(_SOURCES)
        self._step("session_start", "/", {})
        self.see_page("/", "Home")

    def see_page(self, path: str, title: str) -> None:
        """Open a page."""
        self._step("page_view", path, {"page_title": title})

    def see(self, product: Product) -> None:
        """Open a product's page."""
        path = f"/product/{product.item_id.lower()}"
        self.see_page(path, product.name)
        self._step("view_item", path, {"value": product.price, "currency": CURRENCY}, [(product, 1)])

    def search(self, term: str, *, found: bool) -> None:
        """Search. The shop sends a separate event if the search has no result."""
        if found:
            self._step("view_search_results", "/search", {"search_term": term})
        else:
            self._step("no_search_results", "/search", {"no_search_results_term": term})

    def put_into_cart(self, lines: Sequence[Line]) -> None:
        """Put each line into the cart."""
        for product, quantity in lines:
            value = round(product.price * quantity, 2)
            self._step("add_to_cart", "/cart", {"value": value, "currency": CURRENCY}, [(product, quantity)])

    def buy(self, lines: Sequence[Line]) -> None:
        """Order what is in the cart."""
        value = round(sum(product.price * quantity for product, quantity in lines), 2)
        order = f"W{self._session_id}"
        self._step("purchase", "/thank-you", {"transaction_id": order, "value": value, "currency": CURRENCY}, lines)
        units = sum(quantity for _, quantity in lines)
        self.rows[-1]["ecommerce"] = {
            "transaction_id": order,
            "purchase_revenue": value,
            "total_item_quantity": str(units),
        }

    def _step(self, name: str, path: str, params: Mapping[str, Any], lines: Sequence[Line] = ()) -> None:
        self._at += timedelta(seconds=self._random.randrange(30, 180), milliseconds=self._random.randrange(1000))
        customer, (source, medium) = self._customer, self._source
        all_params = {"ga_session_id": self._session_id, "page_location": f"{_SHOP}{path}", **params}
        self.rows.append(
            {
                "event_date": f"{self._at:%Y%m%d}",
                "event_timestamp": str((self._at - _EPOCH) // _MICROSECOND),
                "event_name": name,
                "event_params": [{"key": key, "value": _typed(value)} for key, value in all_params.items()],
                "event_bundle_sequence_id": str(self._session_id * 100 + len(self.rows)),
                "user_id": customer.user_id,
                "user_pseudo_id": customer.device,
                "user_properties": [{"key": BRANCH_PROPERTY, "value": _typed(customer.branch.code)}],
                "device": {"category": "desktop" if customer.number % 3 else "mobile"},
                "geo": {"country": "United States", "region": customer.branch.state, "city": customer.branch.city},
                "traffic_source": {"source": source, "medium": medium},
                "platform": "WEB",
                "items": [_item(product, quantity) for product, quantity in lines],
            }
        )


def _typed(value: float | str) -> dict[str, Any]:
    """Return a parameter's value in the field that BigQuery's export uses for its type. Integers become text."""
    if isinstance(value, str):
        return {"string_value": value}
    return {"int_value": str(value)} if isinstance(value, int) else {"double_value": value}


def _item(product: Product, quantity: int) -> dict[str, Any]:
    return {"item_id": product.item_id, "item_name": product.name, "price": product.price, "quantity": str(quantity)}
