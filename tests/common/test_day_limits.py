from datetime import date

import pytest

from common.day_limits import is_too_long


@pytest.mark.parametrize(
    ("first", "longest"),
    [
        ("2021-03-01", "2026-02-28"),
        ("2021-03-02", "2026-03-01"),
        ("2019-03-01", "2024-02-29"),
        ("2019-02-28", "2024-02-27"),
        ("2020-02-29", "2025-02-28"),
        ("2020-03-01", "2025-02-28"),
        ("2021-01-01", "2025-12-31"),
    ],
)
async def test_five_years_end_the_day_before_the_same_date(first: str, longest: str) -> None:
    start, end = date.fromisoformat(first), date.fromisoformat(longest)
    assert not is_too_long(start, end)
    assert is_too_long(start, date.fromordinal(end.toordinal() + 1))
