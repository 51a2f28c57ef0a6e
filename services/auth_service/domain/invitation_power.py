"""An invitation holds for as long as who made it could still make it."""

from uuid import UUID

from common.db import Connection
from services.auth_service.domain.member_power import principal_of, refuse_more_than_own
from services.auth_service.errors.people import MoreThanOwn
from services.auth_service.store import invitations, members
from services.auth_service.store.invitations import MadeInvitation, OpenInvitation
from services.auth_service.store.members import Membership


async def invitation_that_holds(conn: Connection, tenant_id: UUID, invitation_id: UUID) -> OpenInvitation | None:
    """What its mail and its page say; None where it is no longer open, or who asks could not ask it now.

    Who says yes holds the tenant's people first: nobody loses what they may do meanwhile.
    """
    said = await invitations.what_to_mail(conn, tenant_id, invitation_id)
    if said is None or said.invited_by_id is None:
        return None
    inviter = await members.membership(conn, tenant_id, said.invited_by_id)
    invited = await members.membership(conn, tenant_id, said.account_id)
    return said if invited and _may_invite(tenant_id, said.invited_by_id, inviter, invited) else None


async def end_invitations_beyond(
    conn: Connection, tenant_id: UUID, account_id: UUID, become: Membership | None
) -> list[MadeInvitation]:
    """End the open invitations that a member made and could not make as what they become; None: all of them.

    Who expects to be thrown out comes back by no second mailbox.
    """
    ended: list[MadeInvitation] = []
    for made in await invitations.made_by(conn, tenant_id, account_id):
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
