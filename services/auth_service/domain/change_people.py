"""Inviting, changing and removing members, each in one transaction that holds the tenant's people."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from common import audit
from common.auth.access_changes import AccessChange
from common.auth.principal import Principal
from common.db import Connection
from common.jobs import enqueue
from common.problem import FieldError
from services.auth_service.domain.account_mail_kinds import MAIL_INVITATION
from services.auth_service.domain.ended_with_maker import end_beyond
from services.auth_service.domain.mailed_links import INVITATION
from services.auth_service.domain.member_power import people_admin, refuse_more_than_own, refuse_without_admin
from services.auth_service.domain.member_settings import MemberChange, NewMember
from services.auth_service.errors.people import AlreadyAMember, MemberNotFound, NotOfThisTenant
from services.auth_service.store import accounts, invitations, members, teams
from services.auth_service.store.members import Membership

_SHOWN: Final = ("name", "role", "team_id", "permissions", "branch_codes")
_LIFETIME: Final[timedelta] = INVITATION.lifetime


async def invite(conn: Connection, caller: Principal, new: NewMember, *, again: bool) -> tuple[UUID, UUID]:
    """Ask somebody to join: an account where there is none, a membership without a yes, and a mail on its way.

    With `again` somebody who has not answered yet is asked anew, and to what `new` says: the link before ends.

    Returns:
        The ids of the account and of the invitation.

    Raises:
        AlreadyAMember, MoreThanOwn, NotOfThisTenant
    """
    caller = await people_admin(conn, caller)
    become = new.membership()
    refuse_more_than_own(caller, become, "this grants")
    await _refuse_unknown_team(conn, caller.tenant_id, become.team_id)
    account_id = await members.invited_by_this_email(conn, caller.tenant_id, new.email)
    if account_id is None:
        account_id = await accounts.ensure_account(conn, new.email)
    known = await members.membership(conn, caller.tenant_id, account_id)
    if known is not None and known.email != new.email:
        # They were asked by an address that they have left: where they went is theirs to tell, by saying yes, or by
        # signing in where they have joined.
        account_id, known = await accounts.add_stand_in(conn), None
    if known is None:
        await members.add_invited(conn, caller.tenant_id, account_id, become)
    elif known.joined or not again:
        raise AlreadyAMember
    else:
        refuse_more_than_own(caller, known, "this member has")
        await members.change_membership(conn, caller.tenant_id, account_id, become)
    invitation_id = await invitations.open_invitation(conn, caller.tenant_id, account_id, caller.account_id, _LIFETIME)
    params = {"invitation_id": str(invitation_id)}
    await enqueue(conn, "auth", caller.tenant_id, MAIL_INVITATION, params, caller.account_id)
    action = "member.invited-again" if known else "member.invited"
    await _record(conn, caller, action, become.email, {name: getattr(become, name) for name in _SHOWN})
    return account_id, invitation_id


async def change_member(
    conn: Connection, caller: Principal, account_id: UUID, change: MemberChange
) -> AccessChange | None:
    """Make a member what `change` says; keys and invitations that they made and could not make now end.

    Returns:
        Whose access is another now, to be made known; None where nothing is.

    Raises:
        MemberNotFound, MoreThanOwn, NotOfThisTenant, LastAdmin
    """
    caller = await people_admin(conn, caller)
    member = await _member(conn, caller, account_id)
    become = change.applied_to(member)
    if become == member:
        return None
    refuse_more_than_own(caller, become, "this grants")
    if become.role != "admin":
        await refuse_without_admin(conn, caller, account_id, member)
    if become.team_id != member.team_id:
        await _refuse_unknown_team(conn, caller.tenant_id, become.team_id)
    await members.change_membership(conn, caller.tenant_id, account_id, become)
    if not member.joined and _power(become) != _power(member):
        # What they are to be is the caller's word now, and may be more than who invited them could give.
        await invitations.answer_for(conn, caller.tenant_id, account_id, caller.account_id)
    changed = [name for name in _SHOWN if getattr(become, name) != getattr(member, name)]
    detail = {name: {"before": getattr(member, name), "after": getattr(become, name)} for name in changed}
    ended = await end_beyond(conn, caller.tenant_id, caller, account_id, become, "its maker may do less now")
    await _record(conn, caller, "member.changed", member.email, detail | ended.named())
    return AccessChange(accounts=[account_id], keys=ended.key_ids)


async def remove_member(conn: Connection, caller: Principal, account_id: UUID) -> AccessChange:
    """End a membership, whoever's invitation it still is, with the keys and invitations that the member made.

    Teams that they owned have no owner then.

    Everybody may leave; removing somebody else takes `people:admin`.

    Returns:
        Whose access has ended, to be made known.

    Raises:
        MemberNotFound, MoreThanOwn, LastAdmin
    """
    if account_id == caller.account_id:
        await members.hold_people(conn, caller.tenant_id)
    else:
        caller = await people_admin(conn, caller)
    member = await _member(conn, caller, account_id)
    await refuse_without_admin(conn, caller, account_id, member)
    await members.remove_member(conn, caller.tenant_id, account_id)
    ended = await end_beyond(conn, caller.tenant_id, caller, account_id, None, "its maker was removed")
    detail = {"role": member.role, "joined": member.joined}
    await _record(conn, caller, "member.removed", member.email, detail | ended.named())
    return AccessChange(accounts=[account_id], keys=ended.key_ids)


async def _member(conn: Connection, caller: Principal, account_id: UUID) -> Membership:
    member = await members.membership(conn, caller.tenant_id, account_id)
    if member is None:
        raise MemberNotFound
    if account_id != caller.account_id:
        refuse_more_than_own(caller, member, "this member has")
    return member


async def _refuse_unknown_team(conn: Connection, tenant_id: UUID, team_id: UUID | None) -> None:
    if team_id is not None and not await teams.is_team(conn, tenant_id, team_id):
        message = "no team of this tenant"
        raise NotOfThisTenant(message, errors=[FieldError("team_id", message)])


def _power(member: Membership) -> tuple[str, list[str], list[str]]:
    return member.role, member.permissions, member.branch_codes


async def _record(conn: Connection, caller: Principal, action: str, email: str, detail: dict[str, Any]) -> None:
    await audit.record(conn, "auth", caller.tenant_id, caller, action, target=email, detail=detail)
