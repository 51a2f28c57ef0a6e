"""Ratios as answers have them: rounded once, half away from zero, and 0 where there is nothing to divide by."""

from decimal import ROUND_HALF_UP, Context, Decimal

Amount = Decimal | int

# Wide enough for whatever a numeric column sums up to; Python's own 28 digits end in an error.
_WIDE = Context(prec=1000, rounding=ROUND_HALF_UP)


def ratio(part: Amount, whole: Amount, digits: int = 2) -> Decimal:
    """`part` / `whole` with so many decimals."""
    return rounded(_WIDE.divide(Decimal(part), Decimal(whole)), digits) if whole else Decimal(0)


def percent(part: Amount, whole: Amount) -> Decimal:
    """100 · `part` / `whole` with one decimal."""
    return ratio(_WIDE.multiply(Decimal(100), Decimal(part)), whole, 1)


def rounded(amount: Decimal, digits: int = 2) -> Decimal:
    """Rounded half away from zero."""
    return amount.quantize(Decimal(1).scaleb(-digits), context=_WIDE)
