"""The change of figures against the previous period."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from services.analytics_service.domain.ratio import percent


def change_pct(current: Decimal | int, previous: Decimal | int) -> Decimal:
    """Return 100 · (current − previous) / |previous| with one decimal; 0 if the previous value is 0."""
    return percent(Fraction(current) - Fraction(previous), abs(Fraction(previous)))


def changes(current: Mapping[str, Decimal | int], previous: Mapping[str, Decimal | int]) -> dict[str, Decimal]:
    """Return the change of every figure in percent, by its name."""
    return {name: change_pct(value, previous[name]) for name, value in current.items()}
