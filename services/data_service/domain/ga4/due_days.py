"""Which days a sync reads of a property, by how far it has read them."""

from datetime import date, timedelta
from typing import Final

# GA4 goes on processing a day's events for up to 48 hours, and later where hits come late: "Data freshness",
# support.google.com/analytics/answer/11198161. Hits of up to 72 hours ago are taken ("backdate events", Measurement
# Protocol), so that a day is whole in the night after the third one behind it.
RESTATED_DAYS: Final = 5
# What says with a day that Google told less of it than it had, and that this was not put in.
KEPT_OLDER: Final = "kept_older"


def due_days(today: date, through: date | None, *, reads_window: bool) -> tuple[date, date]:
    """First and last day, both inclusive: yesterday, today and all since `through`, the today of the last sync.

    Where that was a day ago, the one before it too: Google's clock may be behind ours, so that it was not over there.
    With `reads_window` those that are restated too; after days without a sync also those before them that may have been
    restated since: no night has read them.
    """
    day, window = timedelta(days=1), timedelta(days=RESTATED_DAYS - 1)
    yesterday = today - day
    first = today - window if reads_window else yesterday
    if through is not None:
        first = min(first, through - (window if through < yesterday else day))
    return first, today


def is_settled(day: date, today: date) -> bool:
    """Whether Google restates a day no more.

    What it then tells less of is lost there (ids, once the property's retention is over), not restated.
    """
    return (today - day).days >= RESTATED_DAYS
