"""Parse the time of an event as microseconds since 1970, within a plausible range."""

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from services.data_service.domain.files.rejection import Rejected
from services.data_service.store.events.epoch_time import MICROSECOND, to_microseconds

EARLIEST_US: Final = to_microseconds(datetime(2000, 1, 1, tzinfo=UTC))
# Generous on purpose: the limit is to catch wrong units (ms, ns), not devices with fast clocks.
_AHEAD_US: Final = timedelta(days=366) // MICROSECOND
_DIGITS: Final = re.compile(r"\d{1,19}", re.ASCII)


def microseconds_of(value: Any) -> int:
    """Parse `event_timestamp` in microseconds, given as a number or as digits.

    Raises:
        Rejected: missing, not whole, or out of range.
    """
    if type(value) is int:
        return _in_range(value)
    if isinstance(value, str):
        text = value.strip()
        if _DIGITS.fullmatch(text):
            return _in_range(int(text))
    elif isinstance(value, float) and value.is_integer():
        return _in_range(int(value))
    if value is None or value == "":
        reason = "event_timestamp is missing"
    else:
        reason = f"event_timestamp is not a whole number of microseconds: {str(value)[:40]!r}"
    raise Rejected(reason, "event_timestamp")


def microseconds_of_text(value: str) -> int:
    """Parse `event_timestamp` as digits (microseconds) or in ISO 8601; without an offset it is UTC.

    Raises:
        Rejected: neither, a date that does not exist, or out of range.
    """
    if _DIGITS.fullmatch(value.strip()):
        return _in_range(int(value))
    try:
        moment = datetime.fromisoformat(value)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        microseconds = to_microseconds(moment)
    except (ValueError, OverflowError):
        reason = f"event_timestamp is neither microseconds nor an ISO 8601 time that exists: {value[:40]!r}"
        raise Rejected(reason, "event_timestamp") from None
    return _in_range(microseconds)


def _in_range(microseconds: int) -> int:
    if microseconds < EARLIEST_US:
        reason = f"event_timestamp {microseconds} lies before the year 2000; it must be in microseconds"
        raise Rejected(reason, "event_timestamp")
    if microseconds > time.time_ns() // 1000 + _AHEAD_US:
        reason = f"event_timestamp {microseconds} lies more than a year ahead; it must be in microseconds"
        raise Rejected(reason, "event_timestamp")
    return microseconds
