"""Rounding half away from zero, of figures of any length.

Python's own context has 28 digits: what is longer is rounded unasked, and `quantize` ends in an error.
"""

from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

# As wide as a figure can be. Not for what never ends, as a third does: that is a Fraction until it is rounded.
EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN, rounding=ROUND_HALF_UP)


def rounded(amount: Decimal | Fraction, digits: int = 2) -> Decimal:
    """With so many decimals, half away from zero; what rounds to nothing from below has no sign."""
    if isinstance(amount, Fraction):
        parts, whole = abs(amount.numerator) * 10**digits, amount.denominator
        units = (2 * parts + whole) // (2 * whole)
        return Decimal(units if amount >= 0 else -units).scaleb(-digits, EXACT)
    return EXACT.plus(amount.quantize(Decimal(1).scaleb(-digits), context=EXACT))
