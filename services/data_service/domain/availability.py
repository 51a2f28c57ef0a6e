"""From rows by day to first and last day, freshness and gaps: of each kind of event, and of each other stream."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any
from uuid import UUID

from common.rounding import rounded
from services.data_service.store.availability import EventDay, StreamDay
from services.data_service.store.events.staged_event import EVENT_TABLES

_ONE_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_SECONDS_OF_AN_HOUR = 3600


def availability_of(days: Sequence[EventDay], now: datetime) -> list[dict[str, Any]]:
    """One entry per kind of event, also for those of which there is nothing.

    A gap is days in a row without a row of the kind, between its first and its last day.
    """
    return [_of_table(table, [day for day in days if day.event_table == table], now) for table in EVENT_TABLES]


def streams_of(days: Sequence[StreamDay], names: Mapping[UUID, str], now: datetime) -> list[dict[str, Any]]:
    """One entry per stream, origin and source of which there is anything; `names` are those of the sources."""
    found: defaultdict[tuple[str, str, UUID | None], list[StreamDay]] = defaultdict(list)
    for day in days:
        found[day.stream, day.origin, day.source_id].append(day)
    return [
        {
            "stream": stream,
            "origin": origin,
            "source_id": source_id,
            "source_name": None if source_id is None else names.get(source_id),
            **_span([day.day for day in of]),
            "rows": None if of[0].row_count is None else sum(day.row_count or 0 for day in of),
            **_freshness("last_row_at", [day.last_at for day in of], now),
        }
        for (stream, origin, source_id), of in sorted(found.items(), key=lambda item: tuple(map(str, item[0])))
    ]


def _of_table(table: str, days: list[EventDay], now: datetime) -> dict[str, Any]:
    return {
        "kind": table,
        **_span([day.day for day in days]),
        "rows": sum(day.event_count for day in days),
        **_freshness("last_event_at", [day.last_ts for day in days], now),
    }


def _span(days: list[date]) -> dict[str, Any]:
    present = sorted(set(days))
    gaps = _gaps(present)
    return {
        "first_day": present[0] if present else None,
        "last_day": present[-1] if present else None,
        "missing_days": sum((gap["to_day"] - gap["from_day"]).days + 1 for gap in gaps),
        "gaps": gaps,
    }


def _freshness(name: str, times: Sequence[datetime | None], now: datetime) -> dict[str, Any]:
    last_at = max((time for time in times if time is not None), default=None)
    return {name: last_at, "age_hours": _hours(now - last_at) if last_at else None}


def _hours(age: timedelta) -> Decimal:
    return rounded(Fraction(age // _SECOND, _SECONDS_OF_AN_HOUR), 1)


def _gaps(present: list[date]) -> list[dict[str, date]]:
    return [
        {"from_day": one + _ONE_DAY, "to_day": other - _ONE_DAY}
        for one, other in pairwise(present)
        if other - one > _ONE_DAY
    ]
