"""The status of a task as it is stored."""

from datetime import date, datetime
from typing import NamedTuple


class WorkedStatus(NamedTuple):
    """A task's status with its note; `snooze_until` is set if and only if the status is `snoozed`."""

    status: str
    note: str | None
    snooze_until: date | None


class Worked(NamedTuple):
    """A task's status, who set it and when."""

    status: WorkedStatus
    by: str
    at: datetime
