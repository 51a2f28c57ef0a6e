"""The kinds of task, and the statuses that a task can have."""

from typing import Final, Literal, get_args

TaskKind = Literal["purchases", "cart-abandonment", "search-analysis", "repeat-visits"]
TaskStatus = Literal["open", "done", "not_reached", "snoozed", "dismissed"]
ListedStatus = Literal["open", "done", "not_reached", "snoozed", "dismissed", "all"]

TASK_KINDS: Final[tuple[TaskKind, ...]] = get_args(TaskKind)
