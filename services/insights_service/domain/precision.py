"""How often a rule is right, by those who read what it found."""

from decimal import Decimal
from fractions import Fraction

from common.rounding import rounded


def precision_pct(useful: int, noise: int) -> Decimal | None:
    """Share of the useful among all that was said, in percent; None where nothing was said."""
    said = useful + noise
    return rounded(Fraction(100 * useful, said), 1) if said else None
