"""What can be wrong with a request to the auth service."""

from common.problem import Conflict, Forbidden, NotFound, Unauthenticated


class CredentialsRefused(Unauthenticated):
    """Email and password do not belong together; which of the two is wrong is not said."""

    type = "credentials-refused"
    title = "Email or password is wrong"


class AccountGone(Unauthenticated):
    """The token is good, but its account no longer exists."""

    type = "account-gone"
    title = "This account no longer exists"


class AccountShutOut(Forbidden):
    """Who signs in has proved who they are, but the operator has disabled the account."""

    type = "account-shut-out"
    title = "This account is shut out"


class AccountNotFound(NotFound):
    """No account has this email."""

    type = "account-not-found"
    title = "No such account"


class OperatorKeyRefused(Unauthenticated):
    """Not the key of this home's `secrets/operator_key`."""

    type = "operator-key-refused"
    title = "The operator's key is needed"


class DevelopmentOnly(Forbidden):
    """Refused outside development."""

    type = "development-only"
    title = "Only where ENVIRONMENT is development"


class TenantHasNoAdmin(NotFound):
    """No such tenant, or none who could be acted for."""

    type = "tenant-has-no-admin"
    title = "No such tenant, or it has no admin"


class OwnerHasAnotherPassword(Conflict):
    """The owner's account exists already, with another password than the one given."""

    type = "owner-has-another-password"
    title = "The account exists with another password"
