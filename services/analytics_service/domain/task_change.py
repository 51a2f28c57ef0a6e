"""The changes that a request may make to a task's status."""

import re

from services.analytics_service.errors import TaskChangeInvalid
from services.analytics_service.store.worked_task import WorkedStatus

_TASK_KEY = re.compile(r"[0-9a-f]{32}")


OPEN = WorkedStatus("open", None, None)


def is_task_key(text: str) -> bool:
    """Return whether the text has the form of a task key."""
    return _TASK_KEY.fullmatch(text) is not None


def changed_status(before: WorkedStatus, given: dict[str, object]) -> WorkedStatus:
    """Return the status after a request that gives only the fields that it changes.

    `given` has the fields of the request, among `status`, `note` and `snooze_until`.

    Raises:
        TaskChangeInvalid: no field is given, a snooze has no day, or another status has a snooze day.
    """
    if not given:
        raise TaskChangeInvalid.of("status", "give at least one of status, note and snooze_until")
    after = before._replace(**given)
    if after.status != "snoozed":
        if given.get("snooze_until") is not None:
            raise TaskChangeInvalid.of("snooze_until", "snooze_until is only allowed with the status snoozed")
        return after._replace(snooze_until=None)
    if after.snooze_until is None:
        raise TaskChangeInvalid.of("snooze_until", "a snoozed task needs the day on which it is due again")
    return after


def lies_within(location_id: str | None, branches: tuple[str, ...] | None) -> bool:
    """Return whether the location is one of these branches; None means all branches."""
    return branches is None or location_id in branches
