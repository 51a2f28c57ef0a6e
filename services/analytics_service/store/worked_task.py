"""What became of a task, as it is stored."""

from datetime import date, datetime
from typing import NamedTuple


class WorkedStatus(NamedTuple):
    """A task's status with its note; `snooze_until` is a day exactly where the status is `snoozed`."""

    status: str
    note: str | None
    snooze_until: date | None


class Worked(NamedTuple):
    """What became of a task, by whom and when."""

    status: WorkedStatus
    by: str
    at: datetime
