"""A day's open carts and sales, counted from rows."""

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

_NOTHING = Fraction(0)


class _Left(NamedTuple):
    """Something that is left in a cart, and what it is worth in its currency."""

    product: str | None
    name: str | None
    currency: str
    quantity: Fraction
    amount: Fraction


def carts_of(day: DayRows) -> Rows:
    """The rows of `open_cart`."""
    found: Rows = {}
    for key, rows in day.sessions.items():
        bought = max((row.ts for row in rows if row.kind == "purchase"), default=None)
        later = [row for row in rows if bought is None or row.ts > bought]
        added = [row for row in later if row.kind == "add_to_cart"]
        if not added or day.raw.day_of(added[-1].ts) != day.raw.day:
            continue
        left = _left(day, added, [row for row in later if row.kind == "remove_from_cart"])
        if left:
            since = "" if bought is None else str(int(bought.timestamp()) * 1_000_000 + bought.microsecond)
            found[key] = (*_cart(day, added, left), task_key("cart-abandonment", *key, since))
    return found


def _cart(day: DayRows, added: list[Event], left: list[_Left]) -> tuple[Any, ...]:
    last = added[-1]
    u = day.u_of(last) or ""
    rates = {currency: day.raw.rate(currency) for currency in {_currency(day, row) for row in added}}
    worth = [_worth(one.amount, rates[one.currency]) for one in left]
    amount = (
        None if all(one is None for one in worth) else rounded(sum((one or _NOTHING for one in worth), _NOTHING), 10)
    )
    foreign: dict[str, Fraction] = defaultdict(Fraction)
    for one in left:
        if rates[one.currency] is None:
            foreign[one.currency] += one.amount
    converted = {one.currency: rates[one.currency] for one in left if one.currency != day.raw.currency}
    return (
        *(day.raw.day, last.ts, last.user_id, u, last.location_id, day.location_of(last)),
        canonical([_line(one, value) for one, value in zip(left, worth, strict=True)]),
        amount,
        None if amount is None else rounded(Fraction(amount)),
        sum(rates[_currency(day, row)] is None for row in added) if foreign else 0,
        canonical({currency: rounded(value, 10) for currency, value in foreign.items()} or None),
        canonical({currency: rate for currency, rate in converted.items() if rate is not None} or None),
        day.next_bought(u, last.ts),
    )


def _line(one: _Left, worth: Fraction | None) -> dict[str, Any]:
    amount = one.amount if worth is None else worth
    price = rounded(Fraction(rounded(amount / one.quantity, 10))) if one.quantity else None
    return {
        "item_id": one.product,
        "item_name": one.name,
        "quantity": rounded(one.quantity, 6),
        "price": price,
        "value": None if worth is None else rounded(Fraction(rounded(worth, 10))),
    }


def _left(day: DayRows, added: list[Event], removed: list[Event]) -> list[_Left]:
    """By product and currency what was put in, less the share of the product that was taken back."""
    put_in: dict[str | None, Fraction] = defaultdict(Fraction)
    taken: dict[str | None, Fraction] = defaultdict(Fraction)
    for row in removed:
        for line in lines_of(row.items):
            taken[product_of(line)] += quantity_of(line)
    sums: dict[tuple[str | None, str], list[Any]] = defaultdict(lambda: [None, _NOTHING, _NOTHING])
    loose: list[_Left] = []
    for row in added:
        currency, lines = _currency(day, row), lines_of(row.items)
        if not lines:
            loose.append(_Left(None, None, currency, Fraction(1), Fraction(row.value or 0)))
        for line in lines:
            put_in[product_of(line)] += quantity_of(line)
            entry = sums[product_of(line), currency]
            entry[0] = max((name for name in (entry[0], name_of(line)) if name is not None), default=None)
            entry[1] += quantity_of(line)
            entry[2] += amount_of(line)
    left: list[_Left] = []
    for (product, currency), (name, quantity, amount) in sums.items():
        if put_in[product] > max(taken[product], _NOTHING):
            share = (put_in[product] - taken[product]) / put_in[product]
            left.append(_Left(product, name, currency, quantity * share, amount * share))
    return left + loose


def sales_of(day: DayRows) -> Rows:
    """The rows of `sale`."""
    own = (row for row in day.raw.first_purchases if day.raw.day_of(row.ts) == day.raw.day)
    return {(row.transaction_id,): _sale(day, row) for row in own}


def _sale(day: DayRows, row: Event) -> tuple[Any, ...]:
    currency, amount = _currency(day, row), row.value or 0
    rate = day.raw.rate(currency)
    return (
        *(day.raw.day, row.ts, row.device or "", row.user_id, day.u_of(row), row.location_id, day.location_of(row)),
        *(amount, currency, None if currency == day.raw.currency else rate),
        None if rate is None else rounded(Fraction(amount) * Fraction(rate)),
        canonical([_sold(line, None if currency == day.raw.currency else rate) for line in lines_of(row.items)]),
        task_key("purchases", row.transaction_id or ""),
        row.session_id,
    )


def _sold(line: dict[str, Any], rate: Any) -> dict[str, Any]:
    price, worth = number_of(line, "price"), Fraction(1 if rate is None else rate)
    if price is not None and rate is not None:
        price = Fraction(rounded(price * worth))
    return {
        "item_id": product_of(line),
        "item_name": name_of(line),
        "quantity": exact(quantity_of(line)),
        "price": None if price is None else exact(price),
        "value": rounded(amount_of(line) * worth),
    }


def _currency(day: DayRows, row: Event) -> str:
    return (row.currency or day.raw.currency).upper()


def _worth(amount: Fraction, rate: Any) -> Fraction | None:
    return None if rate is None else amount * Fraction(rate)
