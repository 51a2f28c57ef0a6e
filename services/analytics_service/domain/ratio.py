"""Ratios as answers show them: rounded once, half away from zero; 0 if the denominator is 0 (definitions.md)."""

from decimal import Decimal
from fractions import Fraction

from common.rounding import rounded

Amount = Decimal | Fraction | int


def ratio(part: Amount, whole: Amount, digits: int = 2) -> Decimal:
    """Return `part` / `whole` with `digits` decimals."""
    return rounded(Fraction(part) / Fraction(whole), digits) if whole else Decimal(0)


def percent(part: Amount, whole: Amount) -> Decimal:
    """Return 100 · `part` / `whole` with one decimal."""
    return ratio(100 * Fraction(part), whole, 1)
