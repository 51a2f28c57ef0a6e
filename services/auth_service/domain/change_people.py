"""Invite, change and remove members, each in one transaction that locks the tenant's people (`lock_people`)."""

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

_AUDITED_FIELDS: Final = ("name", "role", "team_id", "permissions", "branch_codes")
_LIFETIME: Final[timedelta] = INVITATION.lifetime


async def invite(conn: Connection, caller: Principal, new: NewMember, *, again: bool) -> tuple[UUID, UUID]:
    """Invite somebody: create their account if there is none, add a membership that is not accepted, and queue a mail.

    With `again`, somebody who has not accepted yet is invited again, to what `new` says, and the previous link ends.

    Returns:
        The ids of the account and of the invitation.

    Raises:
        AlreadyAMember, MoreThanOwn, NotOfThisTenant
    """
    caller = await people_admin(conn, caller)
    membership = new.membership()
    refuse_more_than_own(caller, membership, "this grants")
    await _refuse_unknown_team(conn, caller.tenant_id, membership.team_id)
    account_id = await members.invited_by_this_email(conn, caller.tenant_id, new.email)
    if account_id is None:
        account_id = await accounts.ensure_account(conn, new.email)
    known = await members.membership(conn, caller.tenant_id, account_id)
    if known is not None and known.email != new.email:
        # They were invited at an address that their account has moved away from. A stand-in account keeps their new
        # address private: they reveal it themselves, by accepting, or by signing in where they have joined.
        account_id, known = await accounts.add_stand_in(conn), None
    if known is None:
        await members.add_invited(conn, caller.tenant_id, account_id, membership)
    elif known.joined or not again:
        raise AlreadyAMember
    else:
        refuse_more_than_own(caller, known, "this member has")
        await members.change_membership(conn, caller.tenant_id, account_id, membership)
    invitation_id = await invitations.open_invitation(conn, caller.tenant_id, account_id, caller.account_id, _LIFETIME)
    params = {"invitation_id": str(invitation_id)}
    await enqueue(conn, "auth", caller.tenant_id, MAIL_INVITATION, params, caller.account_id)
    action = "member.invited-again" if known else "member.invited"
    await _record(conn, caller, action, membership.email, {name: getattr(membership, name) for name in _AUDITED_FIELDS})
    return account_id, invitation_id


async def change_member(
    conn: Connection, caller: Principal, account_id: UUID, change: MemberChange
) -> AccessChange | None:
    """Apply a change to a member. API keys and invitations that they created and could no longer create now are ended.

    Returns:
        The access change to announce; None if nothing changed.

    Raises:
        MemberNotFound, MoreThanOwn, NotOfThisTenant, LastAdmin
    """
    caller = await people_admin(conn, caller)
    member = await _member(conn, caller, account_id)
    changed_member = change.applied_to(member)
    if changed_member == member:
        return None
    refuse_more_than_own(caller, changed_member, "this grants")
    if changed_member.role != "admin":
        await refuse_without_admin(conn, caller, account_id, member)
    if changed_member.team_id != member.team_id:
        await _refuse_unknown_team(conn, caller.tenant_id, changed_member.team_id)
    await members.change_membership(conn, caller.tenant_id, account_id, changed_member)
    if not member.joined and _privileges(changed_member) != _privileges(member):
        # The caller becomes responsible for the open invitation: it may now offer more than its sender could grant.
        await invitations.set_inviter(conn, caller.tenant_id, account_id, caller.account_id)
    changed = [name for name in _AUDITED_FIELDS if getattr(changed_member, name) != getattr(member, name)]
    detail = {name: {"before": getattr(member, name), "after": getattr(changed_member, name)} for name in changed}
    ended = await end_beyond(conn, caller.tenant_id, caller, account_id, changed_member, "its maker may do less now")
    await _record(conn, caller, "member.changed", member.email, detail | ended.named())
    return AccessChange(accounts=[account_id], keys=ended.key_ids)


async def remove_member(conn: Connection, caller: Principal, account_id: UUID) -> AccessChange:
    """End a membership, also one that is still an invitation, with the keys and invitations that the member created.

    Teams that they owned are left without an owner. Everybody may leave; removing somebody else requires
    `people:admin`.

    Returns:
        The access change to announce.

    Raises:
        MemberNotFound, MoreThanOwn, LastAdmin
    """
    if account_id == caller.account_id:
        await members.lock_people(conn, caller.tenant_id)
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


def _privileges(member: Membership) -> tuple[str, list[str], list[str]]:
    return member.role, member.permissions, member.branch_codes


async def _record(conn: Connection, caller: Principal, action: str, email: str, detail: dict[str, Any]) -> None:
    await audit.record(conn, "auth", caller.tenant_id, caller, action, target=email, detail=detail)
