"""How figures changed against the period before."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

_ONE_DECIMAL = Decimal("0.1")


def change_pct(current: Decimal | int, previous: Decimal | int) -> Decimal:
    """100 · (current − previous) / previous to one decimal; 0 where there was nothing before."""
    if not previous:
        return Decimal(0)
    change = 100 * (Decimal(current) - Decimal(previous)) / abs(Decimal(previous))
    return change.quantize(_ONE_DECIMAL, ROUND_HALF_UP)


def changes(current: Mapping[str, Decimal | int], previous: Mapping[str, Decimal | int]) -> dict[str, Decimal]:
    """The change of every figure, by its name."""
    return {name: change_pct(value, previous[name]) for name, value in current.items()}
