"""A day's reports → its events.

A row counts equal events of a minute; it becomes that many events at the minute's start. Event ids are derived from
all of their fields, so reading a day again gives the same events, and a restated day differs only in restated events.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from services.data_service.domain.events.event_id import as_uuid_text, id_of_text
from services.data_service.domain.files.rejection import Rejected
from services.data_service.domain.ga4.event_reports import EVENTS, PRODUCTS, PURCHASES, SEARCHES
from services.data_service.domain.ga4.products import Product, deal_out, shares
from services.data_service.domain.ga4.report_rows import (
    OTHER_ROW,
    ReportRows,
    event_number,
    is_in_range,
    minute_of,
    number_in,
)
from services.data_service.domain.ga4.visit import Visit, VisitReader
from services.data_service.domain.values import bounded, id_of, search_term_of, text_of
from services.data_service.sources.vendor import VendorAway
from services.data_service.store.events.staged_event import KIND_OF_NAME, OTHER, PURCHASE, StagedEvent

_encode = msgspec.json.Encoder().encode
_SEPARATOR: Final = "\x1f"
_MAX_NAME_BYTES: Final = 256
# The metric with a product's quantity, by kind of event.
_PRODUCT_METRIC: Final = {"view_item": "itemsViewed", "add_to_cart": "itemsAddedToCart"}
# Minute, visit and (of purchases) transaction.
Group = tuple[str, ...]


class DayEvents(NamedTuple):
    """A day's events; `untold` counts those that GA4 merged into "(other)", `rejected` the unreadable rows."""

    events: list[StagedEvent]
    untold: int
    rejected: int


class DayReader:
    """Joins the reports of a property's day."""

    def __init__(self, property_id: str, visits: VisitReader, zone: ZoneInfo, currency: str) -> None:
        self._property_id = property_id
        self._visits = visits
        self._zone = zone
        self._currency = currency
        self._seen: Counter[str] = Counter()
        self._untold = 0
        self._rejected = 0

    def read(self, told: Mapping[str, ReportRows]) -> DayEvents:
        """The events of a day's reports, by the names of event_reports.

        Raises:
            VendorAway: a metric is not a number.
        """
        try:
            products = _Products(self._visits.names, told)
        except Rejected as rejected:
            reason = f"GA4 answered with what is no report: {rejected.reason}."
            raise VendorAway(reason) from None
        events = [event for name in (EVENTS, SEARCHES, PURCHASES) for event in self._each(told[name], products)]
        return DayEvents(events, self._untold, self._rejected)

    def _each(self, told: ReportRows, products: "_Products") -> Iterator[StagedEvent]:
        for row in told.by_column():
            try:
                if OTHER_ROW in row.values():
                    self._untold += int(number_in(row["eventCount"], "eventCount"))
                else:
                    yield from list(self._events_of(row, products))
            except Rejected:
                self._rejected += 1

    def _events_of(self, row: dict[str, str], products: "_Products") -> Iterator[StagedEvent]:
        event_us = str(minute_of(row["minute"], self._zone))
        visit = self._visits.read(row)
        name = bounded(text_of(row.get("event_name", "purchase"), "event_name"), "event_name", _MAX_NAME_BYTES)
        if not name:
            reason = "eventName is missing"
            raise Rejected(reason, "event_name")
        count = int(event_number(row["eventCount"], "eventCount"))
        amount = event_number(row.get("purchaseRevenue") or row.get("eventValue") or "0", "value")
        if count < 1:
            reason = f"eventCount is {count}"
            raise Rejected(reason, "eventCount")
        for value in shares(amount, count):
            yield self._event(name, event_us, visit, row, value, products.next_of(name, row))

    def _event(
        self, name: str, event_us: str, visit: Visit, row: Mapping[str, str], value: Decimal, items: list[Any]
    ) -> StagedEvent:
        kind = KIND_OF_NAME.get(name, OTHER)
        has_money = name in _PRODUCT_METRIC or kind in (PURCHASE, OTHER)
        event = StagedEvent(
            str(kind),
            event_us,
            "",
            visit.user_pseudo_id,
            visit.user_id,
            visit.session_id,
            visit.location_id,
            text_of(row.get("page_location"), "page_location"),
            text_of(row.get("page_title"), "page_title"),
            _subject(name, kind, row),
            f"{value.normalize():f}" if has_money and (value or kind == PURCHASE) else "",
            self._currency if has_money and (value or items) else "",
            _encode(items).decode() if items else "",
            _encode(visit.extra | {"ga4_property": self._property_id}).decode(),
        )
        return self._with_id(event)

    def _with_id(self, event: StagedEvent) -> StagedEvent:
        said = _SEPARATOR.join((self._property_id, *event))
        self._seen[said] += 1
        event_id = id_of_text(f"{said}{_SEPARATOR}{self._seen[said]}")
        subject = event.subject or (as_uuid_text(event_id) if event.kind == str(PURCHASE) else "")
        return event._replace(event_id=event_id, subject=subject)


