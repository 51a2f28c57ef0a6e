"""Ratios as answers have them: rounded once, half away from zero, and 0 where there is nothing to divide by."""

from decimal import Decimal
from fractions import Fraction

from common.rounding import rounded

Amount = Decimal | Fraction | int


def ratio(part: Amount, whole: Amount, digits: int = 2) -> Decimal:
    """`part` / `whole` with so many decimals."""
    return rounded(Fraction(part) / Fraction(whole), digits) if whole else Decimal(0)


def percent(part: Amount, whole: Amount) -> Decimal:
    """100 · `part` / `whole` with one decimal."""
    return ratio(100 * Fraction(part), whole, 1)
