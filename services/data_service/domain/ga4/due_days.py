"""Which days of a property a sync reads."""

from datetime import date, timedelta
from typing import Final

# GA4 goes on processing a day's events for up to 48 hours, and later where hits come late: "Data freshness",
# support.google.com/analytics/answer/11198161. Hits of up to 72 hours ago are taken ("backdate events", Measurement
# Protocol), so that a day is whole in the night after the third one behind it.
RESTATED_DAYS: Final = 5
# The flag of a day for which Google reports less than before, so that the report was not stored.
KEPT_OLDER: Final = "kept_older"


def due_days(today: date, through: date | None, *, reads_window: bool) -> tuple[date, date]:
    """First and last day, both included: yesterday, today and all since `through`, the today of the last sync.

    If that was yesterday, the day before it too: Google's clock may be behind ours, so it may not have ended there.
    With `reads_window` also the days that Google still restates; after days without a sync also earlier days that may
    have been restated since.
    """
    day, window = timedelta(days=1), timedelta(days=RESTATED_DAYS - 1)
    yesterday = today - day
    first = today - window if reads_window else yesterday
    if through is not None:
        first = min(first, through - (window if through < yesterday else day))
    return first, today


def is_settled(day: date, today: date) -> bool:
    """Whether Google no longer restates a day.

    If it then reports less, it has lost data (ids after the property's retention period), not restated them.
    """
    return (today - day).days >= RESTATED_DAYS
