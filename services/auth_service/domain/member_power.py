"""Nobody gives what they do not have, and nobody changes who has more than they."""

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
    """Hold the tenant's people; the caller as they stand now, whatever a cache remembers of them.

    Of two admins who remove each other at once the second one is none any more.

    Raises:
        NotAMember, ScopeMissing: the caller was removed or shut out, or demoted, since.
    """
    return await standing(conn, caller, "people:admin")


async def standing(conn: Connection, caller: Principal, *scopes: Scope) -> Principal:
    """The same for who must hold these scopes, such as `tenant:admin` to make keys.

    Raises:
        NotAMember, ScopeMissing: likewise.
    """
    await members.hold_people(conn, caller.tenant_id)
    own = await members.membership(conn, caller.tenant_id, caller.account_id)
    if own is None or not own.joined or own.shut_out:
        raise NotAMember
    caller = replace(principal_of(caller.tenant_id, caller.account_id, own), email=caller.email)
    caller.require(*scopes)
    return caller


def principal_of(tenant_id: UUID, account_id: UUID, member: Membership) -> Principal:
    """What a member may do, as they would call by themselves."""
    scopes = scopes_of(member.role, member.permissions)
    return Principal(account_id, tenant_id, member.email, member.role, scopes, tuple(member.branch_codes))


def refuse_more_than_own(caller: Principal, member: Membership, what: str) -> None:
    """Refuse where a member, as they are or are to be, has a role, a scope or a branch that the caller has not.

    Raises:
        MoreThanOwn: `what` says which of the two it is.
    """
    beyond = sorted(scopes_of(member.role, member.permissions) - caller.scopes)
    if beyond:
        message = f"{what} {', '.join(beyond)}, which you do not have yourself"
        raise MoreThanOwn(message)
    # The same scopes reach further for a higher role: a rep's and an analyst's end at their branches.
    if _rank(member.role) > _rank(caller.role):
        message = f"{what} the role {member.role}, which is above your own"
        raise MoreThanOwn(message)
    own = caller.workable_branches
    if own is not None and not set(member.branch_codes) <= set(own):
        message = f"{what} branches that are not your own"
        raise MoreThanOwn(message)


async def refuse_who_has_more(conn: Connection, caller: Principal, account_ids: Collection[UUID]) -> None:
    """Refuse where any of these members has more than the caller; who is no member is passed over.

    Raises:
        MoreThanOwn
    """
    for member in await members.memberships(conn, caller.tenant_id, account_ids):
        refuse_more_than_own(caller, member, "a member of whom this disposes has")


def _rank(role: str) -> int:
    known: tuple[Role, ...] = ROLES
    return known.index(role) if role in known else -1


async def refuse_without_admin(conn: Connection, caller: Principal, account_id: UUID, member: Membership) -> None:
    """Refuse to take away the tenant's last admin who has joined."""
    if member.is_admin and not await members.has_other_admin(conn, caller.tenant_id, account_id):
        raise LastAdmin
