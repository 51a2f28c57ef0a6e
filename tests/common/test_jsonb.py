from decimal import Decimal

import pytest

from common.db.jsonb import number, to_jsonb


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("10.00"), "10"),
        (Decimal("0.10"), "0.1"),
        (Decimal("1E+3"), "1000"),
        (Decimal(f"{10**40}.250"), f"{10**40}.25"),
        (2.5, "2.5"),
        (None, "null"),
    ],
)
def test_numbers_are_shown_without_needless_zeros(value: Decimal | float | None, shown: str) -> None:
    assert to_jsonb(number(value)) == shown
