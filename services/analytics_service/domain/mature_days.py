"""Days whose leads have had the time to become contracts, and those whose leads have not."""

from datetime import date, timedelta

from services.analytics_service.store.day_range import DateRange


def mature_days(days: DateRange, today: date, lag: int) -> DateRange | None:
    """The days of a range that are at least `lag` days old; None where all are younger."""
    end = min(days.end, today - timedelta(days=lag))
    return DateRange(days.start, end) if days.start <= end else None


def young_days(days: DateRange, today: date, lag: int) -> DateRange | None:
    """The whole days of a range that are younger than `lag` days; None where there are none."""
    start, end = max(days.start, today - timedelta(days=lag - 1)), min(days.end, today - timedelta(days=1))
    return DateRange(start, end) if start <= end else None
