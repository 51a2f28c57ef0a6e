"""Precision of a rule, from the feedback on its insights."""

from decimal import Decimal
from fractions import Fraction

from common.rounding import rounded


def precision_pct(useful: int, noise: int) -> Decimal | None:
    """Return the percentage of feedback that says useful, or None without any feedback."""
    total = useful + noise
    return rounded(Fraction(100 * useful, total), 1) if total else None
