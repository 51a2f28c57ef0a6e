"""`email.task.worked.v1`: a rep worked a task on the page that a report's link opens."""

from datetime import date, datetime

from common.events.envelope import Contract


class TaskWorked(Contract, frozen=True, kw_only=True):
    """One task and what became of it.

    `kind` and `status` are those of the task lists; `snooze_until` is set exactly when the status is `snoozed`;
    `worked_by` is the rep's address. Of two of the same task the one with the later `worked_at` holds.
    """

    TYPE = "email.task.worked.v1"

    kind: str
    task_key: str
    status: str
    note: str | None = None
    snooze_until: date | None = None
    worked_by: str
    worked_at: datetime
