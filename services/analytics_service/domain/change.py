"""How figures changed against the period before."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from services.analytics_service.domain.ratio import percent


def change_pct(current: Decimal | int, previous: Decimal | int) -> Decimal:
    """100 · (current − previous) / previous to one decimal; 0 where there was nothing before."""
    return percent(Fraction(current) - Fraction(previous), abs(Fraction(previous)))


def changes(current: Mapping[str, Decimal | int], previous: Mapping[str, Decimal | int]) -> dict[str, Decimal]:
    """The change of every figure, by its name."""
    return {name: change_pct(value, previous[name]) for name, value in current.items()}
