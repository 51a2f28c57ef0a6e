"""Prevent privilege escalation: nobody grants what they do not have, or changes somebody who has more than they."""

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from common.auth.principal import Principal
from common.auth.request_headers import NotAMember
from common.auth.roles import ROLES, Role, Scope, scopes_of
from common.db import Connection
from services.auth_service.errors.people import LastAdmin, MoreThanOwn
from services.auth_service.store import members
from services.auth_service.store.members import Membership


async def people_admin(conn: Connection, caller: Principal) -> Principal:
    """Lock the tenant's people, and return the caller with their current permissions instead of cached ones.

    If two admins remove each other at once, the second request is refused, since its caller is no admin any more.

    Raises:
        NotAMember, ScopeMissing: the caller has been removed, disabled or demoted since.
    """
    return await standing(conn, caller, "people:admin")


async def standing(conn: Connection, caller: Principal, *scopes: Scope) -> Principal:
    """Do the same as `people_admin` for a caller who needs these scopes, such as `tenant:admin` to create API keys.

    Raises:
        NotAMember, ScopeMissing: as for `people_admin`.
    """
    await members.lock_people(conn, caller.tenant_id)
    own = await members.membership(conn, caller.tenant_id, caller.account_id)
    if own is None or not own.joined or own.shut_out:
        raise NotAMember
    caller = replace(principal_of(caller.tenant_id, caller.account_id, own), email=caller.email)
    caller.require(*scopes)
    return caller


def principal_of(tenant_id: UUID, account_id: UUID, member: Membership) -> Principal:
    """Return the principal of a member, with the permissions that they have in their own calls."""
    scopes = scopes_of(member.role, member.permissions)
    return Principal(account_id, tenant_id, member.email, member.role, scopes, tuple(member.branch_codes))


def refuse_more_than_own(caller: Principal, member: Membership, what: str) -> None:
    """Refuse if a current or future membership has a role, scope or branch that the caller does not have.

    `what` begins the error message, and says whether it is a current membership or one to be granted.

    Raises:
        MoreThanOwn
    """
    beyond = sorted(scopes_of(member.role, member.permissions) - caller.scopes)
    if beyond:
        message = f"{what} {', '.join(beyond)}, which you do not have yourself"
        raise MoreThanOwn(message)
    # The same scope reaches further in a higher role: a rep's and an analyst's may be limited to their branches.
    if _rank(member.role) > _rank(caller.role):
        message = f"{what} the role {member.role}, which is above your own"
        raise MoreThanOwn(message)
    own = caller.workable_branches
    if own is not None and not set(member.branch_codes) <= set(own):
        message = f"{what} branches that are not your own"
        raise MoreThanOwn(message)


async def refuse_who_has_more(conn: Connection, caller: Principal, account_ids: Collection[UUID]) -> None:
    """Refuse if any of these members has more than the caller. Accounts that are not members are ignored.

    Raises:
        MoreThanOwn
    """
    for member in await members.memberships(conn, caller.tenant_id, account_ids):
        refuse_more_than_own(caller, member, "a member of whom this disposes has")


def _rank(role: str) -> int:
    known: tuple[Role, ...] = ROLES
    return known.index(role) if role in known else -1


async def refuse_without_admin(conn: Connection, caller: Principal, account_id: UUID, member: Membership) -> None:
    """Refuse to remove or demote the tenant's last admin who has joined. Raises LastAdmin."""
    if member.is_admin and not await members.has_other_admin(conn, caller.tenant_id, account_id):
        raise LastAdmin
