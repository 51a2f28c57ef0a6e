"""Days whose leads have had the time to become contracts."""

from datetime import date, timedelta

from services.analytics_service.store.day_range import DateRange


def mature_days(days: DateRange, today: date, lag: int) -> DateRange | None:
    """The days of a range that are at least `lag` days old; None where all are younger."""
    end = min(days.end, today - timedelta(days=lag))
    return DateRange(days.start, end) if days.start <= end else None
