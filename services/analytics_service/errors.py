"""The problems that the analytics service answers a request with."""

from common.problem import Forbidden, NotFound, Unprocessable


class TaskKindUnknown(NotFound):
    """The path names a kind of task that does not exist."""

    type = "task-kind-unknown"
    title = "No tasks of this kind"


class TaskNotFound(NotFound):
    """The task does not exist, or the caller may not see it."""

    type = "task-not-found"
    title = "Task not found"


class BranchNotYours(Forbidden):
    """The caller is limited to branches, and this is not one of them."""

    type = "branch-not-yours"
    title = "Not one of your branches"


class DatesInvalid(Unprocessable):
    """The dates do not form a valid range."""

    type = "dates-invalid"
    title = "The dates are not a valid range"


class TaskChangeInvalid(Unprocessable):
    """The fields of the change contradict each other."""

    type = "task-change-invalid"
    title = "The task cannot be changed like this"


class ExportNotFound(NotFound):
    """The export does not exist, or its file is no longer in the file store."""

    type = "export-not-found"
    title = "Export not found"


class SearchInvalid(Unprocessable):
    """The search text or the list of kinds is not valid."""

    type = "search-invalid"
    title = "The search is not valid"


class GoalNotFound(NotFound):
    """The goal does not exist."""

    type = "goal-not-found"
    title = "Goal not found"


class GoalInvalid(Unprocessable):
    """The fields of the goal are not valid, or contradict each other."""

    type = "goal-invalid"
    title = "The goal is not valid"


class SnapshotInvalid(Unprocessable):
    """There are no figures to save for that date."""

    type = "snapshot-invalid"
    title = "The snapshot cannot be saved"


class ReportInvalid(Unprocessable):
    """A report file was requested without its kind."""

    type = "report-invalid"
    title = "The report kind is missing"
