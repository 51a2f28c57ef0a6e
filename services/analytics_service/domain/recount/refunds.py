"""A day's refund events that name a transaction."""

import json
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from services.analytics_service.domain.recount.lines import exact, lines_of, number_of, quantity_of
from services.analytics_service.store.marketing_tables import Rows
from services.analytics_service.store.raw_events import Event


def refunds_of(rows: Iterable[Event]) -> Rows:
    """Return the rows of table `refund`. The amount is never negative; None: the event gives no amount."""
    found: Rows = {}
    for row in rows:
        if row.kind != "refund":
            continue
        extra: dict[str, Any] = json.loads(row.extra or "{}", parse_float=Decimal)
        ecommerce = _object(extra, "ecommerce")
        names = (part.get("transaction_id") for part in (_object(extra, "params"), ecommerce))
        transaction = next((name for name in names if name is not None), None)
        if transaction is not None:
            name = transaction if isinstance(transaction, str) else str(transaction)
            currency = row.currency.upper() if row.currency else row.currency
            found[row.order] = (row.device or "", row.user_id, name, _amount(row, ecommerce), currency)
    return found


def _object(extra: dict[str, Any], name: str) -> dict[str, Any]:
    part = extra.get(name)
    return part if isinstance(part, dict) else {}


def _amount(row: Event, ecommerce: dict[str, Any]) -> Decimal | None:
    if row.value is not None:
        return abs(row.value)
    refund_value = ecommerce.get("refund_value")
    if isinstance(refund_value, int | Decimal) and not isinstance(refund_value, bool):
        return abs(Decimal(refund_value))
    prices = [(number_of(line, "price"), quantity_of(line)) for line in lines_of(row.items)]
    lines = [price * quantity for price, quantity in prices if price is not None]
    return exact(abs(sum(lines, Fraction(0)))) if lines else None
