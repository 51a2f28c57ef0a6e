"""What can be wrong with a request to the analytics service."""

from common.problem import Forbidden, NotFound, Unprocessable


class TaskKindUnknown(NotFound):
    """No list of tasks of that name."""

    type = "task-kind-unknown"
    title = "No tasks of this kind"


class TaskNotFound(NotFound):
    """No such task, or not one that the caller may see."""

    type = "task-not-found"
    title = "Task not found"


class BranchNotYours(Forbidden):
    """The caller works other branches than this one."""

    type = "branch-not-yours"
    title = "Not one of your branches"


class DatesInvalid(Unprocessable):
    """The range of days makes no sense."""

    type = "dates-invalid"
    title = "The dates are not a range"


class TaskChangeInvalid(Unprocessable):
    """What is to become of the task contradicts itself."""

    type = "task-change-invalid"
    title = "The task cannot be changed like this"


class ExportNotFound(NotFound):
    """No such month that left, or its file is not in the file store any more."""

    type = "export-not-found"
    title = "Export not found"


class SearchInvalid(Unprocessable):
    """What is to be searched for, or among what, makes no sense."""

    type = "search-invalid"
    title = "This cannot be searched for"


class GoalNotFound(NotFound):
    """No such goal."""

    type = "goal-not-found"
    title = "Goal not found"


class GoalInvalid(Unprocessable):
    """What the goal is to be contradicts itself."""

    type = "goal-invalid"
    title = "This cannot be a goal"


class SnapshotInvalid(Unprocessable):
    """There is nothing to save of that day."""

    type = "snapshot-invalid"
    title = "This cannot be saved"


class ReportInvalid(Unprocessable):
    """It is not said which report is meant."""

    type = "report-invalid"
    title = "No such report"