class _Products:
    """Deals out items to events in turn; rows with a number out of range are left out."""

    def __init__(self, names: list[str], told: Mapping[str, ReportRows]) -> None:
        self._names = names
        self._counts: Counter[Group] = Counter()
        self._values: defaultdict[Group, Decimal] = defaultdict(Decimal)
        for row in told[EVENTS].by_column():
            if row["event_name"] in _PRODUCT_METRIC and OTHER_ROW not in row.values():
                self._add(row["event_name"], row, "eventValue")
        for row in told[PURCHASES].by_column():
            self._add("purchase", row, "purchaseRevenue")
        self._dealt: dict[Group, Iterator[list[dict[str, Any]]]] = {}
        products = self._by_group(told[PRODUCTS])
        for group, count in self._counts.items():
            if group in products:
                self._dealt[group] = iter(deal_out(self._priced(group, products[group]), count))

    def next_of(self, name: str, row: Mapping[str, str]) -> list[dict[str, Any]]:
        """The items of the group's next event."""
        return next(self._dealt.get(self._group(name, row), iter(())), [])

    def _add(self, name: str, row: Mapping[str, str], value_metric: str) -> None:
        count, value = (number_in(row[metric], metric) for metric in ("eventCount", value_metric))
        if is_in_range(count) and is_in_range(value):
            group = self._group(name, row)
            self._counts[group] += int(count)
            if name in _PRODUCT_METRIC:
                self._values[group] += value

    def _group(self, name: str, row: Mapping[str, str]) -> Group:
        transaction = row.get("transaction_id", "") if name == "purchase" else ""
        return (name, row["minute"], transaction, *(row[one] for one in self._names))

    def _by_group(self, told: ReportRows) -> dict[Group, list[Product]]:
        found: defaultdict[Group, list[Product]] = defaultdict(list)
        for row in told.by_column():
            if OTHER_ROW in row.values():
                continue
            for name, metric in (*_PRODUCT_METRIC.items(), ("purchase", "itemsPurchased")):
                quantity = number_in(row[metric], metric)
                revenue = number_in(row["itemRevenue"], "itemRevenue")
                if quantity > 0 and is_in_range(quantity) and is_in_range(revenue):
                    price = revenue / quantity if name == "purchase" else None
                    found[self._group(name, row)].append(Product(row["item_id"], row["item_name"], quantity, price))
        return found

    def _priced(self, group: Group, products: list[Product]) -> list[Product]:
        """Products viewed or in a cart, with the mean price of their minute: GA4 reports only the events' value."""
        value = self._values.get(group)
        if not value:
            return products
        price = value / sum((product.quantity for product in products), Decimal())
        return [product._replace(price=price) for product in products]


def _subject(name: str, kind: int, row: Mapping[str, str]) -> str:
    if kind == PURCHASE:
        return id_of(row.get("transaction_id"), "transaction_id")
    if kind == OTHER:
        return name
    return search_term_of(row.get("search_term")) or search_term_of(row.get("no_search_results_term"))
