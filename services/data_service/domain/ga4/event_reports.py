"""The four reports of a day's events, each within GA4's nine dimensions.

Product metrics cannot be combined with event metrics, and transaction ids or search terms would use up dimensions that
pages need. So pages, searches, purchases and products are separate reports, joined by minute and visit.
"""

from datetime import date
from typing import Final, NamedTuple

from services.data_service.domain.ga4.dimensions import dimension_of, has_term_of_failed_searches, visit_names
from services.data_service.sources.ga4.report import MOST_DIMENSIONS, Report

EVENTS: Final = "events"
SEARCHES: Final = "searches"
PURCHASES: Final = "purchases"
PRODUCTS: Final = "products"
_SEARCH_EVENTS: Final = ("view_search_results", "no_search_results")
_OWN: Final = {"minute": "dateHourMinute", "event_name": "eventName"}
_PRODUCT_METRICS: Final = ("itemsViewed", "itemsAddedToCart", "itemsPurchased", "itemRevenue")


class Asked(NamedTuple):
    """A report request and our names of its columns, including metrics."""

    report: Report
    columns: tuple[str, ...]


def event_reports(custom_dimensions: dict[str, str], day: date) -> list[Asked]:
    """The report requests for a day's events."""
    visit = visit_names(custom_dimensions)
    term = ["no_search_results_term"] if has_term_of_failed_searches(custom_dimensions) else []
    searched = ["minute", "event_name", "search_term", *term, *visit]
    if len(searched) < MOST_DIMENSIONS:
        searched.append("page_location")
    asked = {
        EVENTS: ["minute", "event_name", *visit, "page_location", "page_title"],
        SEARCHES: searched,
        PURCHASES: ["minute", "transaction_id", *visit],
        PRODUCTS: ["minute", "item_id", "item_name", "transaction_id", *visit],
    }
    metrics = {
        EVENTS: ("eventCount", "eventValue"),
        SEARCHES: ("eventCount",),
        PURCHASES: ("eventCount", "purchaseRevenue"),
        PRODUCTS: _PRODUCT_METRICS,
    }
    return [
        Asked(
            Report(
                name,
                tuple(_OWN.get(column) or dimension_of(column, custom_dimensions) for column in columns),
                metrics[name],
                day,
                day,
                only_events={SEARCHES: _SEARCH_EVENTS, PURCHASES: ("purchase",)}.get(name, ()),
                but_events=("purchase", *_SEARCH_EVENTS) if name == EVENTS else (),
            ),
            (*columns, *metrics[name]),
        )
        for name, columns in asked.items()
    ]
