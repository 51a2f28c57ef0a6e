"""A day in a small shop: event rows that make one task of each kind."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from tests.analytics_service.reference import Row

# Monday, April 29, 2024, 9:00 in Chicago.
MORNING = datetime(2024, 4, 29, 14, tzinfo=UTC)


def at(minutes: float, kind: str, device: str, session: str, **more: Any) -> Row:
    """Return a row `minutes` after the shop opened."""
    ts = MORNING + timedelta(minutes=minutes)
    more.setdefault("location_id", "N")
    return Row(kind, ts, uuid4(), device, session_id=session, **more)


def item(item_id: str, price: float, quantity: float = 1) -> dict[str, Any]:
    return {"item_id": item_id, "item_name": f"Product {item_id}", "price": price, "quantity": quantity}


def a_purchase(transaction: str = "T1", *, minutes: float = 0, value: str = "20.50", **more: Any) -> list[Row]:
    more = {"device": "buyer", "session": "b1", "user_id": "ann", "items": (item("P1", 10.25, 2),), **more}
    device, session = more.pop("device"), more.pop("session")
    return [at(minutes, "purchase", device, session, transaction_id=transaction, value=Decimal(value), **more)]


def an_open_cart(**more: Any) -> list[Row]:
    more = {"items": (item("P2", 5, 3), item("P3", 1)), "value": Decimal(16), "user_id": "bob", **more}
    return [at(10, "add_to_cart", "cart", "c1", **more)]


def a_failed_search(term: str = "left-handed hammer", **more: Any) -> list[Row]:
    return [at(20, "no_search_results", "searcher", "s1", search_term=term, **more)]


def two_visits(**more: Any) -> list[Row]:
    return [
        at(-1500, "page_view", "visitor", "v1", **more),
        at(30, "page_view", "visitor", "v2", **more),
        at(31, "view_item", "visitor", "v2", items=(item("P1", 10.25),), **more),
    ]


def a_day() -> list[Row]:
    """One task of each kind, all at branch N."""
    return [*a_purchase(), *an_open_cart(), *a_failed_search(), *two_visits()]
