"""The notes in which an answer describes the quality of its figures."""

from datetime import date, timedelta
from typing import Any, Final

from services.analytics_service.domain.ratio import percent
from services.analytics_service.store.data_quality import DataQuality
from services.analytics_service.store.day_range import DateRange
from services.analytics_service.store.retention import KeptFrom

# Keeps the header short: some proxies accept headers of 4 kB at most.
_MAX_LISTED_DAYS: Final = 20


def quality_note(quality: DataQuality, days: DateRange, days_before: int = 0) -> dict[str, Any]:
    """Return the short form for the header: shares of the range's days, and the latest days without an exchange rate.

    `dropped_before` also considers the `days_before` days before the range, which the answer compares it with.
    """
    length = (days.end - days.start).days + 1
    first = quality.provisional_from
    return {
        "fresh_as_of": quality.fresh_as_of,
        "is_waiting": quality.is_waiting,
        "provisional_days": None if first is None else [first, days.end],
        "sampled_share": percent(len(quality.sampled_days), length),
        "thresholded_share": percent(len(quality.thresholded_days), length),
        "unconverted_days": {
            "total": len(quality.unconverted_days),
            "days": quality.unconverted_days[-_MAX_LISTED_DAYS:],
        },
        "dropped_before": dropped_note(quality.kept_from, days.start - timedelta(days=days_before)),
    }


def dropped_note(kept_from: KeptFrom, since: date) -> dict[str, date | None]:
    """Return the first day with daily figures and with events, each None unless `since` is before it."""
    return {
        "days": kept_from.days if kept_from.days and since < kept_from.days else None,
        "events": kept_from.events if kept_from.events and since < kept_from.events else None,
    }


def quality_in_full(quality: DataQuality, days: DateRange) -> dict[str, Any]:
    """Return the full form, which lists all days."""
    return {
        **quality_note(quality, days),
        "sampled_days": quality.sampled_days,
        "thresholded_days": quality.thresholded_days,
        "unconverted_days": {"total": len(quality.unconverted_days), "days": quality.unconverted_days},
    }
