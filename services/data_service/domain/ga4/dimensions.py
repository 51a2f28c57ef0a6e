"""The dimensions of a property that fill an event's columns: a source's `custom_dimensions`.

Our name → the Data API's: `user_pseudo_id`, `user_id`, `ga_session_id`, `no_search_results_term` and, instead of GA4's
own, `page_location`, `page_title`, `search_term`, `transaction_id`, `item_id`, `item_name`; any other name becomes an
event's param, or its user property where the dimension is a `customUser:` one, or with `geo.country`, `geo.region`,
`geo.city` its place. Ids and those others: at most five.
"""

import re
from typing import Final

from services.data_service.sources.ga4.report import MOST_DIMENSIONS

# The ids of user, device and visit.
PERSON: Final = ("user_pseudo_id", "user_id", "ga_session_id")
# GA4's default dimensions of an event's columns; a source may name others.
BUILT_IN: Final = {
    "page_location": "pageLocation",
    "page_title": "pageTitle",
    "search_term": "searchTerm",
    "transaction_id": "transactionId",
    "item_id": "itemId",
    "item_name": "itemName",
}
_TERM: Final = "no_search_results_term"
# The report of products needs four dimensions itself.
MOST_OF_A_VISIT: Final = MOST_DIMENSIONS - 4
_DIMENSION: Final = re.compile(r"((customEvent|customUser|customItem):)?[A-Za-z][A-Za-z0-9_ ]{0,99}")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,99}")


def check_dimensions(given: dict[str, str]) -> dict[str, str]:
    """Return the dimensions if every report of events can request them.

    Raises:
        ValueError: an invalid name or dimension, or more than a report has room for.
    """
    for name, dimension in given.items():
        if not _NAME.fullmatch(name):
            reason = f"{name[:40]!r} is not a name of letters, digits, '_' and '.'"
            raise ValueError(reason)
        if not _DIMENSION.fullmatch(dimension):
            reason = f"{dimension[:60]!r} is not a dimension's name, such as customEvent:ga_session_id"
            raise ValueError(reason)
    if len(visit_names(given)) > MOST_OF_A_VISIT:
        reason = (
            f"a report has {MOST_DIMENSIONS} dimensions, which leaves {MOST_OF_A_VISIT} for ids and params:"
            f" {', '.join(visit_names(given))[:200]}"
        )
        raise ValueError(reason)
    return given


def visit_names(custom_dimensions: dict[str, str]) -> list[str]:
    """The names that every report of events requests: user and device, visit, and the tenant's own params."""
    ids = [name for name in PERSON if name in custom_dimensions]
    return ids + [name for name in custom_dimensions if name not in (*PERSON, *BUILT_IN, _TERM)]


def dimension_of(name: str, custom_dimensions: dict[str, str]) -> str:
    """The Data API's name of a dimension."""
    return custom_dimensions.get(name) or BUILT_IN[name]


def has_term_of_failed_searches(custom_dimensions: dict[str, str]) -> bool:
    """Whether searches without a result have their own param for the term."""
    return _TERM in custom_dimensions
