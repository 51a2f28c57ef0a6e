"""What can be wrong with a request to the auth service."""

import math

from common.problem import (
    Conflict,
    Forbidden,
    NotFound,
    Problem,
    Unauthenticated,
    Unavailable,
    Unprocessable,
)


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
    """No such tenant, or none who could be acted for."""

    type = "tenant-has-no-admin"
    title = "No such tenant, or it has no admin"


class OwnerHasAnotherPassword(Conflict):
    """The owner's account exists already, with another password than the one given."""

    type = "owner-has-another-password"
    title = "The account exists with another password"


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


class MailDeferred(Exception):
    """The mail server does not take the mail for now: the job tries again."""


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


class PasswordGuessable(Unprocessable):
    """A new password that somebody would guess."""

    type = "password-guessable"
    title = "This password is too easy to guess"


class PasswordNotOwn(Unprocessable):
    """Who asks for a change did not give the account's present password."""

    type = "password-not-own"
    title = "This is not your present password"


class LinkDead(Problem):
    """The link of a mail is not known, was used, is too old, was for something else, or a newer one was used."""

    status = 410
    type = "link-dead"
    title = "This link does not work any more"

    def __init__(self) -> None:
        super().__init__("It may have been used, be too old or be cut off. Ask for a new one.")


class ProofMissing(Unauthenticated):
    """Who reads a mailbox follows a link that would move somebody's account there, and shows nothing of being them."""

    type = "proof-missing"
    title = "Show that the account is yours"

    def __init__(self) -> None:
        super().__init__(
            "This link moves an account to another address. Sign in to that account and send its access token as"
            " Authorization: Bearer, or give its password as current_password."
        )


class NotThisAccount(Forbidden):
    """Signed in, but to another account than the link would move."""

    type = "not-this-account"
    title = "This link is about another account"

    def __init__(self) -> None:
        super().__init__("It moves the account that it was asked for with. Sign in to that one to confirm.")


class TenantNotFound(NotFound):
    """No tenant of this id."""

    type = "tenant-not-found"
    title = "No such tenant"


class MemberNotFound(NotFound):
    """No member of this id in the tenant; whether there is such an account elsewhere is not said."""

    type = "member-not-found"
    title = "No such member"


class AlreadyAMember(Conflict):
    """The tenant has a member with this email, joined or invited."""

    type = "already-a-member"
    title = "There is a member with this email"


class MoreThanOwn(Forbidden):
    """Nobody grants what they do not have, or changes who has more than they."""

    type = "more-than-own"
    title = "This goes beyond your own rights"


class LastAdmin(Conflict):
    """Without this member the tenant would have no admin who has joined."""

    type = "last-admin"
    title = "The last admin can be neither removed nor demoted"


class TeamNotFound(NotFound):
    """No team of this id in the tenant."""

    type = "team-not-found"
    title = "No such team"


class NotOfThisTenant(Unprocessable):
    """A team or an account that the body names is none of this tenant."""

    type = "not-of-this-tenant"
    title = "Not of this tenant"


class TooManyInvitations(Problem):
    """More invitations than one tenant, or one mailbox, is sent within the hour."""

    status = 429
    type = "too-many-invitations"
    title = "Too many invitations for now"

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


class TooManyTenants(Problem):
    """One account has made as many tenants as it may within a day."""

    status = 429
    type = "too-many-tenants"
    title = "Too many tenants for one day"

    def __init__(self, made: int, retry_after: int) -> None:
        super().__init__(f"you have made {made} tenants within the day", headers={"Retry-After": str(retry_after)})


class InvitationRefused(Problem):
    """No invitation has this token, or it was used, replaced, withdrawn or has expired: which is not said."""

    status = 400
    type = "invitation-refused"
    title = "This invitation does not hold"


class PictureNotFound(NotFound):
    """No picture of this name, or none of somebody who shares a tenant with the caller."""

    type = "picture-not-found"
    title = "No such picture"


class ApiKeyNotFound(NotFound):
    """No such key in this tenant."""

    type = "api-key-not-found"
    title = "No such API key"
