"""Product lines and amounts of money, as events give them."""

import json
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import Any, Final

_PRECISION = 200
_CENT: Final = Decimal("0.01")


def lines_of(items: str | None) -> list[dict[str, Any]]:
    """Return the product lines in an event's `items`."""
    found = json.loads(items or "[]", parse_float=Decimal)
    return found if isinstance(found, list) else []


def product_of(line: dict[str, Any]) -> str | None:
    """Return the product's id, else its name."""
    return next((_text(line[name]) for name in ("item_id", "item_name") if line.get(name) is not None), None)


def name_of(line: dict[str, Any]) -> str | None:
    """Return the product's name."""
    name = line.get("item_name")
    return None if name is None else _text(name)


def number_of(line: dict[str, Any], name: str) -> Fraction | None:
    """Return a numeric field of the line, or None if it is missing."""
    value = line.get(name)
    return None if value is None else Fraction(str(value))


def quantity_of(line: dict[str, Any]) -> Fraction:
    """Return the quantity; 1 if it is missing."""
    quantity = number_of(line, "quantity")
    return Fraction(1) if quantity is None else quantity


def amount_of(line: dict[str, Any]) -> Fraction:
    """Return price times quantity; 0 if there is no price."""
    return (number_of(line, "price") or Fraction(0)) * quantity_of(line)


def rounded(amount: Fraction, places: int = 2) -> Decimal:
    """Round half away from zero."""
    scaled = abs(amount) * 10**places
    whole = (scaled + Fraction(1, 2)).__floor__()
    return Decimal(whole if amount >= 0 else -whole).scaleb(-places)


def cents(amount: Decimal) -> Decimal:
    """Round to cents, half away from zero."""
    return amount.quantize(_CENT, ROUND_HALF_UP)


def exact(amount: Fraction) -> Decimal:
    """Return all decimals; of a number that has infinitely many, the first 200 digits."""
    with localcontext(prec=_PRECISION):
        return Decimal(amount.numerator) / Decimal(amount.denominator)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)
