"""What can be wrong with a call to the email service."""

from common.problem import Conflict, NotFound, Unprocessable


class MappingNotFound(NotFound):
    """No such mapping in this tenant."""

    type = "mapping-not-found"
    title = "Mapping not found"


class MappingExists(Conflict):
    """The rep already gets this branch's report."""

    type = "mapping-exists"
    title = "This rep is already mapped to the branch"


class BranchNotMapped(Unprocessable):
    """A report was asked for branches that no enabled rep follows up."""

    type = "branch-not-mapped"
    title = "No rep is mapped to the branch"


class NobodyMapped(Unprocessable):
    """Reports were asked for of a tenant where no enabled rep follows up any branch."""

    type = "nobody-mapped"
    title = "No rep is mapped to any branch"


class BranchNotFound(NotFound):
    """The tenant has no branch of this code, or none that the caller may read."""

    type = "branch-not-found"
    title = "Branch not found"


class DayNotOver(Unprocessable):
    """A report was asked for a day that has not come yet."""

    type = "day-in-the-future"
    title = "The day has not come yet"


class MailServerIncomplete(Unprocessable):
    """A mail server was set without its name or its sender."""

    type = "mail-server-incomplete"
    title = "The mail server is not told whole"


class MailServerNotConfigured(Conflict):
    """There is no mail server to test."""

    type = "mail-server-not-configured"
    title = "No mail server is configured"


class PasswordNeeded(Unprocessable):
    """The mail server changes, and its stored password may not follow."""

    type = "password-needed"
    title = "The password has to be given again"


class DeliveriesDeferred(Exception):
    """Some messages were not taken for now: the job runs again later for them."""
