"""From rows by day to first and last day, freshness and gaps of each kind of event."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from services.data_service.store.availability import EventDay
from services.data_service.store.staged_event import EVENT_TABLES

_ONE_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


def availability_of(days: Sequence[EventDay], now: datetime) -> list[dict[str, Any]]:
    """One entry per kind of event, also for those of which there is nothing.

    A gap is days in a row without a row of the kind, between its first and its last day.
    """
    return [_of_table(table, [day for day in days if day.event_table == table], now) for table in EVENT_TABLES]


def _of_table(table: str, days: list[EventDay], now: datetime) -> dict[str, Any]:
    present = sorted(day.day for day in days)
    last_at = max((day.last_ts for day in days), default=None)
    gaps = _gaps(present)
    return {
        "kind": table,
        "first_day": present[0] if present else None,
        "last_day": present[-1] if present else None,
        "rows": sum(day.event_count for day in days),
        "last_event_at": last_at,
        "age_hours": round((now - last_at) / _HOUR, 1) if last_at else None,
        "missing_days": sum((gap["to_day"] - gap["from_day"]).days + 1 for gap in gaps),
        "gaps": gaps,
    }


def _gaps(present: list[date]) -> list[dict[str, date]]:
    return [
        {"from_day": one + _ONE_DAY, "to_day": other - _ONE_DAY}
        for one, other in pairwise(present)
        if other - one > _ONE_DAY
    ]
