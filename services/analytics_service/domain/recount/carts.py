"""A day's open carts and sales, counted from event rows."""

from collections import defaultdict
from fractions import Fraction
from typing import Any, NamedTuple

from services.analytics_service.domain.recount.day_rows import DayRows, task_key
from services.analytics_service.domain.recount.lines import (
    amount_of,
    exact,
    lines_of,
    name_of,
    number_of,
    product_of,
    quantity_of,
    rounded,
)
from services.analytics_service.store.event_tables import canonical
from services.analytics_service.store.marketing_tables import Rows
from services.analytics_service.store.raw_events import Event

_ZERO = Fraction(0)


class _OpenLine(NamedTuple):
    """A product left in a cart, with its amount in its own currency."""

    product: str | None
    name: str | None
    currency: str
    quantity: Fraction
    amount: Fraction


def carts_of(day: DayRows) -> Rows:
    """Return the rows of table `open_cart`."""
    found: Rows = {}
    for key, rows in day.sessions.items():
        bought = max((row.ts for row in rows if row.kind == "purchase"), default=None)
        after_purchase = [row for row in rows if bought is None or row.ts > bought]
        added = [row for row in after_purchase if row.kind == "add_to_cart"]
        if not added or day.raw.day_of(added[-1].ts) != day.raw.day:
            continue
        removed = [row for row in after_purchase if row.kind == "remove_from_cart"]
        open_lines = _open_lines(day, added, removed)
        if open_lines:
            since = "" if bought is None else str(int(bought.timestamp()) * 1_000_000 + bought.microsecond)
            found[key] = (*_cart(day, added, open_lines), task_key("cart-abandonment", *key, since))
    return found


def _cart(day: DayRows, added: list[Event], open_lines: list[_OpenLine]) -> tuple[Any, ...]:
    last = added[-1]
    u = day.u_of(last) or ""
    rates = {currency: day.raw.rate(currency) for currency in {_currency(day, row) for row in added}}
    values = [_converted(line.amount, rates[line.currency]) for line in open_lines]
    known = [value for value in values if value is not None]
    amount = rounded(sum(known, _ZERO), 10) if known else None
    foreign: dict[str, Fraction] = defaultdict(Fraction)
    for line in open_lines:
        if rates[line.currency] is None:
            foreign[line.currency] += line.amount
    rates_used = {line.currency: rates[line.currency] for line in open_lines if line.currency != day.raw.currency}
    return (
        *(day.raw.day, last.ts, last.user_id, u, last.location_id, day.location_of(last)),
        canonical([_line(line, value) for line, value in zip(open_lines, values, strict=True)]),
        amount,
        None if amount is None else rounded(Fraction(amount)),
        sum(rates[_currency(day, row)] is None for row in added) if foreign else 0,
        canonical({currency: rounded(value, 10) for currency, value in foreign.items()} or None),
        canonical({currency: rate for currency, rate in rates_used.items() if rate is not None} or None),
        day.next_purchase(u, last.ts),
    )


def _line(line: _OpenLine, value: Fraction | None) -> dict[str, Any]:
    amount = line.amount if value is None else value
    price = rounded(Fraction(rounded(amount / line.quantity, 10))) if line.quantity else None
    return {
        "item_id": line.product,
        "item_name": line.name,
        "quantity": rounded(line.quantity, 6),
        "price": price,
        "value": None if value is None else rounded(Fraction(rounded(value, 10))),
    }


def _open_lines(day: DayRows, added: list[Event], removed: list[Event]) -> list[_OpenLine]:
    """Sum the added lines by product and currency, reduced by the share of the product that was removed again."""
    added_quantity: dict[str | None, Fraction] = defaultdict(Fraction)
    removed_quantity: dict[str | None, Fraction] = defaultdict(Fraction)
    for row in removed:
        for line in lines_of(row.items):
            removed_quantity[product_of(line)] += quantity_of(line)
    sums: dict[tuple[str | None, str], list[Any]] = defaultdict(lambda: [None, _ZERO, _ZERO])
    itemless: list[_OpenLine] = []
    for row in added:
        currency, lines = _currency(day, row), lines_of(row.items)
        if not lines:
            itemless.append(_OpenLine(None, None, currency, Fraction(1), Fraction(row.value or 0)))
        for line in lines:
            added_quantity[product_of(line)] += quantity_of(line)
            entry = sums[product_of(line), currency]
            entry[0] = max((name for name in (entry[0], name_of(line)) if name is not None), default=None)
            entry[1] += quantity_of(line)
            entry[2] += amount_of(line)
    open_lines: list[_OpenLine] = []
    for (product, currency), (name, quantity, amount) in sums.items():
        if added_quantity[product] > max(removed_quantity[product], _ZERO):
            share = (added_quantity[product] - removed_quantity[product]) / added_quantity[product]
            open_lines.append(_OpenLine(product, name, currency, quantity * share, amount * share))
    return open_lines + itemless


def sales_of(day: DayRows) -> Rows:
    """Return the rows of table `sale`."""
    sales = (row for row in day.raw.first_purchases if day.raw.day_of(row.ts) == day.raw.day)
    return {(row.transaction_id,): _sale(day, row) for row in sales}


def _sale(day: DayRows, row: Event) -> tuple[Any, ...]:
    currency, amount = _currency(day, row), row.value or 0
    rate = day.raw.rate(currency)
    return (
        *(day.raw.day, row.ts, row.device or "", row.user_id, day.u_of(row), row.location_id, day.location_of(row)),
        *(amount, currency, None if currency == day.raw.currency else rate),
        None if rate is None else rounded(Fraction(amount) * Fraction(rate)),
        canonical([_sold_line(line, None if currency == day.raw.currency else rate) for line in lines_of(row.items)]),
        task_key("purchases", row.transaction_id or ""),
        row.session_id,
    )


def _sold_line(line: dict[str, Any], rate: Any) -> dict[str, Any]:
    price, factor = number_of(line, "price"), Fraction(1 if rate is None else rate)
    if price is not None and rate is not None:
        price = Fraction(rounded(price * factor))
    return {
        "item_id": product_of(line),
        "item_name": name_of(line),
        "quantity": exact(quantity_of(line)),
        "price": None if price is None else exact(price),
        "value": rounded(amount_of(line) * factor),
    }


def _currency(day: DayRows, row: Event) -> str:
    return (row.currency or day.raw.currency).upper()


def _converted(amount: Fraction, rate: Any) -> Fraction | None:
    return None if rate is None else amount * Fraction(rate)
