"""Round numbers of any length half away from zero.

Python's default context has 28 digits: it silently rounds longer results, and its `quantize` fails for them.
"""

from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

# The widest context. Do not divide in it: a quotient without a finite expansion, such as 1/3, must be a Fraction.
EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN, rounding=ROUND_HALF_UP)


def rounded(amount: Decimal | Fraction, digits: int = 2) -> Decimal:
    """Round to this many decimals, half away from zero. A negative amount that rounds to zero has no sign."""
    if isinstance(amount, Fraction):
        numerator, denominator = abs(amount.numerator) * 10**digits, amount.denominator
        units = (2 * numerator + denominator) // (2 * denominator)
        return Decimal(units if amount >= 0 else -units).scaleb(-digits, EXACT)
    return EXACT.plus(amount.quantize(Decimal(1).scaleb(-digits), context=EXACT))
