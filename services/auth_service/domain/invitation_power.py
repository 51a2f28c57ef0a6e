"""Check that the sender of an invitation may still grant it; an invitation is valid only as long as that holds."""

from uuid import UUID

from common.db import Connection
from services.auth_service.domain.member_power import principal_of, refuse_more_than_own
from services.auth_service.errors.people import MoreThanOwn
from services.auth_service.store import invitations, members
from services.auth_service.store.invitations import MadeInvitation, OpenInvitation
from services.auth_service.store.members import Membership


async def invitation_that_holds(conn: Connection, tenant_id: UUID, invitation_id: UUID) -> OpenInvitation | None:
    """Return the invitation as its mail and page show it.

    Returns None if it is no longer open, or if its sender could not send it now. To accept it, lock the tenant's people
    first (`lock_people`), so that nobody's permissions change in between.
    """
    invitation = await invitations.invitation_to_mail(conn, tenant_id, invitation_id)
    if invitation is None or invitation.invited_by_id is None:
        return None
    inviter = await members.membership(conn, tenant_id, invitation.invited_by_id)
    invited = await members.membership(conn, tenant_id, invitation.account_id)
    return invitation if invited and _may_invite(tenant_id, invitation.invited_by_id, inviter, invited) else None


async def end_invitations_beyond(
    conn: Connection, tenant_id: UUID, account_id: UUID, become: Membership | None
) -> list[MadeInvitation]:
    """End the open invitations that a member sent and could not send with the membership `become`; None ends all.

    Otherwise somebody who expects to be removed could come back by inviting a second mailbox of theirs.
    """
    ended: list[MadeInvitation] = []
    for made in await invitations.open_invitations_by(conn, tenant_id, account_id):
        invited = await members.membership(conn, tenant_id, made.account_id)
        if invited is None or not _may_invite(tenant_id, account_id, become, invited):
            ended.append(made)
    await invitations.end_invitations(conn, tenant_id, [made.invitation_id for made in ended])
    return ended


def _may_invite(tenant_id: UUID, account_id: UUID, inviter: Membership | None, invited: Membership) -> bool:
    if inviter is None or not inviter.joined or inviter.shut_out:
        return False
    caller = principal_of(tenant_id, account_id, inviter)
    if "people:admin" not in caller.scopes:
        return False
    try:
        refuse_more_than_own(caller, invited, "this grants")
    except MoreThanOwn:
        return False
    return True
