"""What can be wrong with a sign-in, a session or a provider's word."""

import math

from common.problem import Forbidden, NotFound, Problem, Unauthenticated, Unavailable


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


class RefreshRefused(Unauthenticated):
    """Not a refresh token, or one of a session that has ended or ends now; which of these is not said."""

    type = "refresh-refused"
    title = "The refresh token does not hold"


class SessionNotFound(NotFound):
    """The account has no session of this id that stands."""

    type = "session-not-found"
    title = "No such session"


class NoSuchProvider(NotFound):
    """No OpenID provider of this name is configured, or none at all."""

    type = "no-such-provider"
    title = "This system has no such sign-in provider"


class SignInNotPending(Problem):
    """The state is unknown, used, expired or another browser's: which of these is not said."""

    status = 400
    type = "sign-in-not-pending"
    title = "This sign-in is not under way in this browser; begin again"


class CodeRefused(Problem):
    """The provider does not exchange this code: used, expired, or never meant for this sign-in."""

    status = 400
    type = "code-refused"
    title = "The provider refuses this code; begin again"


class IdTokenRefused(Unauthenticated):
    """What the provider handed over does not prove who this is; the log says what is wrong with it."""

    type = "id-token-refused"
    title = "The provider's word on who you are does not hold"


class EmailNotVouchedFor(Forbidden):
    """The provider does not say that it verified the email, and the person is not known by their identity there."""

    type = "email-not-vouched-for"
    title = "The provider has not verified this email address"


class SignUpByInvitation(Forbidden):
    """Nobody has an account here by themselves (OAUTH_SIGN_UP=invited)."""

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
    """The OpenID provider answers with what cannot be used, or does not take this system as its client."""

    status = 502
    type = "provider-unusable"
    title = "The sign-in provider does not answer as it should"

    def __init__(self, provider: str) -> None:
        super().__init__(f"{provider} does not answer as it should; the log of this system says what is wrong")
        self.provider = provider


class TooManyAttempts(Problem):
    """So many have failed for this account, or from this address, that no more are looked at for a while.

    `of_address`: it is the address that is refused, whatever account it names; the answer does not tell.
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
    """More people are signing in at once than can be served in good time."""

    type = "too-many-sign-ins"
    title = "Too many people are signing in at once"
