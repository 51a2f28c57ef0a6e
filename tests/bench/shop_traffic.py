"""Simulated events of a shop, the same in every run."""

from typing import Any

from tests.data_service.export_rows import NOON

# The number of events of each kind in a hundred.
_MIX = {
    "page_view": 62,
    "view_item": 20,
    "add_to_cart": 6,
    "purchase": 2,
    "view_search_results": 4,
    "no_search_results": 1,
    "scroll": 5,
}
_KINDS = [kind for kind, share in _MIX.items() for _ in range(share)]


def event(number: int) -> dict[str, Any]:
    """Return the event with this number, as `POST /data/events` takes it, a millisecond after the one before."""
    kind, visit = _KINDS[number * 37 % 100], number // 9
    made: dict[str, Any] = {
        "event_name": kind,
        "event_timestamp": NOON + number * 1_000,
        "user_pseudo_id": f"{visit % 1_500}.1714392000",
        "user_id": f"user_{visit % 1_500:04}" if visit % 3 else None,
        "session_id": str(1_714_392_000 + visit),
        "page_location": f"https://shop.example/catalog/{number % 400}",
        "page_title": f"Product {number % 400}",
        "params": {"engagement_time_msec": 1_200, "source": "newsletter"},
    }
    if kind in ("view_item", "add_to_cart", "purchase"):
        made |= {"value": 182.78, "currency": "USD"}
        made["items"] = [{"item_id": f"P{number % 400:03}", "item_name": "Pipe", "price": 182.78, "quantity": 1}]
    if "search" in kind:
        made["search_term"] = f"copper pipe {number % 90}"
    return made
