"""When Google's allowances begin anew: the daily ones at midnight of the Pacific zone, the hourly ones within an hour.

From "Data API limits and quotas", developers.google.com/analytics/devguides/reporting/data/v1/quotas
"""

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

PACIFIC: Final = ZoneInfo("America/Los_Angeles")


def hour_of(at: datetime) -> datetime:
    """The beginning of the hour."""
    return at.replace(minute=0, second=0, microsecond=0)


def next_hour(at: datetime) -> datetime:
    """When an hourly allowance is whole again at the latest."""
    return hour_of(at) + timedelta(hours=1)


def day_of(at: datetime) -> datetime:
    """The Pacific midnight before."""
    return datetime.combine(at.astimezone(PACIFIC).date(), time(), PACIFIC).astimezone(at.tzinfo)


def next_day(at: datetime) -> datetime:
    """The Pacific midnight after."""
    tomorrow = at.astimezone(PACIFIC).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), PACIFIC).astimezone(at.tzinfo)
