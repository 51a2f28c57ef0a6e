"""Errors of tenants, members, teams, invitations and API keys."""

from common.problem import Conflict, Forbidden, NotFound, Problem, Unprocessable


class TenantNotFound(NotFound):
    """No tenant of this id."""

    type = "tenant-not-found"
    title = "No such tenant"


class MemberNotFound(NotFound):
    """No member of this id in the tenant; the answer does not say whether the account exists elsewhere."""

    type = "member-not-found"
    title = "No such member"


class AlreadyAMember(Conflict):
    """The tenant has a member with this email, joined or invited."""

    type = "already-a-member"
    title = "There is a member with this email"


class MoreThanOwn(Forbidden):
    """Members cannot grant rights that they lack, or change members who have more rights."""

    type = "more-than-own"
    title = "This goes beyond your own rights"


class LastAdmin(Conflict):
    """Without this member the tenant would have no joined admin."""

    type = "last-admin"
    title = "The last admin can be neither removed nor demoted"


class TeamNotFound(NotFound):
    """No team of this id in the tenant."""

    type = "team-not-found"
    title = "No such team"


class NotOfThisTenant(Unprocessable):
    """A team or account named in the body is not of this tenant."""

    type = "not-of-this-tenant"
    title = "Not of this tenant"


class TooManyInvitations(Problem):
    """More invitations than a tenant may send, or a mailbox may get, in an hour."""

    status = 429
    type = "too-many-invitations"
    title = "Too many invitations for now"

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


class TooManyTenants(Problem):
    """The account has created as many tenants as allowed in a day."""

    status = 429
    type = "too-many-tenants"
    title = "Too many tenants for one day"

    def __init__(self, made: int, retry_after: int) -> None:
        super().__init__(f"you have made {made} tenants within the day", headers={"Retry-After": str(retry_after)})


class InvitationRefused(Problem):
    """The invitation is unknown, used, replaced, withdrawn or expired; the answer does not say which."""

    status = 400
    type = "invitation-refused"
    title = "This invitation does not hold"


class ApiKeyNotFound(NotFound):
    """No such key in this tenant."""

    type = "api-key-not-found"
    title = "No such API key"
