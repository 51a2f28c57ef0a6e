"""Times as events are staged with them: whole microseconds since 1970, UTC."""

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)


def to_microseconds(moment: datetime) -> int:
    """The microseconds of an aware datetime; exact, unlike those of its float timestamp."""
    return (moment - _EPOCH) // MICROSECOND


def from_microseconds(microseconds: int) -> datetime:
    """The datetime, in UTC."""
    return _EPOCH + microseconds * MICROSECOND
