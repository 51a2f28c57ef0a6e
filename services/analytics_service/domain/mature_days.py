"""Splits a range by the conversion lag: days whose leads had time to become contracts, and younger days."""

from datetime import date, timedelta

from services.analytics_service.store.day_range import DateRange


def mature_days(days: DateRange, today: date, lag: int) -> DateRange | None:
    """Return the days of the range that are at least `lag` days old, or None if all are younger."""
    end = min(days.end, today - timedelta(days=lag))
    return DateRange(days.start, end) if days.start <= end else None


def young_days(days: DateRange, today: date, lag: int) -> DateRange | None:
    """Return the whole days of the range that are younger than `lag` days, or None if there are none."""
    start, end = max(days.start, today - timedelta(days=lag - 1)), min(days.end, today - timedelta(days=1))
    return DateRange(start, end) if start <= end else None
