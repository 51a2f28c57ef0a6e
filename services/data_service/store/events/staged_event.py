"""One event for the staging table: the columns of a COPY line, in the table's order."""

from typing import Final, NamedTuple

# The event tables; an event's kind is its table's index in this tuple.
EVENT_TABLES: Final = (
    "page_view",
    "view_item",
    "add_to_cart",
    "purchase",
    "view_search_results",
    "no_search_results",
    "other_event",
)
KIND_OF_NAME: Final = {name: kind for kind, name in enumerate(EVENT_TABLES) if name != "other_event"}
PURCHASE: Final = KIND_OF_NAME["purchase"]
SEARCHES: Final = frozenset({KIND_OF_NAME["view_search_results"], KIND_OF_NAME["no_search_results"]})
OTHER: Final = EVENT_TABLES.index("other_event")
# Kinds whose tables have value, currency and items.
WITH_ITEMS: Final = frozenset({KIND_OF_NAME["view_item"], KIND_OF_NAME["add_to_cart"], PURCHASE, OTHER})


class StagedEvent(NamedTuple):
    """An event as text, column by column; the empty text is null, since absent values are never stored."""

    kind: str
    event_us: str  # µs since 1970, UTC
    event_id: str  # 32 hex digits
    user_pseudo_id: str
    user_id: str
    session_id: str
    location_id: str
    page_location: str
    page_title: str
    subject: str  # transaction_id, search_term or event_name, by the kind
    value: str
    currency: str
    items: str  # JSON
    extra: str  # JSON
