"""The error answers of the email service."""

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
    """A report was requested for branches without an enabled rep."""

    type = "branch-not-mapped"
    title = "No rep is mapped to the branch"


class NobodyMapped(Unprocessable):
    """Reports were requested of a tenant without any enabled rep."""

    type = "nobody-mapped"
    title = "No rep is mapped to any branch"


class BranchNotFound(NotFound):
    """The tenant has no branch of this code, or none that the caller may read."""

    type = "branch-not-found"
    title = "Branch not found"


class DayNotOver(Unprocessable):
    """A report was requested for a future day."""

    type = "day-in-the-future"
    title = "The day has not come yet"


class MailServerIncomplete(Unprocessable):
    """A mail server was set without host or sender."""

    type = "mail-server-incomplete"
    title = "The mail server's settings are incomplete"


class MailServerNotConfigured(Conflict):
    """There is no mail server to test."""

    type = "mail-server-not-configured"
    title = "No mail server is configured"


class PasswordNeeded(Unprocessable):
    """The mail server changes, and its stored password must not be sent to the new one."""

    type = "password-needed"
    title = "The password has to be given again"


class DeliveriesDeferred(Exception):
    """Some messages were deferred: the job runs again later for them."""
