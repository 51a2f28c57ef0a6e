"""Errors of sign-ins, sessions and OpenID providers."""

import math

from common.problem import Forbidden, NotFound, Problem, Unauthenticated, Unavailable


class CredentialsRefused(Unauthenticated):
    """Wrong email or password; the answer does not say which."""

    type = "credentials-refused"
    title = "Email or password is wrong"


class AccountGone(Unauthenticated):
    """The token is valid, but its account no longer exists."""

    type = "account-gone"
    title = "This account no longer exists"


class AccountShutOut(Forbidden):
    """The sign-in is correct, but the operator has disabled the account."""

    type = "account-shut-out"
    title = "This account is shut out"


class RefreshRefused(Unauthenticated):
    """Not a refresh token, or its session has ended or ends now; the answer does not say which."""

    type = "refresh-refused"
    title = "The refresh token does not hold"


class SessionNotFound(NotFound):
    """The account has no active session of this id."""

    type = "session-not-found"
    title = "No such session"


class NoSuchProvider(NotFound):
    """No OpenID provider of this name is configured, or none at all."""

    type = "no-such-provider"
    title = "This system has no such sign-in provider"


class SignInNotPending(Problem):
    """The state is unknown, used, expired or another browser's; the answer does not say which."""

    status = 400
    type = "sign-in-not-pending"
    title = "This sign-in is not under way in this browser; begin again"


class CodeRefused(Problem):
    """The provider refuses the code: used, expired, or not of this sign-in."""

    status = 400
    type = "code-refused"
    title = "The provider refuses this code; begin again"


class IdTokenRefused(Unauthenticated):
    """The provider's ID token is not valid; the log says why."""

    type = "id-token-refused"
    title = "The provider's word on who you are does not hold"


class EmailNotVouchedFor(Forbidden):
    """The provider has not verified the email, and the identity is not linked to an account."""

    type = "email-not-vouched-for"
    title = "The provider has not verified this email address"


class SignUpByInvitation(Forbidden):
    """Accounts are by invitation only (OAUTH_SIGN_UP=invited)."""

    type = "sign-up-by-invitation"
    title = "There is no account with this email; ask for an invitation"


class ProviderAway(Unavailable):
    """The OpenID provider does not answer."""

    type = "provider-away"
    title = "The sign-in provider does not answer"

    def __init__(self, provider: str) -> None:
        super().__init__(f"{provider} does not answer at the moment")
        self.provider = provider


class ProviderUnusable(Problem):
    """The OpenID provider's answer cannot be used, or it refuses this system as a client."""

    status = 502
    type = "provider-unusable"
    title = "The sign-in provider does not answer as it should"

    def __init__(self, provider: str) -> None:
        super().__init__(f"{provider} does not answer as it should; the log of this system says what is wrong")
        self.provider = provider


class TooManyAttempts(Problem):
    """Too many failed attempts for this account or from this IP address; further ones are refused for a while.

    `of_address`: the IP address is refused, for any account; the answer does not reveal this.
    """

    status = 429
    type = "too-many-attempts"
    title = "Too many attempts"

    def __init__(self, seconds: float, *, of_address: bool = False) -> None:
        self.of_address = of_address
        minutes = max(1, math.ceil(seconds / 60))
        wait = f"{minutes} minute{'s' if minutes > 1 else ''}"
        super().__init__(f"try again in {wait}", headers={"Retry-After": str(max(1, math.ceil(seconds)))})


class TooManySignIns(Unavailable):
    """More simultaneous sign-ins than can be served in time."""

    type = "too-many-sign-ins"
    title = "Too many people are signing in at once"
