"""What a request may make of a task."""

import re

from services.analytics_service.errors import TaskChangeInvalid
from services.analytics_service.store.worked_task import WorkedStatus

_TASK_KEY = re.compile(r"[0-9a-f]{32}")


OPEN = WorkedStatus("open", None, None)


def is_task_key(text: str) -> bool:
    """Whether a text can be the key of a task at all."""
    return _TASK_KEY.fullmatch(text) is not None


def changed_status(before: WorkedStatus, given: dict[str, object]) -> WorkedStatus:
    """The status after a request that names only what it changes.

    `given` holds `status`, `note` and `snooze_until` as far as the request has them.

    Raises:
        TaskChangeInvalid: nothing is given, a snooze has no day, or a day comes with another status.
    """
    if not given:
        raise TaskChangeInvalid.of("status", "say what becomes of the task")
    after = before._replace(**given)
    if after.status != "snoozed":
        if given.get("snooze_until") is not None:
            raise TaskChangeInvalid.of("snooze_until", "snooze_until is for the status snoozed only")
        return after._replace(snooze_until=None)
    if after.snooze_until is None:
        raise TaskChangeInvalid.of("snooze_until", "a snoozed task needs the day on which it is due again")
    return after


def lies_within(location_id: str | None, branches: tuple[str, ...] | None) -> bool:
    """Whether a task of a location lies within these branches; None means all."""
    return branches is None or location_id in branches
