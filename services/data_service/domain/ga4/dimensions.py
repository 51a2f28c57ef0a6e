"""Under which names a property's reports know what an event's columns want: a source's `custom_dimensions`.

Our name → the Data API's: `user_pseudo_id`, `user_id`, `ga_session_id`, `no_search_results_term` and, instead of GA4's
own, `page_location`, `page_title`, `search_term`, `transaction_id`, `item_id`, `item_name`; any other name becomes an
event's param, or its user property where the dimension is a `customUser:` one, or with `geo.country`, `geo.region`,
`geo.city` its place. Ids and those others: at most five.
"""

import re
from typing import Final

from services.data_service.sources.ga4.report import MOST_DIMENSIONS

# What says who did it, in which visit.
PERSON: Final = ("user_pseudo_id", "user_id", "ga_session_id")
# GA4's own dimensions for what an event is about; another one may be named instead.
BUILT_IN: Final = {
    "page_location": "pageLocation",
    "page_title": "pageTitle",
    "search_term": "searchTerm",
    "transaction_id": "transactionId",
    "item_id": "itemId",
    "item_name": "itemName",
}
_TERM: Final = "no_search_results_term"
# A product's report has four dimensions of its own.
MOST_OF_A_VISIT: Final = MOST_DIMENSIONS - 4
_DIMENSION: Final = re.compile(r"((customEvent|customUser|customItem):)?[A-Za-z][A-Za-z0-9_ ]{0,99}")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,99}")


def check_dimensions(given: dict[str, str]) -> dict[str, str]:
    """The same, where every report of events can be asked with them.

    Raises:
        ValueError: a name or dimension that cannot be one, or more than a report has room for.
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
    """The names that every report of events asks for: who, in which visit, and the tenant's own params."""
    ids = [name for name in PERSON if name in custom_dimensions]
    return ids + [name for name in custom_dimensions if name not in (*PERSON, *BUILT_IN, _TERM)]


def dimension_of(name: str, custom_dimensions: dict[str, str]) -> str:
    """What the Data API calls it."""
    return custom_dimensions.get(name) or BUILT_IN[name]


def has_term_of_failed_searches(custom_dimensions: dict[str, str]) -> bool:
    """Whether searches without a result name their term in a param of their own."""
    return _TERM in custom_dimensions
