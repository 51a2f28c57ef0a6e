"""When Google's allowances begin anew: the daily ones at midnight PST, the hourly ones within an hour.

From "Data API limits and quotas", developers.google.com/analytics/devguides/reporting/data/v1/quotas. Midnight PST is
taken at its word, all year: where Google means the midnight of the clocks there, a summer's day begins an hour late
here, which costs nothing. To begin early would, since the first answer would be the last of the day before.
"""

from datetime import datetime, timedelta, timezone
from typing import Final

_PST: Final = timezone(timedelta(hours=-8), "PST")
# By so much Google's clock may be behind ours.
_LATE: Final = timedelta(minutes=5)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


def hour_of(at: datetime) -> datetime:
    """The beginning of the hour."""
    return (at - _LATE).replace(minute=0, second=0, microsecond=0) + _LATE


def next_hour(at: datetime) -> datetime:
    """When an hourly allowance is whole again at the latest."""
    return hour_of(at) + _HOUR


def day_of(at: datetime) -> datetime:
    """When the present day's allowance began."""
    local = (at - _LATE).astimezone(_PST)
    return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(at.tzinfo) + _LATE


def next_day(at: datetime) -> datetime:
    """When the next day's begins."""
    return day_of(at) + _DAY
