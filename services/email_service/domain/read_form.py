"""Read the form that a task's page posts: the action, the tasks, and how long to snooze them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.email_service.domain.present_customer import clipped
from services.email_service.domain.work_tasks import LONGEST_NOTE, SNOOZE_DAYS, STATUS_OF


@dataclass(frozen=True, slots=True)
class TaskForm:
    """`action` is done, not_reached, snooze or not_mine, or `choose` if the form names none of them."""

    action: str
    chosen: list[int]
    days: int
    note: str
    anyway: bool
    undo: UUID | None


def read_form(fields: Mapping[str, Sequence[str]], link_action: str, tasks: int) -> TaskForm:
    """Read the posted fields.

    A POST without fields, as a program may send it, applies the link's action to all of the customer's tasks. The
    page's own form sends `form=1`, and then the action applies to the ticked tasks only.
    """
    action = _last(fields, "do") or link_action
    ticked = set(fields.get("task", ()))
    from_page = bool(_last(fields, "form"))
    numbers = range(1, tasks + 1)
    chosen = [number for number in numbers if str(number) in ticked] if from_page or ticked else list(numbers)
    days = _last(fields, "days")
    return TaskForm(
        action=action if action in STATUS_OF else "choose",
        chosen=chosen,
        days=int(days) if days in {str(number) for number in SNOOZE_DAYS} else SNOOZE_DAYS[0],
        note=clipped(_last(fields, "note").replace("\x00", ""), LONGEST_NOTE),
        anyway=bool(_last(fields, "anyway")),
        undo=_uuid(_last(fields, "undo")),
    )


def _last(fields: Mapping[str, Sequence[str]], name: str) -> str:
    values = fields.get(name) or ("",)
    return values[-1]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
