"""Days and instants of requests."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from common.written_time import CalendarDay, Instant

DAYS = TypeAdapter[date](CalendarDay)
INSTANTS = TypeAdapter[datetime](Instant)


def test_a_day_is_taken_as_the_contract_writes_it() -> None:
    """With or without a leap day."""
    assert DAYS.validate_python("2024-02-29") == date(2024, 2, 29)
    assert DAYS.validate_python(date(2024, 2, 29)) == date(2024, 2, 29)


@pytest.mark.parametrize(
    "written",
    ["0.0", "2.220446049250313e-16", "86400", 0, 86400.0, "2024-02-29T00:00:00", "2023-02-29", "24-02-29", "", True],
)
def test_what_is_no_day_is_not_taken_for_seconds_since_1970(written: Any) -> None:
    """Nor for a day of another way of writing."""
    with pytest.raises(ValidationError):
        DAYS.validate_python(written)


def test_an_instant_is_taken_with_its_offset() -> None:
    """As RFC 3339 has it."""
    assert INSTANTS.validate_python("2024-02-29T12:00:00+01:00") == datetime(2024, 2, 29, 11, tzinfo=UTC)


@pytest.mark.parametrize("written", ["1709204400", 1709204400, 1709204400.5, "2024-02-29", "2024-02-29T12:00:00"])
def test_what_is_no_instant_is_not_taken_for_seconds_since_1970(written: Any) -> None:
    """Nor a day, nor an instant that does not say where."""
    with pytest.raises(ValidationError):
        INSTANTS.validate_python(written)
