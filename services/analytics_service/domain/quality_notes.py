"""The words in which an answer says how far its figures are to be trusted."""

from datetime import date, timedelta
from typing import Any, Final

from services.analytics_service.domain.ratio import percent
from services.analytics_service.store.data_quality import DataQuality
from services.analytics_service.store.day_range import DateRange
from services.analytics_service.store.retention import KeptFrom

# Every proxy on the way reads a header, and some take 4 kB of one at most.
_MOST_DAYS: Final = 20


def quality_note(found: DataQuality, days: DateRange, days_before: int = 0) -> dict[str, Any]:
    """In short, for a header: shares of the range's days, and the latest of the days that lack a rate.

    What has left by age is told of the range with so many days before, which it is compared with.
    """
    length = (days.end - days.start).days + 1
    first = found.provisional_from
    return {
        "fresh_as_of": found.fresh_as_of,
        "is_waiting": found.is_waiting,
        "provisional_days": None if first is None else [first, days.end],
        "sampled_share": percent(len(found.sampled_days), length),
        "thresholded_share": percent(len(found.thresholded_days), length),
        "unconverted_days": {"total": len(found.unconverted_days), "days": found.unconverted_days[-_MOST_DAYS:]},
        "dropped_before": dropped_note(found.kept_from, days.start - timedelta(days=days_before)),
    }


def dropped_note(kept_from: KeptFrom, since: date) -> dict[str, date | None]:
    """Since when there are figures of single days, and of single visits, where what is asked for begins before."""
    return {
        "days": kept_from.days if kept_from.days and since < kept_from.days else None,
        "events": kept_from.events if kept_from.events and since < kept_from.events else None,
    }


def quality_in_full(found: DataQuality, days: DateRange) -> dict[str, Any]:
    """The same with all days."""
    return {
        **quality_note(found, days),
        "sampled_days": found.sampled_days,
        "thresholded_days": found.thresholded_days,
        "unconverted_days": {"total": len(found.unconverted_days), "days": found.unconverted_days},
    }
