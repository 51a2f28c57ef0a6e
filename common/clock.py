"""Read the current time; all other code calls these functions."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """Return the current time in UTC, with its time zone."""
    return datetime.now(UTC)


def today(time_zone: str) -> date:
    """Return the current date in an IANA time zone."""
    return datetime.now(ZoneInfo(time_zone)).date()
