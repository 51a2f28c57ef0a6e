"""Errors of the operator's calls."""

from common.problem import Conflict, Forbidden, NotFound, Unauthenticated


class AccountNotFound(NotFound):
    """No account has this email."""

    type = "account-not-found"
    title = "No such account"


class OperatorKeyRefused(Unauthenticated):
    """Not the key of this home's `secrets/operator_key`."""

    type = "operator-key-refused"
    title = "The operator's key is needed"


class NothingToRotate(Conflict):
    """Tokens are signed with the shared secret of the configuration."""

    type = "nothing-to-rotate"
    title = "There is no signing key to rotate: JWT_ALGORITHM is HS256, so set another JWT_SECRET_KEY and start again"


class DevelopmentOnly(Forbidden):
    """Refused outside development."""

    type = "development-only"
    title = "Only where ENVIRONMENT is development"


class TenantHasNoAdmin(NotFound):
    """No such tenant, or it has no admin to act for."""

    type = "tenant-has-no-admin"
    title = "No such tenant, or it has no admin"


class OwnerHasAnotherPassword(Conflict):
    """The owner's account exists already, with another password than the one given."""

    type = "owner-has-another-password"
    title = "The account exists with another password"
