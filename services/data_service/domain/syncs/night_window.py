"""When in a tenant's night a source's restated days are read again."""

from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

_FROM: Final = time(2)
_MINUTES: Final = 180


def window_due_on(source_id: UUID, zone: ZoneInfo, read_on: date | None, instant: datetime) -> date | None:
    """The tenant's day if the restated days are due now; None if they were read today, or it is too early.

    Each source has its own minute between 02:00 and 05:00, local time. If the service was down then, they are read
    later that day. A source that was never read reads them at once.
    """
    local = instant.astimezone(zone)
    if read_on is None:
        return local.date()
    its_time = datetime.combine(local.date(), _FROM) + timedelta(minutes=source_id.int % _MINUTES)
    return local.date() if read_on < local.date() and local.replace(tzinfo=None) >= its_time else None
