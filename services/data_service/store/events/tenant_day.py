"""A tenant's day as a span of time."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from services.data_service.store.events.staged_batch import QUARTER_SECONDS


class TenantDay(NamedTuple):
    """A calendar day of a time zone: 23 to 25 hours from `starts_at` until before `ends_at`, both in UTC."""

    day: date
    starts_at: datetime
    ends_at: datetime


def tenant_day(day: date, zone: ZoneInfo) -> TenantDay:
    """The span of a day. If clocks skip midnight it begins after the gap; if they repeat it, with the first."""
    return TenantDay(day, midnight(day, zone), midnight(day + timedelta(days=1), zone))


def days_of(moments: Iterable[datetime], zone: ZoneInfo) -> list[TenantDay]:
    """The calendar days that moments fall in, in order."""
    return [tenant_day(day, zone) for day in sorted({moment.astimezone(zone).date() for moment in moments})]


def moment_of(quarter: int) -> datetime:
    """The start of a quarter hour (counted since 1970), in UTC."""
    return datetime.fromtimestamp(quarter * QUARTER_SECONDS, UTC)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a day of a zone begins, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
